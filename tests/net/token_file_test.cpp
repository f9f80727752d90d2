#include "net/access/token_file.hpp"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::access;
using pitwall::test::temp_directory;

namespace {

const timestamp now{std::chrono::seconds(1'700'000'000)};

std::string add(const std::filesystem::path& file, const std::string& name) {
  std::string token;
  const auto made = change_tokens(file, [&](token_set& all) -> status {
    PITWALL_TRY(t, all.make(name, scopes::all(), now, {}));
    token = t;
    return done{};
  });
  if (!made.ok()) FAIL(made.error().to_string());
  return token;
}
void revoke(const std::filesystem::path& file, const std::string& name) {
  REQUIRE(change_tokens(file, [&](token_set& all) { return all.revoke(name); }).ok());
}
std::string text_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("the file is its owner's alone, and nothing else is left beside it", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  CHECK(read_tokens(file).error().code == errc::not_found);
  const auto token = add(file, "ana");
  struct stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777U) == 0600U);
  CHECK(read_tokens(file)->recognize(token, now) != nullptr);
  CHECK(text_of(file).find(token) == std::string::npos);
  const auto entries = std::filesystem::directory_iterator(d.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("a change that fails leaves the file as it was", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  add(file, "ana");
  const auto before = text_of(file);
  const auto refused = change_tokens(file, [](token_set& all) -> status {
    PITWALL_CHECK(all.revoke("ana"));
    return error{errc::aborted, "no", {}, {}};
  });
  CHECK(refused.error().code == errc::aborted);
  CHECK(text_of(file) == before);
  // Nor is a damaged one replaced: its tokens would be lost.
  std::ofstream(file) << "{";
  CHECK(change_tokens(file, [](token_set&) -> status { return done{}; }).error().code ==
        errc::data_loss);
  CHECK(text_of(file) == "{");
}

TEST_CASE("a file that others may write is not believed", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  add(file, "ana");
  for (const ::mode_t mode : {0620U, 0602U}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    const auto read = read_tokens(file);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == errc::failed_precondition);
    CHECK(read.error().remedy.find("chmod 600") != std::string::npos);
  }
}

TEST_CASE("what is no file is refused, and not waited for", "[token]") {
  temp_directory d;
  const auto pipe = d / "tokens.json";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_tokens(pipe).error().code == errc::failed_precondition);
  CHECK(read_tokens(d.path()).error().code == errc::failed_precondition);
}

TEST_CASE("nothing is written through what lies where the new file is made", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  std::ofstream(d / "other") << "untouched";
  std::filesystem::create_symlink(d / "other", d / "tokens.json.new");
  const auto token = add(file, "ana");
  CHECK(text_of(d / "other") == "untouched");
  CHECK_FALSE(std::filesystem::is_symlink(file));
  CHECK(read_tokens(file)->recognize(token, now) != nullptr);
}

TEST_CASE("what root makes for a service is the service's, and root may revoke it", "[token]") {
  if (::geteuid() != 0) return;  // Nobody else can give files away.
  temp_directory d;
  const auto file = d / "tokens.json";
  constexpr ::uid_t service = 4'711;
  REQUIRE(::chown(d.path().c_str(), service, service) == 0);
  add(file, "ana");
  struct stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  CHECK((s.st_uid == service && s.st_gid == service));
  revoke(file, "ana");
  CHECK(read_tokens(file)->all().empty());
  REQUIRE(::chown(file.c_str(), service + 1, service) == 0);
  CHECK(read_tokens(file).error().code == errc::failed_precondition);
}

TEST_CASE("writers at once take turns, and none is lost", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  std::vector<std::thread> all;
  std::atomic<int> failures = 0;
  for (int who = 0; who < 4; ++who) {
    all.emplace_back([&, who] {
      for (int i = 0; i < 8; ++i) {
        const auto name = std::to_string(who) + "." + std::to_string(i);
        const auto made = change_tokens(file, [&](token_set& t) -> status {
          PITWALL_TRY(ignored, t.make(name, scopes::all(), now, {}));
          return ignored.empty() ? status(error{}) : done{};
        });
        if (!made.ok()) ++failures;
      }
    });
  }
  for (auto& t : all) t.join();
  CHECK(failures == 0);
  CHECK(read_tokens(file)->all().size() == 32);
}

TEST_CASE("a watch sees what is made and revoked, and never opens again", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  token_watch watch(file);
  watch.refresh();
  CHECK_FALSE(watch.required());
  const auto ana = add(file, "ana");
  CHECK_FALSE(watch.required());
  watch.refresh();
  CHECK(watch.required());
  CHECK(watch.tokens().recognize(ana, now) != nullptr);
  // Again and again, faster than the file system's clock may tell: the files differ all the same.
  for (int i = 0; i < 50; ++i) {
    const auto next = add(file, "next");
    watch.refresh();
    REQUIRE(watch.tokens().recognize(next, now) != nullptr);
    revoke(file, "next");
    watch.refresh();
    REQUIRE(watch.tokens().recognize(next, now) == nullptr);
  }
  std::filesystem::remove(file);
  watch.refresh();
  CHECK(watch.required());
  CHECK_FALSE(watch.failure());
  CHECK(watch.tokens().all().empty());
  add(file, "bea");
  watch.refresh();
  CHECK(watch.tokens().all().size() == 1);
}

TEST_CASE("a watch of what cannot be read refuses all, says why, and recovers", "[token]") {
  temp_directory d;
  const auto file = d / "tokens.json";
  const auto ana = add(file, "ana");
  const auto good = text_of(file);
  token_watch watch(file);
  watch.refresh();
  CHECK(watch.tokens().recognize(ana, now) != nullptr);
  // As an editor does it: the same file, cut.
  std::ofstream(file) << good.substr(0, 20);
  watch.refresh();
  REQUIRE(watch.failure());
  CHECK(watch.failure()->code == errc::data_loss);
  CHECK(watch.failure()->where == file.string());
  CHECK(watch.required());
  CHECK(watch.tokens().recognize(ana, now) == nullptr);
  std::ofstream(file) << good;
  watch.refresh();
  CHECK_FALSE(watch.failure());
  CHECK(watch.tokens().recognize(ana, now) != nullptr);
  // Nor does one that was damaged before the start count as none.
  std::ofstream(file) << "";
  token_watch late(file);
  late.refresh();
  CHECK(late.required());
  CHECK(late.failure());
}
