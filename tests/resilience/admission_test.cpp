#include "runtime/resilience/admission.hpp"

#include <deque>
#include <map>
#include <random>
#include <set>

#include "tests/support/catch.hpp"

using namespace pitwall;
using verdict = admission::verdict;

namespace {

verdict ask(admission& a, admission::start_id id, bool room = true) { return a.ask(id, room).how; }

}  // namespace

TEST_CASE("admission: the names of the policies", "[admission]") {
  for (const auto w :
       {when_full::refuse, when_full::queue, when_full::skip, when_full::cancel_running})
    CHECK(*when_full_from_string(to_string(w)) == w);
  CHECK(when_full_from_string("drop").error().code == errc::invalid_argument);
}

TEST_CASE("admission: refuse and skip", "[admission]") {
  for (const auto past : {when_full::refuse, when_full::skip}) {
    const auto no = past == when_full::refuse ? verdict::refused : verdict::skipped;
    admission a({2, past, 10});
    CHECK(ask(a, 1) == verdict::runs);
    CHECK(ask(a, 2, false) == no);  // The host is full.
    CHECK(ask(a, 3) == verdict::runs);
    CHECK(ask(a, 4) == no);
    a.ended(1);
    CHECK(ask(a, 5) == verdict::runs);
    CHECK(a.waiting() == 0);
  }
}

TEST_CASE("admission: a queue is served in order, is bounded, and nobody overtakes",
          "[admission]") {
  admission a({1, when_full::queue, 2});
  CHECK(ask(a, 1) == verdict::runs);
  CHECK(ask(a, 2) == verdict::waits);
  CHECK(ask(a, 3) == verdict::waits);
  CHECK(ask(a, 4) == verdict::refused);
  CHECK_FALSE(a.next(true));
  a.ended(1);
  CHECK_FALSE(a.next(false));
  CHECK(ask(a, 5) == verdict::refused);  // Though there is room, two have waited longer.
  CHECK(a.next(true) == 2U);
  CHECK_FALSE(a.next(true));
  CHECK(a.clear_queue() == std::vector<admission::start_id>{3});
  CHECK(a.running() == 1);
}

TEST_CASE("admission: the newest start takes the place of the oldest running one", "[admission]") {
  admission a({2, when_full::cancel_running, 10});
  CHECK(ask(a, 1) == verdict::runs);
  CHECK(ask(a, 2) == verdict::runs);
  const auto third = a.ask(3, true);
  CHECK(third.how == verdict::waits);
  CHECK(third.cancel == 1U);
  const auto fourth = a.ask(4, true);  // One place is being made, and one is wanted.
  CHECK(fourth.how == verdict::waits);
  CHECK_FALSE(fourth.cancel);
  CHECK(fourth.replaced == 3U);
  a.ended(1);
  CHECK(a.next(true) == 4U);
  CHECK(a.ask(5, true).cancel == 2U);
  admission other({2, when_full::cancel_running, 10});
  CHECK(ask(other, 1, false) == verdict::refused);
}

TEST_CASE("admission: whatever comes, the bounds hold and every start gets one end",
          "[admission][property]") {
  std::size_t ran = 0, cancelled = 0, replaced = 0;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const admission_policy policy{1 + random() % 4, static_cast<when_full>(random() % 4),
                                  random() % 5};
    admission a(policy);
    std::set<admission::start_id> running, going;
    std::deque<admission::start_id> waiting;  // The model.
    admission::start_id last = 0;
    const auto end_one = [&] {
      if (running.empty()) return;
      auto it = running.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(random() % running.size()));
      a.ended(*it);
      going.erase(*it);
      running.erase(it);
    };
    const auto serve = [&](bool room) {
      while (const auto id = a.next(room)) {
        REQUIRE(*id == waiting.front());
        waiting.pop_front();
        running.insert(*id);
        ++ran;
      }
    };
    for (int step = 0; step < 60; ++step) {
      const bool room = random() % 4 != 0;
      if (random() % 3 == 0) {
        end_one();
        serve(room);
      } else {
        const auto id = ++last;
        const auto got = a.ask(id, room);
        if (got.replaced) {
          REQUIRE(*got.replaced == waiting.front());
          waiting.pop_front();
          ++replaced;
        }
        if (got.cancel) {
          REQUIRE(running.count(*got.cancel) == 1);
          REQUIRE(going.insert(*got.cancel).second);
          ++cancelled;
        }
        if (got.how == verdict::runs) {
          REQUIRE(waiting.empty());
          REQUIRE(room);
          running.insert(id);
          ++ran;
        } else if (got.how == verdict::waits) {
          waiting.push_back(id);
        }
      }
      REQUIRE(a.running() == running.size());
      REQUIRE(a.waiting() == waiting.size());
      REQUIRE(a.going() == going.size());
      REQUIRE(running.size() <= policy.max_running);
      const auto most = policy.past_it == when_full::queue            ? policy.max_queued
                        : policy.past_it == when_full::cancel_running ? 1U
                                                                      : 0U;
      REQUIRE(waiting.size() <= most);
    }
    serve(true);
    while (!running.empty()) {
      end_one();
      serve(true);
    }
    REQUIRE(a.waiting() == 0);
  }
  CHECK(ran > 20'000);
  CHECK(cancelled > 1'000);
  CHECK(replaced > 1'000);
}
