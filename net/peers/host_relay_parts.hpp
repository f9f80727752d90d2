// Job: the private side of host_relay.hpp.
// Threads: as each member says.
#pragma once

#include <map>
#include <mutex>
#include <random>

#include "net/client/connection.hpp"
#include "net/client/io_thread.hpp"
#include "net/client/lasting_socket.hpp"
#include "net/peers/host_relay.hpp"
#include "runtime/base/ids.hpp"

namespace pitwall::peers {

struct host_relay::peer {
  peer(peer_setup s, host_address p, const feed_bounds& bounds)
      : setup(std::move(s)), place(std::move(p)), feed(setup.name, bounds) {}

  const peer_setup setup;
  const host_address place;
  /// Under the mutex; but for rewind() changed on the thread of what is heard alone.
  peer_feed feed;
  std::size_t viewers = 0;             ///< Under the mutex.
  std::optional<std::uint64_t> first;  ///< Under the mutex: the earliest that they begin at.
  std::string logged;                  ///< On that thread.
  std::shared_ptr<lasting_socket> link;
  result<std::string> shown = std::string();  ///< On that thread: the token of this connection.
  /// Commands to it: on a thread of its own, as no other peer's look-up or token file shall keep a
  /// halt from it.
  io_thread urgent{};
};

struct host_relay::parts {
  relay_options options;
  mutable std::mutex mutex;
  std::map<std::string, std::unique_ptr<peer>> peers;  ///< Itself never changes.
  // Of its own: the other may be held by a thread that yields, for which no halt shall wait.
  mutable std::mutex commanding;
  all_hosts_board board;                       ///< Under `commanding`.
  ulid_generator ids{std::random_device{}()};  ///< Under `commanding`.
  std::mutex listening;
  std::map<std::uint64_t, std::function<void()>> listeners;  ///< Under `listening`.
  std::uint64_t next_listener = 0;
  io_thread heard;
};

}  // namespace pitwall::peers
