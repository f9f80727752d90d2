// Job: what a trigger does where its fires meet a running execution, or come late.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace pitwall {

/// A fire while the execution that the trigger started before still runs: it is left out; it waits
/// its turn; or the running one is cancelled, and it starts once that has ended. Never do two run.
enum class overlap : std::uint8_t { skip, queue, cancel_running };
std::string_view to_string(overlap o) noexcept;

struct fire_policy {
  overlap when_running = overlap::skip;
  std::size_t queue_limit = 10;  ///< Of `queue`; past it a fire is skipped.
  /// How late a fire may still start; later ones are skipped. Less than fire_policy::on_time
  /// counts as that much.
  milliseconds catch_up{0};
  /// How late a fire that waited for the one before it may start; less than the time that it may
  /// be late anyway counts as that much.
  milliseconds max_wait{std::chrono::minutes(1)};
  /// Of those missed within `catch_up`, each is made up for, in order; else the latest alone.
  bool each_missed = false;
  /// Each fire starts up to so much later than scheduled: always the same for the same fire.
  milliseconds jitter{0};

  /// A fire that is later than this was missed: the host was down, or its clock was set.
  static constexpr std::chrono::seconds on_time{5};
  milliseconds patience() const noexcept { return catch_up < on_time ? on_time : catch_up; }
  milliseconds longest_wait() const noexcept {
    return max_wait < patience() ? patience() : max_wait;
  }
  friend bool operator==(const fire_policy&, const fire_policy&) = default;
};

}  // namespace pitwall
