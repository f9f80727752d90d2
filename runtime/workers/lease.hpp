// Job: the two sides of a lease, each on its own boot clock. The holder counts from when it *sent*
//      the request that was granted, the granter from when that *came*, and a little longer than
//      it granted, for clocks that do not run equally fast: so the holder's always ends first,
//      whatever was delayed, lost, repeated or overtaken on the way.
// Order: a lease that has ended has ended; what comes later changes nothing. Time: given; it never
//      goes back. Threads: one owner.
// Tests: tests/workers/lease_property_test.cpp
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/base/boot_clock.hpp"

namespace pitwall {

/// How far apart two machines' clocks may drift, in millionths: ten times what a bad quartz does.
inline constexpr std::int64_t max_clock_drift_ppm = 1'000;

class lease_holder {
 public:
  /// `asked`: when the request for it was sent.
  lease_holder(boot_time length, boot_time asked) : length_(length), until_(asked + length) {}

  /// The request that was sent at `asked` has been granted. What was never sent grants nothing.
  void granted(boot_time asked, boot_time now) noexcept {
    if (holds(now) && asked <= now) until_ = std::max(until_, asked + length_);
  }
  bool holds(boot_time now) noexcept {
    over_ = over_ || now >= until_;
    return !over_;
  }
  boot_time ends_at() const noexcept { return until_; }

 private:
  boot_time length_, until_;
  bool over_ = false;
};

class lease_granter {
 public:
  /// `came`: when the request for it came.
  lease_granter(boot_time length, boot_time came)
      : length_(length + length * max_clock_drift_ppm / 1'000'000), until_(came + length_) {}

  /// A request has come. False: not granted, for it has ended or is to end.
  bool renew(boot_time now) noexcept {
    if (stopped_ || has_ended(now)) return false;
    until_ = std::max(until_, now + length_);
    return true;
  }
  /// No renewal is granted any more: at ends_at() at the latest nobody holds it.
  void stop() noexcept { stopped_ = true; }
  bool has_ended(boot_time now) noexcept {
    over_ = over_ || now >= until_;
    return over_;
  }
  boot_time ends_at() const noexcept { return until_; }

 private:
  boot_time length_, until_;
  bool stopped_ = false, over_ = false;
};

}  // namespace pitwall
