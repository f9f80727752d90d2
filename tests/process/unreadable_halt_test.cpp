// What a host does at its start about an emergency state that cannot be read: it is halted, says
// why in its log and in the event of the halt, refuses orders, and is opened by a resume alone.
#include <fstream>

#include "tests/process/guarded_host.hpp"
#include "tests/storage/raw_database.hpp"

namespace pitwall::test {
namespace {

namespace fs = std::filesystem;

std::string state_of(const guarded_host& h) {
  const auto f = h.cli({"emergency", "status", "--json"});
  INFO(f.err);
  CHECK(f.exit_code == 0);
  return f.out;
}

/// It is halted, for this reason, and starts nothing that could order.
void check_halted(const guarded_host& h, const std::string& token, const std::string& why) {
  const auto is = state_of(h);
  INFO(is);
  CHECK(is.find(R"("halt")") != std::string::npos);
  const auto log = guarded_host::text_of(h.log());
  CHECK(log.find("starting halted: ") != std::string::npos);
  CHECK(log.find(why) != std::string::npos);
  const auto told = h.ask(h.first_token(), "GET", "/api/v1/events?types=emergency_state_changed");
  INFO(told.body);
  CHECK(told.body.find(why) != std::string::npos);
  const auto refused = h.ask(token, "POST", "/api/v1/workflows/w/executions?wait=10");
  INFO(refused.body);
  CHECK(refused.body.find("halted") != std::string::npos);
  CHECK(refused.body.find(R"("completed")") == std::string::npos);
}

void check_resumes(guarded_host& h) {
  CHECK(h.cli({"emergency", "resume", "--reason", "looked at it"}).exit_code == 0);
  CHECK(state_of(h).find(R"("halt")") == std::string::npos);
}

}  // namespace

TEST_CASE("an emergency state that is damaged on the disk halts, and says so") {
  guarded_host h;
  const auto token = h.make("trader", "trade");
  // One that lets orders pass: what it was cannot be known any more.
  REQUIRE(h.cli({"emergency", "alert", "--reason", "a storm"}).exit_code == 0);
  h.end();
  {
    raw_database db(h.data());
    std::size_t damaged = 0;
    for (const auto& [key, bytes] : db.all("latest")) {
      if (!key.starts_with("emergency/")) continue;
      db.put("latest", key, bytes.substr(0, bytes.size() / 2));
      ++damaged;
    }
    REQUIRE(damaged == 1);
  }
  h.start();
  check_halted(h, token, "the emergency state cannot be read: ");
  // It stays so over a start: the halt was journaled.
  h.end();
  h.start();
  CHECK(state_of(h).find(R"("halt")") != std::string::npos);
  check_resumes(h);
  h.end();
  h.start();
  CHECK(state_of(h).find(R"("halt")") == std::string::npos);
}

TEST_CASE("a file HALTED that cannot be read halts, and says so") {
  guarded_host h;
  const auto token = h.make("trader", "trade");
  h.end();
  const auto file = fs::path(h.data()) / "HALTED";
  fs::create_symlink(file, file);  // Nobody can read where that leads.
  h.start();
  check_halted(h, token, "the file itself cannot be read");
  // What it stood for is in the journal by now.
  CHECK_FALSE(fs::is_symlink(file));
  h.end();
  h.start();
  CHECK(state_of(h).find(R"("halt")") != std::string::npos);
  check_resumes(h);
}

TEST_CASE("a file HALTED counts where no host is running, too") {
  guarded_host h;
  h.end();
  CHECK(state_of(h).find(R"("halt")") == std::string::npos);
  std::ofstream(fs::path(h.data()) / "HALTED").close();
  CHECK(state_of(h).find(R"("halt")") != std::string::npos);
  h.start();
  check_resumes(h);
}

TEST_CASE("a file HALTED that cannot be removed either keeps the host from starting") {
  guarded_host h;
  h.end();
  const auto file = fs::path(h.data()) / "HALTED";
  REQUIRE(fs::create_directory(file));
  const auto refused = h.cli({"serve", h.file(), "--port", "0"});
  CHECK(refused.exit_code == 66);
  CHECK(refused.err.find("remove it by hand: while it is there, every start is halted") !=
        std::string::npos);
  fs::remove(file);
  h.start();
  CHECK(state_of(h).find(R"("halt")") != std::string::npos);
  check_resumes(h);
}

}  // namespace pitwall::test
