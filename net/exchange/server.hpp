// Job: the simulated exchange on a TCP port: every request goes to one worker thread, and is
//      answered once everything that it or those before it changed is durable; then the streams are
//      told.
// Owns: its threads, the port. Threads: open() and stop() from one outside thread.
// Durable: what commit() has taken; events of requests that come while it works go into one later
//      commit together.
// Errors: a commit that fails ends the service: from then on every answer is a 503, and failed()
//      is called once, on the worker.
// Bounds: server_options; a request waits for those before it.
// Tests: tests/process/exchange_test.cpp, tests/net/exchange_session_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/exchange/api.hpp"
#include "net/exchange/stream_session.hpp"
#include "net/server/server_options.hpp"
#include "net/server/tls_files.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall::sim {

struct exchange_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::optional<http::tls_files> tls{};
  floor_options floor;
  api_options api;
  stream_bounds streams;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  /// Makes one line durable before it returns; empty: nothing is kept.
  std::function<status(std::string_view)> commit;
  /// Asked after every commit, where it is set: then replace() takes lines that stand for all that
  /// commit() has taken, whole or not at all.
  std::function<bool()> wants_snapshot;
  std::function<status(std::span<const std::string>)> replace;
  std::function<void()> failed;
};

class exchange_server {
 public:
  /// `earlier`: the lines that commit() and replace() took in earlier processes.
  static result<std::unique_ptr<exchange_server>> open(exchange_options options,
                                                       std::span<const std::string> earlier);
  ~exchange_server();
  std::uint16_t port() const noexcept;
  std::size_t open_orders() const noexcept;  ///< That were there at the start.
  /// What was asked before is answered. Idempotent.
  void stop();

 private:
  struct parts;
  explicit exchange_server(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace pitwall::sim
