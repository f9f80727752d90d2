// How the threads of a host share the cores: whom people wait for first, then what does the work.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "net/thread_turn.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;

namespace {

/// Of this process's threads, by name: how nice they are (proc_pid_stat(5), field 19).
std::map<std::string, std::set<int>> niceness() {
  std::map<std::string, std::set<int>> out;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::string stat;
    std::getline(std::ifstream(task.path() / "stat"), stat);
    const auto open = stat.find('('), close = stat.rfind(')');
    if (close == std::string::npos) continue;  // It ended meanwhile.
    std::istringstream fields(stat.substr(close + 1));
    std::string skipped;
    for (int field = 3; field < 19; ++field) fields >> skipped;
    int nice = 0;
    fields >> nice;
    out[stat.substr(open + 1, close - open - 1)].insert(nice);
  }
  return out;
}

}  // namespace

TEST_CASE("who closes and who commits are less nice than who works") {
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  if (!std::async(std::launch::async, leave_room).get()) {
    WARN("skipped: the kernel refuses");
    return;
  }
  const test::scratch_directory d;
  host_options o;
  o.data_directory = d.path();
  o.log = make_console_log(log_form::text, log_level::error);
  const auto h = host::open(std::move(o));
  REQUIRE(h.ok());
  std::promise<bool> closed;
  (*h)->emergency({emergency_action::halt, "global", "r", "ann", "manual"},
                  [&](const result<emergency_answer>& a) { closed.set_value(a.ok()); });
  REQUIRE(closed.get_future().get());
  const std::map<std::string, std::set<int>> expected{{"pw-emergency", {usual}},
                                                      {"pw-journal", {usual}},
                                                      {"pw-writer", {std::max(usual, 8)}},
                                                      {"caf.multiplexer", {std::max(usual, 8)}}};
  const auto seen = [&] {
    auto all = niceness();
    std::erase_if(all, [&](const auto& t) { return !expected.contains(t.first); });
    return all;
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (seen() != expected && std::chrono::steady_clock::now() < give_up) {
  }
  CHECK(seen() == expected);
}
