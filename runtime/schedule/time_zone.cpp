#include "runtime/schedule/time_zone.hpp"

#include <date/tz.h>

#include <exception>

#include "runtime/schedule/notation.hpp"

namespace pitwall {
namespace {

using std::chrono::seconds;

date::sys_seconds whole(timestamp t) { return std::chrono::floor<seconds>(t); }

}  // namespace

result<time_zone> time_zone::find(std::string_view name) {
  time_zone found;
  if (name == "UTC" || name == "Z" || name == "utc") return found;
  found.name_ = name;
  const error unknown{errc::invalid_argument,
                      "there is no time zone '" + found.name_ + "'",
                      {},
                      "use UTC, a fixed offset such as +02:00, or a name such as Europe/London "
                      "(`timedatectl list-timezones`; the system's package tzdata has them)"};
  if (name.empty()) return unknown;
  if (name[0] == '+' || name[0] == '-') {
    const auto at = name.size() == 6 ? time_of_day(name.substr(1)) : std::nullopt;
    if (!at || *at > std::chrono::hours(14)) return unknown;
    found.offset_ = name[0] == '-' ? -*at : *at;
    return found;
  }
  try {
    found.zone_ = date::locate_zone(found.name_);
    found.zone_->get_info(date::sys_seconds{});  // Reads its file.
  } catch (const std::exception&) {
    return unknown;
  }
  return found;
}

std::chrono::local_seconds time_zone::to_local(timestamp t) const {
  const auto utc = whole(t);
  const auto offset = zone_ == nullptr ? offset_ : zone_->get_info(utc).offset;
  return std::chrono::local_seconds(utc.time_since_epoch() + offset);
}

timestamp time_zone::from_local(std::chrono::local_seconds t) const {
  if (zone_ == nullptr) return timestamp(t.time_since_epoch() - offset_);
  const auto info = zone_->get_info(date::local_seconds(t.time_since_epoch()));
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return timestamp(t.time_since_epoch() - info.first.offset);
}

}  // namespace pitwall
