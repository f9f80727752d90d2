// Job: a wall clock that stands still, where the age of what a venue has told is to be that of the
//      venue's own times, and not of a machine that was busy.
#pragma once

#include "runtime/base/clock.hpp"

namespace pitwall::test {

class fixed_clock final : public wall_clock {
 public:
  explicit fixed_clock(timestamp at) : at_(at) {}
  timestamp now() const noexcept override { return at_; }

 private:
  const timestamp at_;
};

}  // namespace pitwall::test
