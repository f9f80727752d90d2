// Job: what all listeners and sessions of a server share: the I/O thread, the workers, the router,
//      the registry of sessions, and the wake of their streams when something was published.
// Owns: its threads and listeners. One I/O thread: sessions need no locks.
// Threads: construction, run() and stop() from one outside thread (never from a completion or a
//      handler); what is counted may be read on any; the rest on the I/O thread.
// Errors: an exception in a handler is logged and ends there.
// Bounds: server_options.
// Tests: tests/net/control_server_test.cpp
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/server/dispatch_gate.hpp"
#include "net/server/door_guard.hpp"
#include "net/server/router.hpp"
#include "net/server/server_options.hpp"
#include "net/server/wake_pace.hpp"
#include "net/server/wire.hpp"
#include "net/wire_stream.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall::http {

/// Viewers that were cut off. `refused`: what they may not do, or without a token.
enum class cut_kind : std::uint8_t { websocket, sse };
enum class cut_reason : std::uint8_t { too_slow, too_many_requests, silent, refused };
struct cut_count {
  std::string_view kind, reason;
  std::uint64_t count = 0;
};

/// What a connection's place is worth when there is none left, the least first.
enum class standing : std::uint8_t {
  stranger,  ///< Came by the open door, and was let in by nothing yet.
  guest,     ///< Of the open door: has been served and waits for the next request.
  owner,     ///< So of the private door.
  busy,      ///< Is not closed for others.
};
/// `done`: waits for its next request; `silent`: this, or has been read of at most.
standing standing_of(const caller& from, const pass& in, bool done, bool silent) noexcept;

/// A connection, as the engine and its exchanges see it; all functions on the I/O thread.
class session_base : public std::enable_shared_from_this<session_base> {
 public:
  virtual ~session_base() = default;
  // `ticket` names the exchange; what belongs to an earlier one is dropped.
  virtual void on_answer(std::uint64_t ticket, reply r) = 0;
  virtual void on_answer_after(std::uint64_t ticket, milliseconds patience,
                               std::function<reply()> late) = 0;
  virtual void on_stream(std::uint64_t ticket, std::string content_type,
                         std::shared_ptr<chunk_source> source) = 0;
  virtual void on_wake() = 0;
  /// Finish the running request or stream, take no other.
  virtual void drain() = 0;
  virtual void abort() = 0;
  virtual standing stands() const noexcept = 0;
  /// Tokens may have been revoked, or have expired: ends what goes on with such a one.
  virtual void recheck() {}
};

class listener_base {
 public:
  virtual ~listener_base() = default;
  virtual void start() = 0;
  virtual void close() = 0;
};

class engine {
 public:
  /// Calls its argument, from any thread, whenever streams may have something to read; as long as
  /// what it returns lives.
  using publications = std::function<std::shared_ptr<void>(std::function<void()>)>;

  /// `published` may be empty: then nothing wakes streams.
  engine(router routes, publications published, const server_options& options, log_port* log);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  boost::asio::io_context& io() noexcept { return io_; }
  const std::shared_ptr<dispatch_gate>& gate() const noexcept { return gate_; }
  const server_options& options() const noexcept { return options_; }
  const router& routes() const noexcept { return routes_; }
  bool draining() const noexcept { return draining_; }
  void log(log_level level, std::string_view message) const;

  /// Who takes the connection of a request for a WebSocket; empty: it is a request like others.
  using upgrader = std::function<std::function<void(wire_stream, wire_request)>(const wire_request&,
                                                                                const caller&)>;
  /// Before run().
  void take_upgrades(upgrader u) { upgrades_ = std::move(u); }
  /// Of the open door; it outlives the engine. Null: all may come.
  void take_guard(door_guard* g) { guard_ = g; }
  const upgrader& upgrades() const noexcept { return upgrades_; }
  /// Of a request whose header has arrived.
  std::variant<pass, reply> admit(const wire_request& head, const caller& from) const;
  bool still_admits(const pass& p, const caller& from) const;
  /// Every session that is there looks again whether it still may be. I/O thread.
  void recheck();

  void add(std::unique_ptr<listener_base> l);
  void run();
  /// Stops accepting, ends streams, lets running requests finish within stop_grace, then cuts.
  /// Idempotent.
  void stop();
  /// As much of it as needs no waiting: several engines may stop at once.
  void begin_stop();

  /// How many connections there may be in all when one more comes through this door.
  std::size_t places(door where) const noexcept;
  /// Whether there is room for one more connection; closes one to make some: that of the least
  /// standing, and of those the oldest. None of the private door for one of the open one.
  bool make_room(door where);
  /// How long a connection may ask nothing.
  milliseconds idle_timeout(bool served) const noexcept;
  /// Its number, by age.
  std::uint64_t enter(session_base& s);
  void leave(std::uint64_t number);
  /// False: there are enough streams.
  bool enter_stream() noexcept;
  void leave_stream() noexcept { --streams_; }
  std::size_t connections() const;
  std::size_t streams() const noexcept { return streams_; }
  void count_cut(cut_kind who, cut_reason why) noexcept;
  std::vector<cut_count> cuts() const;

 private:
  void loop();
  void pace_wake();
  void wake_streams();
  void begin_drain();
  void cut();
  std::vector<std::shared_ptr<session_base>> live() const;

  const server_options options_;
  const publications published_;
  log_port* const log_;
  const router routes_;
  upgrader upgrades_;
  door_guard* guard_ = nullptr;
  // Sessions that die with io_ still leave the registry: it is declared before.
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::map<std::uint64_t, session_base*> sessions_;  ///< The oldest first.
  std::uint64_t entered_ = 0;
  std::atomic<std::size_t> streams_ = 0;
  std::array<std::array<std::atomic<std::uint64_t>, 4>, 2> cuts_{};  ///< By kind and reason.
  bool draining_ = false;
  std::once_flag begun_to_stop_, stopped_;
  std::chrono::steady_clock::time_point cut_at_{};
  std::atomic<bool> wake_pending_ = false;
  wake_pace pace_;

  boost::asio::io_context io_;
  boost::asio::steady_timer wake_timer_;
  boost::asio::thread_pool workers_;
  std::shared_ptr<dispatch_gate> gate_;
  std::vector<std::unique_ptr<listener_base>> listeners_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::shared_ptr<void> publication_;
  std::thread thread_;
};

/// Registers a session, and its stream, from its start until it is closed.
class presence {
 public:
  presence(engine& home, session_base& who) : home_(home), number_(home.enter(who)) {}
  ~presence() {
    if (streaming_) home_.leave_stream();
    home_.leave(number_);
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  bool begin_stream() noexcept { return streaming_ = home_.enter_stream(); }

 private:
  engine& home_;
  const std::uint64_t number_;
  bool streaming_ = false;
};

/// Hands an asked request to the router.
void dispatch(engine& home, const std::shared_ptr<session_base>& asker, std::uint64_t ticket,
              request asked);

}  // namespace pitwall::http
