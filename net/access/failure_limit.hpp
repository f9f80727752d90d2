// Job: how often an address may fail to authenticate: `at_once` times, and then once every `pause`.
// What it is for: not to keep a token from being guessed (there are more than 2^256 of them), but
// to
//      bound what those who fail cost, in log lines too. A good token is never refused because
//      others at its address fail: behind a proxy all have one, and a halt must get through.
// Time: given; steady. Threads: one.
// Bounds: max_addresses; past that the one that will be forgiven first is forgotten. An IPv6
//      address counts as its /64: whoever has one of these has all of it.
// Tests: tests/net/failure_limit_test.cpp
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace pitwall::access {

class failure_limit {
 public:
  using time = std::chrono::steady_clock::time_point;
  struct bounds {
    std::size_t at_once = 10, max_addresses = 1'024;
    std::chrono::seconds pause{6};
  };
  /// What came of a failure: how long until the next is heard again; 0: it is.
  struct verdict {
    std::chrono::seconds retry_after{0};
    bool first =
        false;  ///< Of those that are refused, since one was heard: worth a line in the log.
  };

  failure_limit() : failure_limit(bounds()) {}
  explicit failure_limit(bounds b) : bounds_(b) {}

  verdict failed(const std::string& address, time now);
  std::size_t size() const noexcept { return until_.size(); }

 private:
  struct debt {
    time paid;  ///< When all of its failures are forgiven.
    bool refused = false;
  };
  void make_room(time now);

  const bounds bounds_;
  std::map<std::string, debt> until_;
};

/// As it counts: without zone, mapped IPv4 as IPv4, IPv6 without its last 64 bits.
std::string counted_address(const std::string& address);

}  // namespace pitwall::access
