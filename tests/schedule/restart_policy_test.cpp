#include "runtime/schedule/restart_policy.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

const timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h};

restart_policy policy(std::string_view words) {
  std::vector<error> problems;
  const auto p = parse_restart(words, problems);
  for (const auto& e : problems) FAIL(e.to_string());
  REQUIRE(p);
  return *p;
}

std::string remedy(std::string_view words) {
  std::vector<error> problems;
  CHECK_FALSE(parse_restart(words, problems));
  REQUIRE_FALSE(problems.empty());
  return problems.front().remedy;
}

}  // namespace

TEST_CASE("a restart policy is read as it is written, and what cannot be meant is refused") {
  CHECK_FALSE(policy("never").on_failure);
  CHECK(policy("on_failure").text() == "on_failure");
  for (const auto* words : {"never", "on_failure", "on_failure max=3", "on_failure wait=500ms",
                            "on_failure max=1000 wait=2s max_wait=10m"})
    CHECK(policy(words).text() == words);
  CHECK(policy(" on_failure  max_wait=1m ") == policy("on_failure"));
  CHECK(remedy("") == remedy("always"));
  for (const auto* words :
       {"never max=1", "on_failure max=0", "on_failure max=1001", "on_failure max", "on_failure 5",
        "on_failure wait=1", "on_failure wait=99ms", "on_failure max_wait=25h",
        "on_failure wait=2m", "on_failure pause=1s"}) {
    CAPTURE(words);
    CHECK_FALSE(remedy(words).empty());
  }
}

TEST_CASE("waits double up to the longest, and the one past the last is told") {
  restart_line line(policy("on_failure max=4 wait=1s max_wait=5s"));
  auto now = noon;
  for (const auto wait : {1s, 2s, 4s, 5s}) {
    CHECK(line.failed(1, "e", "w", now));
    REQUIRE(line.next() == now + wait);
    CHECK_FALSE(line.due(now + wait - 1us));
    now += wait;
    CHECK(line.due(now));
    CHECK_FALSE(line.due(now));  // Told once.
    line.started();
    CHECK_FALSE(line.next());
  }
  CHECK_FALSE(line.failed(1, "e", "w", now));
  CHECK_FALSE(line.next());
  // It begins anew: an operator may have started the bot again.
  CHECK(line.failed(1, "e", "w", now));
  CHECK(line.next() == now + 1s);
}

TEST_CASE("a success ends the row, and takes no pending start with it") {
  restart_line line(policy("on_failure"));
  CHECK(line.failed(2, "e", "w", noon));
  CHECK(line.next() == noon + 2s);
  line.succeeded();
  CHECK(line.failed(1, "f", "w", noon));
  CHECK(line.next() == noon + 2s);  // Nothing brings it forward.
  line.succeeded();
  CHECK(line.due(noon + 2s));
  line.started();
  CHECK(line.failed(1, "f", "w", noon));
  CHECK(line.next() == noon + 1s);
}

TEST_CASE("what fails while a start is being asked for gets one of its own") {
  restart_line line(policy("on_failure"));
  line.failed(1, "a", "w", noon);
  REQUIRE(line.due(noon + 1s));
  line.failed(1, "b", "w", noon + 1s);
  line.started();
  CHECK(line.next() == noon + 3s);
  CHECK(line.remember().execution_id == "b");
}

TEST_CASE("a start that is refused for now is asked for later; another refusal drops it") {
  restart_line line(policy("on_failure"));
  line.failed(1, "a", "w", noon);
  REQUIRE(line.due(noon + 1s));
  line.refused(true, noon + 2s);
  CHECK(line.next() == noon + 3s);
  REQUIRE(line.due(noon + 3s));
  line.refused(false, noon + 3s);
  CHECK_FALSE(line.next());
}

TEST_CASE("a clock that is set back does not hold a start up; never is never") {
  restart_line line(policy("on_failure"));
  line.failed(1, "a", "w", noon);
  CHECK(line.due(noon - 24h));
  restart_line none(policy("never"));
  CHECK(none.failed(1'000, "a", "w", noon));
  CHECK_FALSE(none.due(noon + 24h));
}

TEST_CASE("whatever fails, dies and is refused: the promises of a restart line", "[property]") {
  const auto seed = std::random_device{}();
  for (unsigned run = 0; run < 300; ++run) {
    CAPTURE(seed, run);
    std::mt19937_64 random(seed + run);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    restart_policy p;
    p.on_failure = true;
    p.max = static_cast<std::uint32_t>(1 + pick(6));
    p.wait = milliseconds(100 + pick(3'000));
    p.max_wait = p.wait * (1 + pick(20));
    restart_line line(p);
    auto now = noon;
    std::uint64_t row = 0, starts_in_row = 0, names = 0;
    timestamp latest_failure{};
    bool asked = false, pending = false;
    for (int step = 0; step < 200; ++step) {
      now += milliseconds(pick(2'000));
      switch (pick(8)) {
        case 0:
        case 1:
        case 2: {
          const auto n = 1 + pick(2);
          row += n;
          latest_failure = now;
          const bool goes_on = line.failed(n, std::to_string(++names), "w", now);
          CHECK(goes_on == (row <= p.max));
          if (!goes_on) {
            CHECK_FALSE(line.next());
            row = starts_in_row = 0;
            asked = false;
          }
          pending = goes_on;
          break;
        }
        case 3:
          line.succeeded();
          row = starts_in_row = 0;
          break;
        case 4:  // It dies; its successor knows what was kept, and asks again.
          line = restart_line(p, line.remember());
          asked = false;
          break;
        case 5:
          if (asked && pick(2) == 0) {
            line.refused(true, now);
            asked = false;
            pending = true;
          }
          break;
        default:
          if (asked) {
            line.started();
            asked = false;
            ++starts_in_row;
            pending = line.next().has_value();
          } else if (line.due(now)) {
            CHECK(pending);
            CHECK(now >= latest_failure + p.wait);
            CHECK(line.remember().workflow_id == "w");
            asked = true;
          }
      }
      // Never more starts than failures, and a pending one is never too far away.
      CHECK(line.remember().failures == row);
      CHECK(line.remember().failures <= p.max);
      CHECK(starts_in_row <= names);
      if (line.next()) CHECK(*line.next() <= now + p.max_wait);
    }
  }
}
