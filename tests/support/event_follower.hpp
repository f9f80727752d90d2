// Job: one viewer of a host's events for as long as the test lives: follows the stream, and resumes
//      it after the last event it saw whenever the host is there again.
// Threads: one of its own; all functions may be called from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pitwall::test {

class event_follower {
 public:
  explicit event_follower(std::filesystem::path socket);
  ~event_follower();

  /// Until the event with this seq was seen; false: not in time.
  bool await(std::uint64_t seq, std::chrono::seconds patience) const;
  /// The events' data, in the order in which they came.
  std::vector<std::string> seen() const;
  /// What a viewer must never meet: an event out of order, a refused cursor.
  std::vector<std::string> faults() const;
  std::size_t connections() const noexcept { return connections_; }
  /// Ends with the stream: stop the host first.
  void stop();

 private:
  void follow();
  bool take(std::uint64_t seq, std::string_view data);

  const std::filesystem::path socket_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> seen_, faults_;
  std::uint64_t last_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace pitwall::test
