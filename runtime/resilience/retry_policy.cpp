#include "runtime/resilience/retry_policy.hpp"

#include <cmath>

#include "runtime/resilience/random_pick.hpp"

namespace pitwall {

namespace {

// As long as a workflow file may say.
constexpr microseconds longest_wait = std::chrono::days(366);

status refuse(const char* what, const char* remedy) {
  return {errc::invalid_argument, what, {}, remedy};
}

status check(const retry_settings& s) {
  if (s.max_attempts < 1 || s.max_attempts > 1'000) {
    return refuse("max_attempts is out of range", "give 1 (no retry) to 1000");
  }
  if (s.min_wait < microseconds(0) || s.max_wait > longest_wait) {
    return refuse("a retry's wait is out of range", "give times of up to a year");
  }
  if (s.min_wait > s.max_wait) {
    return refuse("min_wait is longer than max_wait", "make it the shorter one");
  }
  if (!(s.multiplier >= 1) || s.multiplier > 1'000) {
    return refuse("multiplier is out of range", "give 1 to 1000");
  }
  if (s.max_retry_after < microseconds(0) || (s.total_time && *s.total_time <= microseconds(0))) {
    return refuse("a retry's time limit is out of range", "give a time longer than zero");
  }
  return done{};
}

}  // namespace

result<backoff> backoff_from_jitter(std::string_view jitter) {
  if (jitter == "none") return backoff::exponential;
  if (jitter == "full") return backoff::full_jitter;
  if (jitter == "decorrelated") return backoff::decorrelated_jitter;
  return {errc::invalid_argument,
          "the jitter '" + std::string(jitter.substr(0, 40)) + "' is not known",
          {},
          "use full, decorrelated or none"};
}

std::string_view to_string(give_up_reason r) noexcept {
  switch (r) {
    case give_up_reason::none:
      return "none";
    case give_up_reason::in_doubt:
      return "in_doubt";
    case give_up_reason::not_retryable:
      return "not_retryable";
    case give_up_reason::attempts_exhausted:
      return "attempts_exhausted";
    case give_up_reason::retry_after_beyond_limit:
      return "retry_after_beyond_limit";
    case give_up_reason::deadline:
      return "deadline";
    case give_up_reason::budget_exhausted:
      return "budget_exhausted";
  }
  return "none";
}

result<retry_policy> retry_policy::make(const retry_settings& settings) {
  PITWALL_CHECK(check(settings));
  return retry_policy(settings);
}

deadline retry_policy::begin(timestamp now, deadline parent) const noexcept {
  return settings_.total_time ? parent.child(now, *settings_.total_time) : parent;
}

microseconds retry_policy::ceiling(std::uint32_t k) const noexcept {
  if (settings_.shape == backoff::fixed) return settings_.min_wait;
  if (settings_.shape == backoff::decorrelated_jitter) return settings_.max_wait;
  // In whole numbers, so that it is the same on every machine.
  const auto thousandths = static_cast<std::int64_t>(std::llround(settings_.multiplier * 1'000));
  auto wait = settings_.min_wait;
  for (std::uint32_t i = 1; i < k && wait < settings_.max_wait; ++i) {
    // In two parts: a year in microseconds times a million does not fit.
    const auto grown = wait / 1'000 * thousandths + wait % 1'000 * thousandths / 1'000;
    if (grown == wait) break;
    wait = grown;
  }
  return std::min(wait, settings_.max_wait);
}

microseconds retry_policy::draw(const retry_progress& progress,
                                std::uint64_t random) const noexcept {
  const auto least = settings_.min_wait;
  switch (settings_.shape) {
    case backoff::fixed:
    case backoff::exponential:
      break;
    case backoff::full_jitter:
      return microseconds(pick(0, ceiling(progress.attempts).count(), random));
    case backoff::decorrelated_jitter: {
      const auto before = std::clamp(progress.last_wait, least, settings_.max_wait);
      return std::min(microseconds(pick(least.count(), 3 * before.count(), random)),
                      settings_.max_wait);
    }
  }
  return ceiling(progress.attempts);
}

retry_decision retry_policy::decide(const retry_progress& progress, const failed_attempt& failure,
                                    timestamp now, deadline until,
                                    std::uint64_t random) const noexcept {
  using enum give_up_reason;
  if (effect_in_doubt(failure)) return {in_doubt, {}};
  if (!settings_.retry_on.matches(failure)) return {not_retryable, {}};
  if (progress.attempts >= settings_.max_attempts) return {attempts_exhausted, {}};
  const auto left = until.remaining(now);
  const auto asked = failure.retry_after.value_or(microseconds(0));
  // It must begin before the deadline: a wait of all that is left is too long.
  if (failure.retry_after && (asked >= left || asked > settings_.max_retry_after)) {
    return {retry_after_beyond_limit, {}};
  }
  const auto wait = std::max(draw(progress, random), asked);
  if (wait >= left) return {give_up_reason::deadline, {}};
  return {none, wait};
}

retry_decision pay(const retry_decision& decision, retry_budget& budget, timestamp now) noexcept {
  if (!decision.retries() || budget.try_retry(now)) return decision;
  return {give_up_reason::budget_exhausted, {}};
}

}  // namespace pitwall
