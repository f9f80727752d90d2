// Job: stops calls to a venue that fails, and finds out carefully when it is well again.
//      closed -> open at too many failures (or a rate of failed or of slow calls) in the window ->
//      half_open once the open time is over and someone asks -> closed after enough successful
//      probes, or open again, longer, at a failed, slow or silent one.
// Epochs: a permit belongs to the state it was given in; an answer that comes in a later one is
//      counted as late and changes nothing. So does a second answer of one probe.
// Owns: its state. Threads: one owner (an actor, shared by all workflows of a venue).
// Time: given; a clock that is set back stands still for that step (forward_time). A probe that was
//      silent for too long has failed *at that moment*, whenever the breaker is looked at next:
//      how often tick() is called makes no difference.
// Randomness: a generator in the state, so that a replay is exact.
// Bounds: the window (call_window) and 16 probes; permit and report allocate nothing, save that the
//      first call after a clear fills memory that was reserved.
// Durable: snapshot() is all there is; restore() gives the same breaker.
// Tests: tests/resilience/circuit_breaker_test.cpp, circuit_breaker_property_test.cpp
#pragma once

#include "runtime/resilience/breaker_state.hpp"

namespace pitwall {

class circuit_breaker {
 public:
  struct answer {
    std::optional<breaker_permit> permit;  ///< Nothing: refused.
    /// Where refused: when the open time is over, or at the latest the probes under way are
    /// decided; nothing where only the operator can help.
    std::optional<microseconds> retry_in;
    breaker_changes changes;
  };

  static status check(const breaker_settings& settings);
  /// Closed. Errors: invalid_argument, the settings are out of range.
  static result<circuit_breaker> make(const breaker_settings& settings, std::uint64_t seed,
                                      timestamp now);
  /// As it was. Where the settings have changed, a window that does not fit them starts empty, and
  /// an open time ends no later than they allow. Errors: invalid_argument; data_loss, no breaker
  /// was ever in that state.
  static result<circuit_breaker> restore(const breaker_settings& settings,
                                         const breaker_memory& memory);

  answer ask(timestamp now);
  breaker_changes report(const breaker_permit& permit, call_outcome outcome, timestamp now);
  /// Does what is due by itself: a silent probe fails.
  breaker_changes tick(timestamp now);
  /// When tick() will have something to do, if nothing else happens; nothing: never.
  std::optional<microseconds> tick_in(timestamp now) const noexcept;

  /// By the operator, to forced_open, forced_closed or metrics_only. Another state changes nothing.
  breaker_changes force(breaker_state state, timestamp now);
  /// Closed, with an empty window and fresh totals; also ends what was forced.
  breaker_changes reset(timestamp now);
  /// After a restart: calls of before will never be answered. Frees the probes' places; no change.
  void forget_calls() noexcept;

  breaker_status status_at(timestamp now) const;
  breaker_memory snapshot() const;
  const breaker_settings& settings() const noexcept { return settings_; }

 private:
  circuit_breaker(const breaker_settings& settings, const breaker_memory& memory);

  void go(breaker_state to, breaker_reason why, timestamp at, breaker_changes& out);
  void open(breaker_reason why, timestamp at, breaker_changes& out);
  void expire(timestamp t, breaker_changes& out);
  std::optional<timestamp> first_silence() const noexcept;
  std::uint32_t probes_under_way() const noexcept;
  std::optional<breaker_permit> take_probe(timestamp t) noexcept;
  bool give_back(std::uint64_t probe) noexcept;
  void judge_probe(bool failed, bool slow, timestamp t, breaker_changes& out);
  void judge_window(timestamp t, breaker_changes& out);
  bool count(call_outcome outcome, bool slow) noexcept;
  microseconds open_duration() noexcept;

  breaker_settings settings_;
  breaker_memory memory_;  ///< But the window, which lives in window_.
  call_window window_;
};

}  // namespace pitwall
