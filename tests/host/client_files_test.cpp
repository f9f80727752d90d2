// What a client's workflow names of the host's files stays unread.
#include <fstream>

#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;

namespace {

std::unique_ptr<host> opened(const std::filesystem::path& data) {
  host_options o;
  o.data_directory = data;
  o.log = make_console_log(log_form::text, log_level::error);
  auto h = host::open(std::move(o));
  if (!h.ok()) FAIL(h.error().to_string());
  return std::move(*h);
}

std::string fetches(const std::string& headers) {
  return R"({"blocks": [{"id": "t", "type": "manual_trigger", "category": "triggers"},
    {"id": "page", "type": "http", "category": "providers", "properties":
     {"url": "https://example.com/", "headers": )" +
         headers + "}}]}";
}

std::string replays(const std::string& file) {
  return R"({"blocks": [{"id": "feed", "type": "replay", "category": "providers",
    "properties": {"file": ")" +
         file + R"("}}]})";
}

struct outcome {
  bool ok = false;
  std::vector<problem> problems;
};

std::vector<outcome> both(host& h, const std::string& text) {
  std::vector<outcome> out;
  const auto take = [&](const result<deployed_workflow>& r, std::vector<problem> problems) {
    out.push_back({r.ok(), std::move(problems)});
  };
  h.validate(text, "w", {}, take);
  h.deploy(text, "w", {}, take);
  return out;
}

void check_refused(host& h, const std::string& text, const std::string& id,
                   const std::string& pointer) {
  for (const auto& o : both(h, text)) {
    CHECK_FALSE(o.ok);
    REQUIRE(o.problems.size() == 1);
    CHECK(o.problems[0].block_id == id);
    CHECK(o.problems[0].pointer == pointer);
    CHECK(o.problems[0].remedy.find("pitwall serve FILE") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a workflow that a client sends names no file of the host's") {
  const test::scratch_directory d;
  const auto secret = d.path() / "secret";
  std::ofstream(secret) << "xyzzy\n";
  const auto quotes = d.path() / "prices.csv";
  std::ofstream(quotes) << "time,symbol,bid,ask\n2026-01-01T00:00:00Z,X,1,2\n";
  const auto h = opened(d.path() / "data");
  const auto file = [](const std::string& path) { return R"({"X": {"file": ")" + path + R"("}})"; };
  const std::string at_header = "/blocks/1/properties/headers/X";
  check_refused(*h, fetches(file(secret.string())), "page", at_header);
  check_refused(*h, fetches(file("../secret")), "page", at_header);
  check_refused(*h, fetches(file("not-there")), "page", at_header);
  check_refused(*h, replays(quotes.string()), "feed", "/blocks/0/properties/file");
  check_refused(*h, replays("../prices.csv"), "feed", "/blocks/0/properties/file");
  for (const auto& o : both(*h, fetches(R"({"X": "a text"})"))) CHECK(o.ok);
}

TEST_CASE("a workflow that is deployed from a file of the host's may name others") {
  const test::scratch_directory d;
  std::ofstream(d.path() / "secret") << "xyzzy\n";
  const auto h = opened(d.path() / "data");
  host::deployment_request request;
  request.text = fetches(R"({"X": {"file": "secret"}})");
  request.parsing.default_id = "w";
  request.base_directory = d.path();
  std::vector<problem> problems;
  CHECK(h->deploy_now(request, problems).ok());
}
