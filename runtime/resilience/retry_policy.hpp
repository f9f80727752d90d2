// Job: whether a failed call is tried again, and after what wait.
// Waits of retry k = 1, 2, ...; ceiling(k) = min(max_wait, min_wait * multiplier^(k-1)):
//      fixed                min_wait
//      exponential          ceiling(k)
//      full_jitter          evenly from [0, ceiling(k)]
//      decorrelated_jitter  evenly from [min_wait, 3 * the wait before], at most max_wait
//      The last two are those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture
//      Blog, 2015. Retry-After is a floor for any of them, also above max_wait.
// Order of refusals: an effect in doubt is never repeated; then what the filter does not name; then
//      the number of attempts; then the time, for a retry begins before the deadline or not at all.
// Time and randomness: given. Threads: plain values. Durable: retry_progress.
// Errors: make() refuses settings out of range. Tests: tests/resilience/retry_policy_test.cpp
#pragma once

#include "runtime/resilience/deadline.hpp"
#include "runtime/resilience/retry_budget.hpp"
#include "runtime/resilience/retry_filter.hpp"

namespace pitwall {

enum class backoff : std::uint8_t { fixed, exponential, full_jitter, decorrelated_jitter };
/// What a file's `jitter` says: none, full or decorrelated. invalid_argument for another word.
result<backoff> backoff_from_jitter(std::string_view jitter);

struct retry_settings {
  std::uint32_t max_attempts = 3;  ///< With the first: 1 to 1,000.
  microseconds min_wait = std::chrono::seconds(1);
  microseconds max_wait = std::chrono::seconds(60);  ///< Up to a year.
  double multiplier = 2;                             ///< 1 to 1,000, to three decimals.
  backoff shape = backoff::full_jitter;
  retry_filter retry_on;
  /// From the first attempt on; nothing: the caller's deadline alone.
  std::optional<microseconds> total_time;
  /// A venue that asks for a longer pause is not waited for.
  microseconds max_retry_after = std::chrono::minutes(10);
};

enum class give_up_reason : std::uint8_t {
  none,
  in_doubt,       ///< Ask what became of it.
  not_retryable,  ///< The filter does not name it.
  attempts_exhausted,
  retry_after_beyond_limit,  ///< The venue asks for a wait past the deadline, or past
                             ///< max_retry_after.
  deadline,                  ///< The retry could not begin in time.
  budget_exhausted,          ///< The venue's retry_budget forbids it.
};
std::string_view to_string(give_up_reason r) noexcept;

/// Wait, then try again; or give up, and why.
struct retry_decision {
  give_up_reason give_up = give_up_reason::none;
  microseconds wait{};

  bool retries() const noexcept { return give_up == give_up_reason::none; }
  friend bool operator==(const retry_decision&, const retry_decision&) = default;
};

/// Between attempts; all that a restart needs.
struct retry_progress {
  std::uint32_t attempts = 0;  ///< Made so far.
  microseconds last_wait{};    ///< Zero before the first.
  friend bool operator==(const retry_progress&, const retry_progress&) = default;
};

class retry_policy {
 public:
  static result<retry_policy> make(const retry_settings& settings);

  /// The deadline of all attempts together, if the first begins now.
  deadline begin(timestamp now, deadline parent) const noexcept;
  /// An attempt has failed, `progress` counts it. `random`: 64 bits, drawn by the caller.
  retry_decision decide(const retry_progress& progress, const failed_attempt& failure,
                        timestamp now, deadline until, std::uint64_t random) const noexcept;
  /// The longest wait before retry k >= 1 that is not the venue's wish.
  microseconds ceiling(std::uint32_t k) const noexcept;

  const retry_settings& settings() const noexcept { return settings_; }

 private:
  explicit retry_policy(const retry_settings& settings) : settings_(settings) {}
  microseconds draw(const retry_progress& progress, std::uint64_t random) const noexcept;

  retry_settings settings_;
};

/// The retry that was decided, if the venue's budget pays for it.
retry_decision pay(const retry_decision& decision, retry_budget& budget, timestamp now) noexcept;

}  // namespace pitwall
