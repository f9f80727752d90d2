#include "runtime/host/service/service_link.hpp"

#include <time.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace pitwall {
namespace {

using clock = std::chrono::steady_clock;

/// MONOTONIC_USEC is compared with this clock by its name.
std::chrono::microseconds monotonic() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::chrono::seconds(t.tv_sec) +
         std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(t.tv_nsec));
}

}  // namespace

struct service_link::shared {
  shared(notify_socket to, service_report::options options)
      : socket(std::move(to)), report(options, clock::now()) {}

  /// In the order in which it was decided. `decide` gets the report.
  template <class F>
  void tell(F decide) {
    std::lock_guard turn(telling);
    if (const std::string text = decide(report); !text.empty()) socket.send(text);
  }

  std::mutex telling;  ///< Of the next two; may be held while the manager takes its time.
  const notify_socket socket;
  service_report report;

  std::mutex mutex;  ///< Of the rest; never held for long, since who ends a pulse must not wait.
  std::condition_variable changed;
  subject host;
  std::optional<bool> pulse_ended;
  bool looking = false;  ///< At the host, right now.
  bool leaving = false;
};

service_link::service_link(notify_socket to, service_report::options options)
    : s_(std::make_shared<shared>(std::move(to), options)), thread_([this] { run(); }) {}

service_link::~service_link() {
  std::lock_guard lock(s_->mutex);
  s_->leaving = true;
  s_->changed.notify_all();
}

void service_link::serves(subject host) {
  std::lock_guard lock(s_->mutex);
  s_->host = std::move(host);
  s_->changed.notify_all();
}

void service_link::reload_begins() {
  s_->tell([now = monotonic()](service_report& r) { return r.reload_begins(now); });
}

void service_link::reload_ends() {
  s_->tell([](service_report& r) { return r.reload_ends(); });
}

void service_link::stop_begins(std::chrono::milliseconds longest) {
  s_->tell([longest](service_report& r) { return r.stop_begins(clock::now(), longest); });
}

void service_link::let_go() {
  std::unique_lock lock(s_->mutex);
  s_->host = {};
  s_->changed.wait(lock, [this] { return !s_->looking; });
}

void service_link::send_pulse(const subject& host) {
  bool due = false;
  s_->tell([&due](service_report& r) {
    due = r.takes_pulse(clock::now());
    return std::string();
  });
  if (!due) return;
  host.pulse([shared = s_](bool alive) {
    std::lock_guard lock(shared->mutex);
    shared->pulse_ended = alive;
    shared->changed.notify_all();
  });
}

void service_link::run() {
  auto& s = *s_;
  std::unique_lock lock(s.mutex);
  while (!s.leaving) {
    const auto host = s.host;
    s.looking = true;
    const auto ended = std::exchange(s.pulse_ended, std::nullopt);
    lock.unlock();
    const auto seen = host.look ? host.look() : service_report::look{false, "starting"};
    auto next = clock::now();
    s.tell([&](service_report& r) { return r.tick(clock::now(), seen); });
    if (ended) s.tell([&](service_report& r) { return r.pulse_ended(*ended); });
    if (host.pulse) send_pulse(host);
    s.tell([&](const service_report& r) {
      next = r.next(clock::now());
      return std::string();
    });
    lock.lock();
    s.looking = false;
    s.changed.notify_all();
    const bool served = static_cast<bool>(host.look);
    s.changed.wait_until(lock, next, [&] {
      return s.leaving || s.pulse_ended || static_cast<bool>(s.host.look) != served;
    });
  }
}

}  // namespace pitwall
