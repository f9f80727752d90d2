// examples/three_bots/start, which `./dev up` is: an exchange, a host and three bots that trade.
#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/examples/readme_sample.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

constexpr std::array bots{"buyer", "momentum", "reversion"};

/// Quotes that give each of the three something to do within ten of its executions: ether jumps up
/// and down, bitcoin rises for a while and falls for a while.
std::string moving_prices() {
  std::string out = "time,symbol,bid,ask\n";
  for (int step = 0; step < 600; ++step) {
    const int minute = step / 120, second = step / 2 % 60;
    char time[64];
    std::snprintf(time, sizeof time, "2026-03-02T09:%02d:%02d.%d00Z", minute, second, step % 2 * 5);
    const int bitcoin = 60'000 + (step / 24 % 2 == 0 ? step % 24 : 24 - step % 24) * 10;
    const int ether = 3'000 + step % 5 * 10;
    for (const auto& [symbol, price] : {std::pair("BTCUSDT", bitcoin), {"ETHUSDT", ether}})
      out += std::string(time) + "," + symbol + "," + std::to_string(price - 1) + "," +
             std::to_string(price + 1) + "\n";
  }
  return out;
}

/// The example's program: the exchange has these prices.
std::string program(const scratch_directory& d) {
  const auto prices = d.write("prices.csv", moving_prices()).string();
  const auto made =
      d.write("pitwall", "#!/bin/sh\n[ \"$1\" != exchange ] || set -- \"$@\" --replay '" + prices +
                             "'\nexec '" + pitwall_binary() + "' \"$@\"\n");
  std::filesystem::permissions(made, std::filesystem::perms::owner_all);
  return made.string();
}

std::vector<std::string> start(const scratch_directory& d, const std::vector<std::string>& more) {
  std::vector<std::string> all{"/usr/bin/env", "PITWALL=" + program(d)};
  for (std::size_t i = 0; i < bots.size(); ++i)
    all.push_back("PITWALL__BOTS__" + std::to_string(i) + "__TRIGGER=every 1s");
  all.insert(all.end(), {source_path("/examples/three_bots/start"), "--dir",
                         (d.path() / "up").string(), "--port", "0"});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Whether each of the three has a fill, before anything goes wrong with one.
bool all_trade(child_process& up) {
  std::set<std::string> missing(bots.begin(), bots.end());
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (!missing.empty() && std::chrono::steady_clock::now() < until) {
    const auto line = up.read_line();
    if (line.find("order_filled") == std::string::npos) continue;
    for (const auto* bot : bots)
      if (line.find("exec_" + std::string(bot) + "_") != std::string::npos) missing.erase(bot);
  }
  for (const auto& bot : missing) UNSCOPED_INFO("no fill of " << bot);
  return missing.empty();
}

/// How each execution of the journal ended, by bot: "buyer completed".
std::map<std::string, std::size_t> endings(const scratch_directory& d) {
  const auto said = run_program({pitwall_binary(), "events", "--json", "--data-dir",
                                 (d.path() / "up/host").string(), "--types",
                                 "execution_completed,execution_failed"});
  REQUIRE(said.exit_code == 0);
  std::map<std::string, std::size_t> out;
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);) {
    const auto v = parse_json(line);
    REQUIRE(v.ok());
    const auto* status = v->find("status");
    ++out[v->find("bot_id")->as_text() + " " +
          (status != nullptr && status->is_text() ? status->as_text() : "failed")];
  }
  return out;
}

}  // namespace

TEST_CASE("the example trades until Ctrl-C, once at a time, and goes on from there", "[up]") {
  scratch_directory d;
  {
    child_process up(start(d, {}));
    CHECK(up.await_line("exchange     http://127.0.0.1:"));
    CHECK(up.await_line("test client  http://127.0.0.1:"));
    REQUIRE(all_trade(up));
    const auto second = run_program(start(d, {}));
    CHECK(second.exit_code == 1);
    CHECK(second.err.find("it runs already") != std::string::npos);
    CHECK(second.err.find("/client") != std::string::npos);
    up.signal(SIGINT);
    CHECK(up.await_line("ending"));
    CHECK(up.wait() == 0);
  }
  const auto ended = endings(d);
  std::size_t all = 0, completed = 0;
  for (const auto& [how, count] : ended) {
    UNSCOPED_INFO(how << ": " << count);
    all += count;
    completed += how.ends_with(" completed") ? count : 0;
  }
  for (const auto* bot : bots) CHECK(ended.count(std::string(bot) + " completed") == 1);
  // A machine that stands still makes a price stale, or an order late; nothing else fails.
  CHECK(completed * 10 >= all * 9);
  // Nothing of the first one is left: the same journal and the same exchange are free.
  const auto again = run_program(start(d, {"--for", "10s"}), std::chrono::seconds(120));
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  CHECK(again.out.find("order_filled") != std::string::npos);
  const sample_rules here{{{"^ *\\d+ +\\S+Z .*", "EVENT"},
                           {"(/home/anna|" + d.path().string() + ")\\S*/(three_bots|up)", "WHERE"},
                           {d.path().string() + "/pitwall", "pitwall"}}};
  CHECK(sample_differences(readme_sample("three_bots"), again.out, here) == "");
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
