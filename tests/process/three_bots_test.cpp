// examples/three_bots/start, which `./dev up` is: an exchange, a host and three bots that trade.
#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

std::vector<std::string> start(const scratch_directory& d, const std::vector<std::string>& more) {
  std::vector<std::string> all{"/usr/bin/env",
                               "PITWALL=" + pitwall_binary(),
                               "PITWALL__BOTS__0__TRIGGER=every 1s",
                               source_path("/examples/three_bots/start"),
                               "--dir",
                               (d.path() / "up").string(),
                               "--port",
                               "0"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

bool trades(child_process& up) {
  for (int lines = 0; lines < 100; ++lines)
    if (up.read_line().find("order_filled") != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("the example trades until Ctrl-C, once at a time, and goes on from there", "[up]") {
  scratch_directory d;
  {
    child_process up(start(d, {}));
    CHECK(up.await_line("exchange     http://127.0.0.1:"));
    CHECK(up.await_line("test client  http://127.0.0.1:"));
    REQUIRE(trades(up));
    const auto second = run_program(start(d, {}));
    CHECK(second.exit_code == 1);
    CHECK(second.err.find("it runs already") != std::string::npos);
    CHECK(second.err.find("/client") != std::string::npos);
    up.signal(SIGINT);
    CHECK(up.await_line("ending"));
    CHECK(up.wait() == 0);
  }
  // Nothing of the first one is left: the same journal and the same exchange are free.
  const auto again = run_program(start(d, {"--for", "4s"}), std::chrono::seconds(120));
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  CHECK(again.out.find("order_filled") != std::string::npos);
}

TEST_CASE("the example fails where nothing is traded, and says when it cannot start", "[up]") {
  scratch_directory d;
  auto idle = start(d, {"--for", "1s"});
  for (const char* bot : {"0", "1", "2"})
    idle.insert(idle.begin() + 2, "PITWALL__BOTS__" + std::string(bot) + "__ENABLED=false");
  const auto nothing = run_program(idle, std::chrono::seconds(120));
  CHECK(nothing.exit_code == 1);
  CHECK(nothing.err.find("nothing was traded") != std::string::npos);
  auto bad = start(d, {"--for", "1s"});
  bad.insert(bad.begin() + 2, "PITWALL__SERVER__DRAIN=never");
  const auto refused = run_program(bad, std::chrono::seconds(120));
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("the host did not start") != std::string::npos);
  CHECK(refused.err.find("PITWALL__SERVER__DRAIN") != std::string::npos);
}

}  // namespace pitwall::test
