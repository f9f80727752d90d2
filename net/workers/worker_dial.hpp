// Job: a worker's way to its host: opens a connection under mutual TLS to a host that proves to be
//      the one asked for, and keeps one link to it at most, of which CAF gets the other end.
// Owns: its I/O thread and the connection.
// Threads: all functions from any; what they are given to call is called on the I/O thread, and
//      must not block.
// Time: the connection, the handshake and the host's first word within `patience`.
// Errors: one each, that says why and what to do: unavailable (nobody there, not this host, the
//      host refuses this worker's certificate), deadline_exceeded; cancelled (another dial,
//      stop()).
// Tests: tests/net/worker_gate_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/workers/link_socket.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pitwall::remote {

struct dial_options {
  std::string host;
  std::uint16_t port = 0;
  std::shared_ptr<boost::asio::ssl::context> tls;
  milliseconds patience{10'000}, silence{5'000};
  std::uint32_t max_message = 8U << 20U;
  /// Why the link ended that a dial had opened; may be empty.
  std::function<void(const error& why)> lost{};
};

class worker_dial {
 public:
  using dialled = std::function<void(result<std::shared_ptr<descriptor>> link)>;

  explicit worker_dial(dial_options options);
  ~worker_dial();
  worker_dial(const worker_dial&) = delete;
  worker_dial& operator=(const worker_dial&) = delete;

  /// Ends what a dial before opened, or still tries. `then` is called once.
  void dial(dialled then);
  void hang_up();
  /// Of the link that is open now, instead of `silence`: a host has said how long it waits.
  void set_silence(milliseconds silence);
  /// What is being tried is given up, and its `then` called, before this returns; what is open
  /// stays. From outside the I/O thread.
  void try_no_more();
  /// Waits until CAF has let go of its end, so that all it said goes out; then as stop().
  void finish(milliseconds patience);
  /// No call after it has returned; idempotent; from outside the I/O thread.
  void stop();

 private:
  class inside;
  std::unique_ptr<inside> in_;
};

}  // namespace pitwall::remote
