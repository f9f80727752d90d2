// Job: a host's control endpoint: the HTTP API (api.hpp) on the Unix socket `control.sock`.
// Owns: its I/O thread, its workers, the socket file.
// Threads: listen_unix(), stop() and the destructor from any thread but the server's own: not from
//      a completion of `control` and not from control::stop() itself, which runs on the I/O
//      thread.
// Errors: already_exists where a living host listens on that path; a dead one's socket is
//      replaced.
// Bounds: server_options.
// Security: the socket has mode 0600 before it accepts anyone.
// Tests: tests/net/control_server_test.cpp, api_*_test.cpp, event_stream_test.cpp,
//      session_test.cpp
#pragma once

#include <filesystem>
#include <memory>

#include "net/server/server_options.hpp"
#include "runtime/ports/control.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

class control_server {
 public:
  using options = server_options;

  /// Serves `host` from now on; `host` and `log` (which may be null) must outlive the server.
  static result<std::unique_ptr<control_server>> listen_unix(std::filesystem::path socket,
                                                             control& host, options opts = {},
                                                             log_port* log = nullptr);
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

  /// Takes no more connections, ends event streams, lets running requests finish within
  /// options::stop_grace, then cuts them. Idempotent; `host` is not called after it returns.
  void stop();

 private:
  struct parts;
  explicit control_server(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace pitwall
