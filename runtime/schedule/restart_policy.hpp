// Job: whether a bot whose execution failed is started again, when, and when no more.
// Rules: an end as failed or timed out is a failure; a completed execution is a success, and ends
//      the row. The n-th failure in a row is answered by one start, `wait` doubled n - 1 times
//      after it, at most `max_wait`; the one after the `max`-th by none: the bot is given up. One
//      start is pending at a time: what fails meanwhile counts, and puts it off.
// Threads: one owner. Tests: tests/schedule/restart_policy_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

struct restart_policy {
  static constexpr std::uint32_t most = 1'000;  ///< `max` may be so much.

  bool on_failure = false;  ///< Else never.
  std::uint32_t max = 5;    ///< Starts in a row.
  milliseconds wait{std::chrono::seconds(1)}, max_wait{std::chrono::minutes(1)};

  milliseconds wait_after(std::uint32_t failures) const noexcept;
  std::string text() const;  ///< As parse_restart() reads it.
  friend bool operator==(const restart_policy&, const restart_policy&) = default;
};

/// "never", "on_failure [max=N] [wait=LENGTH] [max_wait=LENGTH]"; nothing where `problems` grew.
std::optional<restart_policy> parse_restart(std::string_view words, std::vector<error>& problems);

/// What a successor has to know to go on.
struct restart_memory {
  std::uint32_t failures = 0;             ///< In a row.
  std::string execution_id, workflow_id;  ///< The last that failed.
  std::optional<timestamp> due{};         ///< Of the pending start.
  friend bool operator==(const restart_memory&, const restart_memory&) = default;
};

class restart_line {
 public:
  explicit restart_line(restart_policy policy, restart_memory from = {})
      : policy_(policy), now_(std::move(from)) {}

  /// So many have failed since it was told last, this one last. False: there were too many, and it
  /// begins anew.
  bool failed(std::uint64_t count, std::string execution_id, std::string workflow_id,
              timestamp now);
  void succeeded();
  /// An operator has spoken, or may: nothing is pending, and the row begins anew.
  void forget();
  /// The same, and this failure is never answered.
  void pass_over(std::string execution_id, std::string workflow_id);

  /// Whether the pending start is to be asked for now; told once, until it is answered.
  bool due(timestamp now);
  void started();
  /// `again`: not for now; it is asked for later. Else it is dropped.
  void refused(bool again, timestamp now);

  std::optional<timestamp> next() const noexcept;  ///< When due() may be true.
  const restart_memory& remember() const noexcept { return now_; }
  const restart_policy& policy() const noexcept { return policy_; }

 private:
  restart_policy policy_;
  restart_memory now_;
  bool asking_ = false, another_ = false;  ///< Another failed while it was being asked for.
};

}  // namespace pitwall
