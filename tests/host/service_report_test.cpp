#include "runtime/host/service/service_report.hpp"

#include <random>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using look = service_report::look;

const service_report::time_point zero{};

std::multiset<std::string> names(const std::string& text) {
  std::multiset<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.insert(line.substr(0, line.find('=')));
  return out;
}

}  // namespace

TEST_CASE("a manager is told that a host is ready once, and of its status when it changes") {
  service_report r({}, zero);
  CHECK(r.tick(zero, {false, "starting"}) == "EXTEND_TIMEOUT_USEC=20000000\nSTATUS=starting");
  CHECK(r.tick(zero + 1s, {false, "starting"}).empty());
  CHECK(r.tick(zero + 2s, {true, "trading"}) == "READY=1\nSTATUS=trading");
  CHECK(r.tick(zero + 3s, {true, "trading"}).empty());
  CHECK(r.tick(zero + 4s, {true, "halted\nREADY=1"}) == "STATUS=halted READY=1");
  CHECK_FALSE(r.takes_pulse(zero + 5s));  // Nobody asked for a watchdog.
}

TEST_CASE("a start and an end may ask for time, but not for ever") {
  service_report r({{}, 12s}, zero);
  int asked = 0;
  for (auto t = zero; t < zero + 60s; t += 1s)
    asked += static_cast<int>(names(r.tick(t, {})).count("EXTEND_TIMEOUT_USEC"));
  CHECK(asked == 3);
  CHECK(r.stop_begins(zero + 60s, 7s) ==
        "STOPPING=1\nSTATUS=stopping: what runs may end\nEXTEND_TIMEOUT_USEC=20000000");
  CHECK(r.stop_begins(zero + 61s, 7s).empty());
  asked = 0;
  for (auto t = zero + 61s; t < zero + 120s; t += 1s)
    asked += static_cast<int>(names(r.tick(t, {true, "x"})).count("EXTEND_TIMEOUT_USEC"));
  CHECK(asked == 1);
}

TEST_CASE("a reload is told with its beginning, and ends with the status of before") {
  service_report r({}, zero);
  CHECK(r.reload_begins(5us).empty());  // Not ready yet: no state to leave.
  CHECK(r.reload_ends().empty());
  (void)r.tick(zero, {true, "trading"});
  CHECK(r.reload_begins(77us) ==
        "RELOADING=1\nMONOTONIC_USEC=77\nSTATUS=reading the configuration again");
  CHECK(r.reload_begins(78us).empty());
  CHECK(r.tick(zero + 1s, {true, "halted"}).empty());
  CHECK(r.reload_ends().empty());
  CHECK(r.reload_ends() == "READY=1\nSTATUS=trading");
  CHECK(r.tick(zero + 2s, {true, "halted"}) == "STATUS=halted");
}

TEST_CASE("whatever happens in whatever order, a manager is told nothing that is not so") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int life = 0; life < 300; ++life) {
    const auto watchdog =
        std::chrono::microseconds(static_cast<std::int64_t>(1'000 * (1 + random() % 4'000)));
    service_report r({watchdog, 30s}, zero);
    auto now = zero;
    bool ready = false, told_ready = false, stopping = false, out = false;
    int reloads = 0;
    std::optional<service_report::time_point> sent;
    std::vector<std::string> said;
    for (int step = 0; step < 300; ++step) {
      now = std::max(
          now, random() % 3 == 0 ? r.next(now) : now + 1ms * static_cast<int>(random() % 900));
      std::string text;
      bool came_back = false;
      switch (random() % 12) {
        case 0:
          ready = true;
          break;
        case 1:
          text = r.reload_begins(1us);
          if (!text.empty()) CHECK(reloads == 0);
          reloads += told_ready && !stopping ? 1 : 0;
          break;
        case 2:
          if (reloads == 0) break;
          text = r.reload_ends();
          --reloads;
          CHECK((names(text).count("READY") == 1) == (reloads == 0 && !stopping));
          break;
        case 3:
          if (random() % 20 != 0) break;
          text = r.stop_begins(now, 20s);
          CHECK(text.empty() == stopping);
          stopping = true;
          break;
        case 4:
        case 5:
        case 6:
          if (!out) break;
          out = false;
          came_back = random() % 3 != 0;
          text = r.pulse_ended(came_back);
          CHECK(text == (came_back && !stopping ? "WATCHDOG=1" : ""));
          break;
        default: {
          text = r.tick(now, {ready, ready ? "trading" : "starting"});
          if (names(text).count("READY") > 0) {
            CHECK((ready && !told_ready && !stopping));
            told_ready = true;
          }
          CHECK((told_ready || !ready || stopping));
          const bool may = told_ready && !stopping && !out;
          const bool due = !sent || now - *sent >= watchdog / service_report::pulses;
          const bool took = r.takes_pulse(now);
          CHECK(took == (may && due));
          if (took) {
            out = true;
            sent = now;
          }
        }
      }
      if (stopping && !text.empty())
        CHECK((names(text).count("STOPPING") + names(text).count("EXTEND_TIMEOUT_USEC") > 0));
      CHECK(names(text).count("WATCHDOG") <= (came_back ? 1U : 0U));
      CHECK(r.next(now) >= now);
      CHECK(r.next(now) <= now + service_report::look_every);
    }
  }
}

}  // namespace pitwall::test
