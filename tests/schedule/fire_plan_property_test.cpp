// A host that lives and dies at random, under a clock that is set at random, with a journal that
// knows every start: what a trigger promises holds all the while.
#include <map>
#include <random>

#include "runtime/schedule/fire_plan.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

class world {
 public:
  world(std::uint64_t seed, bool tame) : random_(seed), tame_(tame) {
    policy_.when_running = static_cast<overlap>(pick(3));
    policy_.queue_limit = 1 + pick(4);
    policy_.each_missed = pick(2) == 0;
    policy_.catch_up = std::chrono::seconds(pick(2) == 0 ? 0 : pick(600));
    policy_.jitter = std::chrono::milliseconds(pick(2) == 0 ? 0 : pick(20'000));
    policy_.max_wait = std::chrono::seconds(pick(2) == 0 ? 60 : pick(600));
    if (tame) {
      const auto jitter = std::chrono::milliseconds(pick(2) == 0 ? 0 : pick(200'000));
      policy_ = {overlap::queue, 1'000, 12h, 1min, true, jitter};
    }
    interval_ = std::chrono::seconds((tame ? 5 : 1) + pick(40));
    note_ = {now_, std::nullopt};
    begin();
  }

  void step() {
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
        now_ += std::chrono::milliseconds(pick(20'000));
        return tick();
      case 3:
        if (plan_->next_wake() && *plan_->next_wake() > now_) now_ = *plan_->next_wake();
        return tick();
      case 4:
        return answer();
      case 5:
      case 6:
        return end_one();
      case 7:
        return die();
      case 8:
        if (!tame_) now_ += std::chrono::seconds(static_cast<int>(pick(2'000)) - 1'000);
        return tick();
      default:
        if (!tame_) take(plan_->shut(pick(3) == 0 ? "paused" : ""));
    }
  }
  /// Everything that is under way comes to its end.
  void settle() {
    for (int i = 0; i < 3'000 && (asked_ || running_ || plan_->remember().handled < settled());
         ++i) {
      answer();
      end_one();
      tick();
    }
  }

  timestamp due_by_now() const { return now_ - policy_.jitter; }
  /// Up to this, nothing may be open.
  timestamp settled() const { return now_ - 60s - policy_.jitter; }

  std::map<timestamp, int> journal;  ///< Executions by scheduled time.
  std::vector<timestamp> order;
  std::size_t most_running = 0, skipped = 0, lives = 0;
  timestamp now_{std::chrono::seconds(1'800'000'000)};
  std::chrono::seconds interval_{};

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  void begin() {
    ++lives;
    auto handled = note_.handled;
    // As the scheduler does: was the start that it asked for last journaled?
    const bool known = note_.starting && journal.count(*note_.starting) > 0;
    if (known) handled = std::max(handled, *note_.starting);
    plan_.emplace("b", schedule::every(interval_), policy_, handled);
    if (running_) plan_->restore_running();
    if (known && running_) CHECK(*running_ == *note_.starting);
    tick();
  }
  void tick() { take(plan_->tick(now_)); }
  void take(const fire_actions& actions) {
    note_ = plan_->remember();
    for (const auto& a : actions) {
      if (a.what == fire_action::kind::skip) {
        ++skipped;
      } else if (a.what == fire_action::kind::cancel) {
        REQUIRE(running_);
      } else {
        REQUIRE_FALSE(asked_);
        REQUIRE(a.at + plan_->jitter(a.at) <= now_ + 24h);
        REQUIRE(now_ - a.at <= policy_.jitter + policy_.longest_wait());
        asked_ = a.at;
      }
    }
  }
  void answer() {
    if (!asked_) return;
    const auto at = *std::exchange(asked_, std::nullopt);
    if (!tame_ && pick(4) == 0) return take(plan_->refused(pick(2) == 0, "no", now_));
    journal_start(at);
    take(plan_->started());
  }
  void journal_start(timestamp at) {
    ++journal[at];
    order.push_back(at);
    REQUIRE_FALSE(running_);  // Overlap never exceeds one.
    running_ = at;
  }
  void end_one() {
    if (!running_ || !plan_->running()) return;
    running_.reset();
    take(plan_->ended(now_));
  }
  /// kill -9: a start that was asked for may have been journaled or not.
  void die() {
    if (asked_ && pick(2) == 0) journal_start(*asked_);
    asked_.reset();
    if (running_ && pick(3) == 0) running_.reset();  // It ended, too.
    now_ += std::chrono::seconds(pick(200));
    begin();
  }

  std::mt19937_64 random_;
  bool tame_;
  fire_policy policy_;
  fire_plan::memory note_;
  std::optional<fire_plan> plan_;
  std::optional<timestamp> asked_, running_;
};

std::uint64_t new_seed() { return std::random_device()(); }

}  // namespace

TEST_CASE("over lives, deaths and set clocks no moment starts twice, and all in order") {
  const auto seed = new_seed();
  CAPTURE(seed);
  std::size_t starts = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    CAPTURE(i);
    world w(seed + i, false);
    for (int s = 0; s < 400; ++s) w.step();
    for (const auto& [at, times] : w.journal) {
      if (times == 1) continue;
      CAPTURE(to_iso8601(at));
      REQUIRE(times == 1);
    }
    for (std::size_t k = 1; k < w.order.size(); ++k) REQUIRE(w.order[k - 1] < w.order[k]);
    starts += w.order.size();
  }
  CHECK(starts > 1'000);
}

TEST_CASE("with room to wait and each made up for, every moment starts, over any deaths") {
  const auto seed = new_seed();
  CAPTURE(seed);
  for (std::uint64_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    world w(seed + i, true);
    const auto begun = w.now_;
    for (int s = 0; s < 200; ++s) w.step();
    w.settle();
    const auto every = schedule::every(w.interval_);
    std::size_t expected = 0;
    for (auto t = every.next_after(begun); t && *t <= w.due_by_now(); t = every.next_after(*t)) {
      ++expected;
      if (w.journal.count(*t) == 1) continue;
      CAPTURE(to_iso8601(*t), to_iso8601(begun), to_iso8601(w.now_), w.interval_.count());
      REQUIRE(w.journal.count(*t) == 1);
    }
    CHECK(w.order.size() >= expected);
    CHECK(w.order.size() == w.journal.size());
    CHECK(w.skipped == 0);
  }
}
