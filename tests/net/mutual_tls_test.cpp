#include "net/workers/mutual_tls.hpp"

#include <fstream>

#include "tests/net/worker_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace pitwall::test {
namespace {

std::string all_of(const std::vector<error>& problems) {
  std::string out;
  for (const auto& p : problems) out.append(p.to_string()).append("\n");
  return out;
}

}  // namespace

TEST_CASE("everything that is wrong with a worker's files is said at once") {
  worker_papers papers;
  const auto good = papers.issue("w1");
  CHECK(remote::name_in(good.certificate) == "w1");
  std::vector<error> problems;
  CHECK(remote::open_mutual_tls({"none.crt", "none.key", "none.ca"}, remote::side::worker,
                                problems) == nullptr);
  CHECK(problems.size() == 3);
  problems.clear();

  const auto text = papers.d / "text";
  std::ofstream(text) << "no PEM\n";
  CHECK(remote::open_mutual_tls({text, text, text}, remote::side::worker, problems) == nullptr);
  CHECK(problems.size() == 3);
  for (const auto& p : problems) {
    CHECK(p.where == text.string());
    CHECK_FALSE(p.remedy.empty());
  }
  problems.clear();

  const auto other = papers.issue("w2");
  CHECK(remote::open_mutual_tls({good.certificate, other.key, good.authority}, remote::side::worker,
                                problems) == nullptr);
  CHECK(problems.size() == 1);
  problems.clear();
  CHECK(remote::open_mutual_tls({good.certificate, good.key, papers.foreign.certificate},
                                remote::side::worker, problems) == nullptr);
  INFO(all_of(problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.find("does not lead to the authority") != std::string::npos);
}

TEST_CASE("a certificate that is out of its time is told before anybody connects") {
  worker_papers papers;
  certificate_words words;
  words.from_s = -7'200;
  words.until_s = -3'600;
  const auto old = make_certificate(papers.d.path(), "old", words);
  std::vector<error> problems;
  CHECK(remote::open_mutual_tls({old.certificate, old.key, old.certificate}, remote::side::worker,
                                problems) == nullptr);
  INFO(all_of(problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.find("expired") != std::string::npos);
}

}  // namespace pitwall::test
