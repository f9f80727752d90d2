// Job: commands that went to every host, and what has become of each: the bookkeeping.
// Threads: one owner. Pure: time is given.
// Bounds: the last `most` commands; who asks for an older one is told that there is none.
// Tests: tests/net/host_relay_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::peers {

enum class told : std::uint8_t {
  pending,
  done,         ///< Its answer is there.
  refused,      ///< It has answered that it does not.
  unreachable,  ///< Nothing was asked.
  unknown,      ///< It was asked, and no answer came: it may have happened.
};
std::string_view to_string(told t) noexcept;

struct told_host {
  std::string host, url;
  told outcome = told::pending;
  value answer;         ///< As the host gave it; null: none.
  std::string message;  ///< Why it is not done.
  std::optional<milliseconds> after{};
};

struct all_hosts_report {
  std::string id, action, scope;
  std::vector<told_host> hosts;

  bool finished() const noexcept;
};

class all_hosts_board {
 public:
  using waiter = std::function<void(const all_hosts_report&)>;

  explicit all_hosts_board(std::size_t most = 64) : most_(most) {}

  /// Precondition: a new id. Without hosts it is finished at once.
  void open(all_hosts_report asked);
  /// The first word of a host counts. Where it was the last: who has waited for it, to be called.
  std::vector<waiter> tell(std::string_view id, const told_host& what);
  const all_hosts_report* find(std::string_view id) const;
  /// tell() gives it back once it is finished; never where it has to make room for others.
  /// Precondition: it is there, and is not finished.
  void when_finished(std::string_view id, waiter then);

 private:
  struct entry {
    all_hosts_report report;
    std::vector<waiter> waiting;
  };
  entry* at(std::string_view id);

  const std::size_t most_;
  std::deque<entry> entries_;
};

}  // namespace pitwall::peers
