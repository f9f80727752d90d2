#include "runtime/host/service/service_report.hpp"

#include <algorithm>

namespace pitwall {
namespace {

/// A status is one line of a datagram of lines.
std::string status_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return "STATUS=" + text;
}

}  // namespace

std::string service_report::more_time(time_point now, milliseconds longest) {
  if (now - since_ >= longest || (extended_ && now - *extended_ < extend_every)) return {};
  extended_ = now;
  return "EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds(extension).count());
}

std::string service_report::tick(time_point now, const look& seen) {
  if (phase_ == phase::stopping) return more_time(now, longest_stop_);
  std::string text;
  const auto add = [&text](const std::string& line) {
    if (!line.empty()) text.append(text.empty() ? "" : "\n").append(line);
  };
  if (phase_ == phase::starting && seen.ready) {
    phase_ = phase::running;
    since_ = now;
    add("READY=1");
  } else if (phase_ == phase::starting) {
    add(more_time(now, options_.longest_start));
  }
  if (reloads_ == 0 && seen.status != status_) {
    status_ = seen.status;
    add(status_line(status_));
  }
  return text;
}

bool service_report::takes_pulse(time_point now) {
  if (!options_.watchdog || phase_ != phase::running || pulse_under_way_) return false;
  if (last_pulse_ && now - *last_pulse_ < *options_.watchdog / pulses) return false;
  last_pulse_ = now;
  pulse_under_way_ = true;
  return true;
}

std::string service_report::pulse_ended(bool alive) {
  pulse_under_way_ = false;
  return alive && phase_ == phase::running ? "WATCHDOG=1" : "";
}

std::string service_report::reload_begins(microseconds monotonic) {
  if (phase_ != phase::running || ++reloads_ > 1) return {};
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic.count()) +
         "\nSTATUS=reading the configuration again";
}

std::string service_report::reload_ends() {
  if (reloads_ == 0 || --reloads_ > 0 || phase_ != phase::running) return {};
  return "READY=1\n" + status_line(status_);
}

std::string service_report::stop_begins(time_point now, milliseconds longest) {
  if (phase_ == phase::stopping) return {};
  phase_ = phase::stopping;
  since_ = now;
  longest_stop_ = longest;
  extended_.reset();
  const auto more = more_time(now, longest);
  return "STOPPING=1\nSTATUS=stopping: what runs may end" + (more.empty() ? "" : "\n" + more);
}

service_report::time_point service_report::next(time_point now) const {
  auto at = now + look_every;
  if (options_.watchdog && phase_ == phase::running && !pulse_under_way_ && last_pulse_)
    at = std::min(at, time_point(*last_pulse_ + *options_.watchdog / pulses));
  return std::max(at, now);
}

}  // namespace pitwall
