// Job: a cable that is carried frame by frame in this process, with a delay and losses, between two
//      TAP devices: for kernels without netem. The devices are gone with it.
// Threads: one of its own; set() from any. Losses are by a seed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <thread>

#include "net/workers/link_socket.hpp"

namespace pitwall::test {

/// A new TAP device of the calling thread's network namespace; empty where there can be none.
remote::descriptor open_tap(const std::string& name);

class slow_cable {
 public:
  slow_cable(remote::descriptor one, remote::descriptor other, std::uint64_t seed);
  ~slow_cable();
  slow_cable(const slow_cable&) = delete;
  slow_cable& operator=(const slow_cable&) = delete;

  /// From now on each frame, in either direction, takes so long, and of a hundred so many are lost.
  void set(std::chrono::milliseconds delay, unsigned loss_percent);

 private:
  struct direction;
  void carry();

  remote::descriptor ends_[2], wake_;
  std::mt19937_64 random_;
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<unsigned> loss_percent_{0};
  std::thread thread_;
};

}  // namespace pitwall::test
