#include "runtime/resilience/retry_policy.hpp"

#include <limits>
#include <random>
#include <set>

#include "runtime/resilience/random_pick.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};
constexpr auto most_random = std::numeric_limits<std::uint64_t>::max();
const failed_attempt refused{errc::unavailable, 0, {}, false, false};

retry_policy make(const retry_settings& settings = {}) {
  return retry_policy::make(settings).value();
}

retry_policy shaped(backoff shape, std::uint32_t attempts = 20) {
  retry_settings s;
  s.shape = shape;
  s.max_attempts = attempts;
  return make(s);
}

retry_decision gives_up(give_up_reason why) { return {why, {}}; }

}  // namespace

TEST_CASE(
    "three attempts: two retries after up to 1 s and 2 s, with full jitter, then it gives up") {
  const auto policy = make();
  CHECK(policy.decide({1, {}}, refused, start, {}, 0) == retry_decision{give_up_reason::none, {}});
  CHECK(policy.decide({1, {}}, refused, start, {}, most_random).wait == seconds(1));
  CHECK(policy.decide({2, {}}, refused, start, {}, most_random).wait == seconds(2));
  CHECK(policy.decide({3, {}}, refused, start, {}, 0) ==
        gives_up(give_up_reason::attempts_exhausted));
}

TEST_CASE("waits by shape") {
  const auto exponential = shaped(backoff::exponential);
  const int waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
  for (std::uint32_t k = 1; k <= 8; ++k) {
    CHECK(exponential.decide({k, {}}, refused, start, {}, 5).wait == seconds(waits[k - 1]));
    CHECK(shaped(backoff::fixed).decide({k, {}}, refused, start, {}, 5).wait == seconds(1));
    CHECK(shaped(backoff::full_jitter).ceiling(k) == seconds(waits[k - 1]));
  }
  const auto decorrelated = shaped(backoff::decorrelated_jitter);
  CHECK(decorrelated.decide({1, {}}, refused, start, {}, 0).wait == seconds(1));
  CHECK(decorrelated.decide({1, {}}, refused, start, {}, most_random).wait == seconds(3));
  CHECK(decorrelated.decide({2, seconds(3)}, refused, start, {}, most_random).wait == seconds(9));
  CHECK(decorrelated.decide({5, seconds(59)}, refused, start, {}, most_random).wait == seconds(60));
  CHECK(backoff_from_jitter("none").value() == backoff::exponential);
  CHECK(backoff_from_jitter("full").value() == backoff::full_jitter);
  CHECK(backoff_from_jitter("decorrelated").value() == backoff::decorrelated_jitter);
  CHECK_FALSE(backoff_from_jitter("wild").ok());
}

TEST_CASE("the longest waits that a file may ask for do not overflow") {
  retry_settings s;
  s.max_attempts = 1'000;
  s.min_wait = seconds(31'536'000) - microseconds(1);
  s.max_wait = seconds(31'536'000);
  s.multiplier = 1'000;
  for (const auto shape : {backoff::exponential, backoff::decorrelated_jitter}) {
    s.shape = shape;
    for (const std::uint32_t attempts : {2U, 3U, 999U}) {
      const auto d = make(s).decide({attempts, s.max_wait}, refused, start, {}, most_random);
      CHECK(d.wait == s.max_wait);
    }
  }
}

TEST_CASE("an effect in doubt is never tried again, whatever the filter and the attempts say") {
  const auto policy = make();
  CHECK(policy.decide({1, {}}, {errc::deadline_exceeded, 0, {}, true, false}, start, {}, 0) ==
        gives_up(give_up_reason::in_doubt));
  CHECK(policy.decide({1, {}}, {errc::unavailable, 0, {}, false, true}, start, {}, 0) ==
        gives_up(give_up_reason::in_doubt));
  CHECK(policy.decide({9, {}}, {errc::unavailable, 503, {}, true, false}, start, {}, 0) ==
        gives_up(give_up_reason::in_doubt));
  CHECK(policy.decide({1, {}}, {errc::invalid_argument, 400, {}, false, false}, start, {}, 0) ==
        gives_up(give_up_reason::not_retryable));
}

