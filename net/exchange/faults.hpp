// Job: what goes wrong on demand, and when: rates and a seeded die, so that the same requests in
//      the same order meet the same faults.
// Threads: one owner. Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::sim {

struct fault_settings {
  milliseconds latency{0};    ///< Before every answer; at most longest_latency.
  decimal error_rate;         ///< 503 before anything is done. Rates are from 0 to 1.
  decimal disconnect_rate;    ///< The connection is closed before anything is done, or sent.
  decimal drop_answers_rate;  ///< An order is accepted, and the connection closed unanswered.
  decimal stream_gap_rate;    ///< An update of a market stream is sent to nobody.
  bool stale_prices = false;  ///< Market data stands still; orders meet the real prices.
  std::uint64_t seed = 1;     ///< Setting it starts the die anew.
};

inline constexpr milliseconds longest_latency{60'000};

/// What befalls one request.
struct mishap {
  bool disconnect = false, error = false, drop_answer = false;
};

class fault_die {
 public:
  explicit fault_die(const fault_settings& s = {})
      : settings_(s), state_(s.seed), stream_state_(~s.seed) {}

  /// Changes the members that are named: {"latency_ms": 100, "error_rate": 0.1, ...}.
  /// invalid_argument, naming the member: nothing is changed.
  status change(const value& wanted);
  const fault_settings& settings() const noexcept { return settings_; }
  value view() const;
  mishap roll() noexcept;
  // Of streams, in a row of dice of their own.
  bool drops_update() noexcept { return hits(settings_.stream_gap_rate, stream_state_); }
  /// Before every event for every subscriber.
  bool cuts_stream() noexcept { return hits(settings_.disconnect_rate, stream_state_); }

 private:
  static bool hits(decimal rate, std::uint64_t& state) noexcept;

  fault_settings settings_;
  std::uint64_t state_, stream_state_;
};

}  // namespace pitwall::sim
