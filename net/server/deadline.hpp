// Job: the one deadline of a session: armed anew for every wait, silent once disarmed.
// Threads: the I/O thread.
// Why not the timer alone: its handler may already be queued when it is cancelled, and must then
//      not count for the next wait.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <utility>

#include "runtime/base/clock.hpp"

namespace pitwall::http {

class deadline {
 public:
  template <class Executor>
  explicit deadline(const Executor& where) : timer_(where) {}

  /// Calls `expired` once after `patience`; it must hold its target weakly.
  template <class F>
  void arm(milliseconds patience, F expired) {
    ++*turn_;
    timer_.expires_after(patience);
    timer_.async_wait([mine = *turn_, turn = turn_, expired = std::move(expired)](auto ec) mutable {
      if (!ec && mine == *turn) expired();
    });
  }
  void disarm() {
    ++*turn_;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<std::uint64_t> turn_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace pitwall::http
