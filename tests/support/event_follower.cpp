#include "tests/support/event_follower.hpp"

#include "net/client/host_client.hpp"

namespace pitwall::test {

event_follower::event_follower(std::filesystem::path socket)
    : socket_(std::move(socket)), thread_([this] { follow(); }) {}

event_follower::~event_follower() { stop(); }

void event_follower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool event_follower::await(std::uint64_t seq, std::chrono::seconds patience) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return last_ >= seq || !faults_.empty(); }) &&
         last_ >= seq;
}

std::vector<std::string> event_follower::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::vector<std::string> event_follower::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void event_follower::follow() {
  for (std::unique_lock lock(mutex_); !stop_;) {
    const auto after = last_;
    lock.unlock();
    status ended = error{errc::unavailable, "no host", {}, {}};
    if (const auto host = host_client::connect(socket_); host.ok()) {
      ++connections_;
      ended = host->stream("/api/v1/events/stream?after=" + std::to_string(after),
                           [this](std::string_view, std::uint64_t seq, std::string_view data) {
                             return take(seq, data);
                           });
    }
    lock.lock();
    const bool gone = ended.ok() || ended.error().code == errc::unavailable ||
                      ended.error().code == errc::deadline_exceeded ||
                      ended.error().code == errc::io_error;
    if (!gone)
      faults_.push_back("after " + std::to_string(after) + ": " + ended.error().to_string());
    // Nobody listens between two lives of the host: try again a moment later.
    changed_.wait_for(lock, std::chrono::milliseconds(5), [this] { return stop_; });
  }
}

bool event_follower::take(std::uint64_t seq, std::string_view data) {
  const std::lock_guard lock(mutex_);
  if (seq != last_ + 1)
    faults_.push_back("seq " + std::to_string(seq) + " came after " + std::to_string(last_) + ": " +
                      std::string(data));
  last_ = seq;
  seen_.emplace_back(data);
  changed_.notify_all();
  return true;
}

}  // namespace pitwall::test
