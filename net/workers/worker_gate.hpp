// Job: the port for workers, in front of CAF: it terminates mutual TLS and lets nobody through who
//      has not shown a certificate of the authority and begun to speak CAF's protocol; who is
//      through is checked on (frame_guard.hpp). CAF itself listens nowhere.
// Why: CAF 0.17.6's own TLS verifies both ends well, but makes an OpenSSL context per connection
//      (3 ms) and waits for silent ones for ever, all on the thread that serves every worker: 1,000
//      silent connections kept an honest one out for as long as they stayed; and one header of a
//      peer with a certificate made it take 4 GiB (docs/workers_setup.md).
// Owns: its I/O thread, listener and connections.
// Threads: construction, destruction and stop() from one; counts() from any; `hand_over` is called
//      on the I/O thread and must not block.
// Time: the TLS handshake within `handshake`, the first message within `greeting`.
// Bounds: strangers, in all and for each address: the oldest makes room for the newest, so that
//      those who stay silent keep nobody out; max_workers connections that are through. A line in
//      the log for each address, and then one a minute at most.
// Errors: an accept that fails is logged once and tried again with a growing pause.
// Tests: tests/net/worker_gate_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/workers/link_socket.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pitwall::remote {

struct gate_options {
  std::string address = "127.0.0.1";  ///< Numeric.
  std::uint16_t port = 0;             ///< 0: a free one.
  std::shared_ptr<boost::asio::ssl::context> tls;
  milliseconds handshake{5'000}, greeting{5'000}, silence{5'000};
  std::size_t max_strangers = 64, max_strangers_of_address = 16, max_workers = 256;
  std::uint32_t max_message = 8U << 20U;
};

struct gate_counts {
  std::uint64_t accepted = 0, refused = 0, let_in = 0, ended = 0;
  std::size_t strangers = 0, workers = 0;  ///< Now.
};

class worker_gate {
 public:
  /// Gets CAF's end of a link, and the name in the worker's certificate.
  using hand_over = std::function<void(descriptor link, const std::string& name)>;

  static result<std::unique_ptr<worker_gate>> open(gate_options options, hand_over to,
                                                   log_port* log);
  ~worker_gate();
  worker_gate(const worker_gate&) = delete;
  worker_gate& operator=(const worker_gate&) = delete;

  std::uint16_t port() const noexcept;
  gate_counts counts() const;
  /// Ends all connections; idempotent.
  void stop();

 private:
  class inside;
  explicit worker_gate(std::unique_ptr<inside> in);
  std::unique_ptr<inside> in_;
};

}  // namespace pitwall::remote
