// Job: UTC to the local time of a zone and back. Zones are UTC, a fixed offset, or a name of the
//      IANA database as the system has it (/usr/share/zoneinfo, package tzdata).
// Rule: a local time that the clocks leap over stands for the moment after the leap; one that
//      comes twice stands for the first. So from_local() never decreases where its argument grows.
// Bounds: Debian's files tell of changes up to 2037; after that the last rule's standard time
//      holds.
// Threads: any. Errors: find() reads the zone's file; what it found cannot fail later.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace date {
class time_zone;
}

namespace pitwall {

class time_zone {
 public:
  /// UTC.
  time_zone() = default;
  /// "UTC", "Z", "+HH:MM" or "-HH:MM" (at most 14 hours), or a name as "Europe/London".
  static result<time_zone> find(std::string_view name);

  const std::string& name() const noexcept { return name_; }
  std::chrono::local_seconds to_local(timestamp t) const;
  timestamp from_local(std::chrono::local_seconds t) const;

 private:
  std::string name_ = "UTC";
  std::chrono::seconds offset_{0};
  const date::time_zone* zone_ = nullptr;  ///< Of the process's database; null: offset_ holds.
};

}  // namespace pitwall
