// Job: a host's doors: the HTTP API (api.hpp) and /ws (docs/websocket.md) on the Unix socket
//      `control.sock`, and, where asked for, on a TCP port, in the clear or under TLS.
// Owns: for each door an I/O thread, and its workers; the socket file. The port's thread yields
//      to trading (server_options::yields), and is not that of the socket: a halt by
//      `control.sock` waits for no viewer.
// Threads: open(), stop() and the destructor from any thread but the server's own: not from
//      a completion of `control` and not from control::stop() itself, which runs on an I/O
//      thread. The doors share nothing but `control`, the log, and the counts of both in /health
//      and /metrics; sessions, recent events, the gate and its failures are each door's own.
// Errors: already_exists where a living host listens on that path; a dead one's socket is
//      replaced. unavailable: the port is taken; and those of check().
// Bounds: server_options, for each door.
// Security: the socket has mode 0600 before it accepts anyone; TCP is guarded by access/gate.hpp.
//      Who was let in by a token that was revoked, or expires, is cut off within two seconds.
// Tests: tests/net/control_server_test.cpp, api_*_test.cpp, event_stream_test.cpp,
//      session_test.cpp, live_socket_test.cpp
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/access/gate_options.hpp"
#include "net/live/live_options.hpp"
#include "net/server/server_options.hpp"
#include "net/server/tls_files.hpp"
#include "runtime/ports/control.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

namespace peers {
class host_relay;
}

class control_server {
 public:
  struct tcp_place {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                ///< 0: a free one.
    std::optional<http::tls_files> tls{};  ///< None: in the clear.
    bool insecure_plain = false;           ///< In the clear also beyond loopback.
  };
  struct options {
    std::filesystem::path socket{};
    std::optional<tcp_place> tcp{};
    live::live_options live{};  ///< Without a clock there is no /ws.
    server_options bounds{};
    access::gate_options access{};  ///< Who may come by TCP.
    /// The other hosts, whose events and states are shown, and whom commands to all reach.
    std::shared_ptr<peers::host_relay> peers{};
  };

  /// Whether it may be listened there: what can be reached from elsewhere needs tokens, and TLS.
  /// Reads the files of both.
  static status check(const options& opts);
  /// What stands in the way of open() just now, on this machine: a path that is too long, a port
  /// that is taken. Changes nothing; the port was open for a moment.
  static std::vector<error> obstacles(const options& opts);
  /// Serves `host` from now on; `host` and `log` (which may be null) must outlive the server.
  static result<std::unique_ptr<control_server>> open(options opts, control& host,
                                                      log_port* log = nullptr);
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

  /// 0: it is on no port.
  std::uint16_t port() const noexcept;
  /// Takes no more connections, ends event streams, lets running requests finish within
  /// server_options::stop_grace, then cuts them. Idempotent; `host` is not called after it returns.
  void stop();

 private:
  struct parts;
  explicit control_server(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace pitwall
