// Job: which venues take orders now, and why the others do not: written by the order router of each
//      venue, read by whoever starts executions or shows the host's health.
// Why shared memory: a start is refused in its workflow actor, which must not wait for a router.
// Threads: any; the mutex is held for a copy.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace pitwall {

struct venue_condition {
  bool open = false;          ///< Takes orders: all that were in doubt at the start are settled.
  std::size_t unsettled = 0;  ///< Orders whose fate the venue is being asked for.
  std::string last_error;     ///< Of the last question that failed; empty once one succeeds.
};

class venue_board {
 public:
  void set(const std::string& venue, venue_condition now) {
    const std::lock_guard lock(mutex_);
    venues_[venue] = std::move(now);
  }
  /// One that nobody wrote about is open.
  venue_condition read(const std::string& venue) const {
    const std::lock_guard lock(mutex_);
    const auto found = venues_.find(venue);
    return found == venues_.end() ? venue_condition{true, 0, {}} : found->second;
  }
  std::map<std::string, venue_condition> all() const {
    const std::lock_guard lock(mutex_);
    return venues_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, venue_condition> venues_;
};

}  // namespace pitwall
