// Job: /ws on a server: each connection's session (live_session.hpp) on its socket, and what all of
//      them share, with viewers by SSE too: the texts of the last events.
// Threads: construction before engine::run(), from one thread; offer() and the counts from any;
//      the rest on the engine's I/O thread.
// Lifetime: outlives the engine's sessions.
// Bounds: live_options: a queue holds about queue_bytes of events and then takes no more until the
//      client reads; answers come on top. A client that asks on while more than queue_bytes of
//      answers wait for it, that reads nothing for write_timeout, or that was live and has
//      fallen out of memory, is closed with 4008.
// Tests: tests/net/live_socket_test.cpp, tests/process/live_test.cpp
#pragma once

#include <atomic>
#include <memory>

#include "net/access/gate.hpp"
#include "net/live/live_session.hpp"
#include "net/server/recent_texts.hpp"
#include "net/server/router.hpp"
#include "net/server/web_socket.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall::live {

class live_service final : public http::recent_texts {
 public:
  live_service(http::engine& home, access::gate& gate, control& host, live_options options);

  /// What was published.
  void offer(const committed_ref& commit) { recent_.offer(commit); }
  /// After the host began to offer.
  void begin(std::uint64_t published_head) { recent_.begin(published_head); }
  /// On any thread.
  std::size_t connections() const noexcept { return connections_; }
  /// Of these, who has to show a token and has not.
  std::size_t strangers() const noexcept { return strangers_; }
  /// Of a request for a WebSocket; empty: not for us.
  std::function<void(http::wire_stream, http::wire_request)> taker_of(
      const http::wire_request& asked, const http::caller& from);

  // For viewers by SSE.
  std::shared_ptr<void> join() override;
  void settle() override { recent_.settle(connections_ + *joined_ > 0); }
  std::uint64_t first() const noexcept override { return recent_.first(); }
  std::uint64_t last() const noexcept override { return recent_.head(); }
  one at(std::uint64_t seq) const override;
  std::string_view json(std::uint64_t seq) override;

 private:
  friend class live_socket;

  http::engine& home_;
  access::gate& gate_;
  control& host_;
  const live_options options_;
  const std::string epoch_;
  recent_events recent_;
  std::atomic<std::size_t> connections_ = 0, strangers_ = 0;
  const std::shared_ptr<std::atomic<std::size_t>> joined_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::uint64_t next_connection_ = 1;
};

/// GET /ws that asks for no WebSocket: 426.
void add_live_route(http::router& to);

}  // namespace pitwall::live