TEST_CASE("Retry-After is a floor; past the deadline or the limit it is said to be the reason") {
  const auto policy = make();
  failed_attempt limited{errc::resource_exhausted, 429, seconds(90), false, false};
  CHECK(policy.decide({1, {}}, limited, start, {}, most_random).wait == seconds(90));
  limited.retry_after = milliseconds(1);
  CHECK(policy.decide({1, {}}, limited, start, {}, most_random).wait == seconds(1));
  CHECK(policy.decide({1, {}}, limited, start, {}, 0).wait == milliseconds(1));
  limited.retry_after = seconds(30);
  const auto decide = [&](microseconds left) {
    return policy.decide({1, {}}, limited, start, deadline::after(start, left), 0);
  };
  CHECK(decide(seconds(30)) == gives_up(give_up_reason::retry_after_beyond_limit));
  CHECK(decide(seconds(30) + microseconds(1)).wait == seconds(30));
  limited.retry_after = minutes(10);
  CHECK(policy.decide({1, {}}, limited, start, {}, 0).retries());
  limited.retry_after = minutes(10) + microseconds(1);
  CHECK(policy.decide({1, {}}, limited, start, {}, 0) ==
        gives_up(give_up_reason::retry_after_beyond_limit));
}

TEST_CASE("a retry that could not begin before the deadline is not made") {
  const auto policy = shaped(backoff::fixed);
  const auto decide = [&](microseconds left) {
    return policy.decide({1, {}}, refused, start, deadline::after(start, left), 0);
  };
  CHECK(decide(seconds(1)) == gives_up(give_up_reason::deadline));
  CHECK(decide(seconds(1) + microseconds(1)).wait == seconds(1));
  retry_settings s;
  s.total_time = seconds(5);
  CHECK(make(s).begin(start, {}).time() == start + seconds(5));
  CHECK(make(s).begin(start, deadline(start + seconds(2))).time() == start + seconds(2));
  CHECK(make().begin(start, {}).is_never());
}

TEST_CASE("a retry that the venue's budget does not pay for is not made") {
  auto budget = retry_budget::make({0, 0, 1}, start).value();
  const retry_decision wait{give_up_reason::none, seconds(1)};
  const auto other = gives_up(give_up_reason::in_doubt);
  CHECK(pay(other, budget, start) == other);
  CHECK(pay(wait, budget, start) == wait);
  CHECK(pay(wait, budget, start) == gives_up(give_up_reason::budget_exhausted));
}

