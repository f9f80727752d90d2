// Job: the words of the circuit breaker: its states, settings, permits, what it reports, and the
//      whole of its state as one plain value.
// Threads: plain values. Durable: breaker_memory restores a breaker exactly. At a change of state
//      its window is empty, so journaling it with each change is cheap.
// Tests: tests/resilience/circuit_breaker_test.cpp
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "runtime/resilience/call_window.hpp"
#include "runtime/resilience/random_pick.hpp"

namespace pitwall {

enum class breaker_state : std::uint8_t {
  closed,         ///< Calls pass, and are measured.
  open,           ///< Calls are refused until the open time is over.
  half_open,      ///< A few probes pass; they decide.
  forced_open,    ///< By the operator: all are refused, until reset.
  forced_closed,  ///< By the operator: all pass, nothing is measured.
  metrics_only,   ///< All pass and are measured; it never opens.
};
std::string_view to_string(breaker_state s) noexcept;

/// Why it changed its state.
enum class breaker_reason : std::uint8_t {
  failure_threshold,
  failure_rate,
  slow_rate,
  open_time_over,
  probes_succeeded,
  probe_failed,
  probe_slow,
  probe_unanswered,
  by_operator,
};
std::string_view to_string(breaker_reason r) noexcept;

/// How a call ended. `ignored` says nothing about the venue (a bad request, a cancelled call); it
/// gives a probe's place back.
enum class call_outcome : std::uint8_t { success, failure, timeout, ignored };

/// Opens at the first of the three that is met; 0 turns one off.
struct breaker_settings {
  window_settings window;
  std::uint32_t failure_threshold = 5;  ///< Failures in the window.
  std::uint32_t failure_percent = 0;    ///< Of the window's calls, once it holds `minimum_calls`.
  std::uint32_t slow_percent = 0;       ///< The same of slow calls.
  std::uint32_t minimum_calls = 20;
  microseconds slow_after = std::chrono::seconds(5);  ///< Slow: takes longer than this.

  microseconds open_time = std::chrono::seconds(60);  ///< The first opening's, exactly.
  std::uint32_t open_growth_percent = 200;            ///< Of each repeated one to the one before.
  microseconds max_open_time = std::chrono::minutes(10);
  std::uint32_t jitter_percent = 10;  ///< A repeated opening is shorter by up to this.

  std::uint32_t max_probes = 2;   ///< At once: 1 to 16.
  std::uint32_t close_after = 2;  ///< Successful probes.
  /// A probe without an answer for so long is a failed one.
  microseconds probe_timeout = std::chrono::seconds(60);
};

/// The right to one call. Report its end once.
struct breaker_permit {
  std::uint64_t epoch = 0;  ///< Each change of state starts a new one.
  std::uint64_t probe = 0;  ///< 0: no probe.
  timestamp begun{};        ///< In the breaker's forward time.
  friend bool operator==(const breaker_permit&, const breaker_permit&) = default;
};

struct breaker_change {
  breaker_state from = breaker_state::closed, to = breaker_state::closed;
  breaker_reason reason = breaker_reason::by_operator;
  timestamp at{};
  friend bool operator==(const breaker_change&, const breaker_change&) = default;
};

/// What one call of the breaker changed, in order: at most two.
class breaker_changes {
 public:
  void push(const breaker_change& c) noexcept { all_.at(size_++) = c; }
  const breaker_change* begin() const noexcept { return all_.data(); }
  const breaker_change* end() const noexcept { return all_.data() + size_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<breaker_change, 2> all_{};
  std::size_t size_ = 0;
};

/// Since the breaker was made or reset. Late answers belong to no state any more.
struct breaker_totals {
  std::uint64_t permitted = 0, refused = 0;
  std::uint64_t successes = 0, failures = 0, timeouts = 0, ignored = 0;  ///< Without late ones.
  std::uint64_t slow = 0, late = 0, opened = 0;
  friend bool operator==(const breaker_totals&, const breaker_totals&) = default;
};

struct breaker_memory {
  static constexpr std::size_t max_probes = 16;
  struct probe {
    std::uint64_t id = 0;  ///< 0: free.
    timestamp begun{};
    friend bool operator==(const probe&, const probe&) = default;
  };

  breaker_state state = breaker_state::closed;
  std::uint64_t epoch = 1;
  timestamp since{};           ///< By the clock.
  forward_time clock;          ///< All times below are in its time.
  timestamp open_until{};      ///< While open.
  std::uint32_t openings = 0;  ///< In a row, without closing in between.
  std::uint32_t probe_successes = 0;
  std::uint64_t last_probe = 0;
  std::array<probe, max_probes> probes{};
  splitmix64 random;
  breaker_totals totals;
  call_window::state window;
  friend bool operator==(const breaker_memory&, const breaker_memory&) = default;
};

/// For people and metrics.
struct breaker_status {
  breaker_state state = breaker_state::closed;
  timestamp since{};
  std::uint32_t openings = 0, probes_under_way = 0;
  call_counts window;
  breaker_totals totals;
  std::optional<microseconds> next_probe_in;  ///< Open only; zero: the next call will be one.
};

}  // namespace pitwall