TEST_CASE("retry settings out of range are refused") {
  const auto bad = [](auto change) {
    retry_settings s;
    change(s);
    return !retry_policy::make(s).ok();
  };
  CHECK(bad([](auto& s) { s.max_attempts = 0; }));
  CHECK(bad([](auto& s) { s.max_attempts = 1'001; }));
  CHECK(bad([](auto& s) { s.min_wait = seconds(61); }));
  CHECK(bad([](auto& s) { s.min_wait = -seconds(1); }));
  CHECK(bad([](auto& s) { s.max_wait = std::chrono::days(367); }));
  CHECK(bad([](auto& s) { s.multiplier = 0.5; }));
  CHECK(bad([](auto& s) { s.multiplier = std::numeric_limits<double>::quiet_NaN(); }));
  CHECK(bad([](auto& s) { s.multiplier = 1'001; }));
  CHECK(bad([](auto& s) { s.total_time = seconds(0); }));
}

TEST_CASE("property: jitter is spread over its whole range") {
  splitmix64 random{91};
  for (const auto shape : {backoff::full_jitter, backoff::decorrelated_jitter}) {
    const auto policy = shaped(shape);
    const auto low = shape == backoff::full_jitter ? seconds(0) : seconds(1);
    const auto high = shape == backoff::full_jitter ? seconds(4) : seconds(12);
    std::set<std::int64_t> tenths;
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto wait = policy.decide({3, seconds(4)}, refused, start, {}, random.next()).wait;
      REQUIRE(wait >= low);
      REQUIRE(wait <= high);
      tenths.insert((wait - low).count() * 10 / (microseconds(high - low).count() + 1));
      sum += static_cast<double>(wait.count());
    }
    CHECK(tenths.size() == 10);
    CHECK(sum / 20'000 == Approx((low.count() + high.count()) * 500'000.0).epsilon(0.02));
  }
}

TEST_CASE("property: attempts, waits and the whole time stay within their bounds") {
  const std::uint64_t first_seed = 4'000;
  for (std::uint64_t seed = first_seed; seed < first_seed + 5'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    retry_settings s;
    s.max_attempts = static_cast<std::uint32_t>(1 + random() % 12);
    s.min_wait = milliseconds(random() % 500);
    s.max_wait = s.min_wait + milliseconds(random() % 5'000);
    s.multiplier = 1 + static_cast<double>(random() % 4'000) / 1'000;
    s.shape = static_cast<backoff>(random() % 4);
    if (random() % 2 == 0) s.total_time = milliseconds(1 + random() % 8'000);
    const auto policy = make(s);
    auto now = start;
    const auto until = policy.begin(now, deadline::after(now, milliseconds(random() % 20'000)));
    retry_progress progress;
    for (;;) {
      ++progress.attempts;
      REQUIRE(progress.attempts <= s.max_attempts);
      if (progress.attempts > 1) REQUIRE_FALSE(until.expired(now));
      now += milliseconds(random() % 300);
      failed_attempt f = refused;
      if (random() % 4 == 0)
        f = {errc::resource_exhausted, 429, milliseconds(random() % 3'000), false, false};
      const auto bits = random();
      const auto d = policy.decide(progress, f, now, until, bits);
      REQUIRE(d == policy.decide(progress, f, now, until, bits));
      // The model, in floating point.
      double ceiling = static_cast<double>(s.min_wait.count());
      for (std::uint32_t i = 1; i < progress.attempts && s.shape != backoff::fixed; ++i) {
        ceiling *= s.multiplier;
      }
      ceiling = std::min(ceiling, static_cast<double>(s.max_wait.count()));
      const auto asked = f.retry_after.value_or(microseconds(0));
      if (d.retries()) {
        REQUIRE(d.wait >= asked);
        const auto own = static_cast<double>(d.wait.count());
        if (s.shape == backoff::decorrelated_jitter) {
          REQUIRE(d.wait >= s.min_wait);
          const auto three = 3 * std::clamp(progress.last_wait, s.min_wait, s.max_wait);
          REQUIRE(d.wait <= std::max(std::min(three, s.max_wait), asked));
        } else {
          REQUIRE((d.wait == asked || own <= ceiling + 1));
          if (s.shape != backoff::full_jitter) REQUIRE(own >= ceiling * 0.9999 - 20);
        }
        REQUIRE(now + d.wait < until.time());
        now += d.wait;
        progress.last_wait = d.wait;
        continue;
      }
      REQUIRE(d.wait == microseconds(0));
      if (d.give_up == give_up_reason::attempts_exhausted) {
        REQUIRE(progress.attempts == s.max_attempts);
      } else if (d.give_up == give_up_reason::retry_after_beyond_limit) {
        REQUIRE(now + asked >= until.time());
      } else {
        REQUIRE(d.give_up == give_up_reason::deadline);
        const auto longest = s.shape == backoff::decorrelated_jitter
                                 ? s.max_wait
                                 : microseconds(static_cast<std::int64_t>(ceiling) + 1);
        REQUIRE(now + std::max(longest, asked) >= until.time());
      }
      break;
    }
  }
}
