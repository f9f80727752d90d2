// Job: the way to a service manager: a datagram to the socket that $NOTIFY_SOCKET names.
// Why not libsystemd: the protocol is a datagram of lines, which sd_notify(3) promises to keep and
//      itself shows in a few lines of C; the library would bring five others into this process
//      (compression, cryptography, capabilities), and with them all that is ever wrong with them.
// Threads: any; what is sent at once arrives in some order. Errors: send() says whether it left; a
//      manager that takes nothing holds the caller up for a second at most.
// Tests: tests/process/service_test.cpp
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

/// What the manager that started this process says of itself, in the environment.
struct service_words {
  std::string address;                                  ///< $NOTIFY_SOCKET; empty: there is none.
  std::optional<std::chrono::microseconds> watchdog{};  ///< Meant for this process, and not 0.
};
/// Taken out of the environment: no child of this process shall speak for it. Before any thread.
service_words take_service_words();

class notify_socket {
 public:
  /// A path, or '@' and a name of Linux's abstract sockets.
  static result<notify_socket> open(const std::string& address);
  ~notify_socket();
  notify_socket(notify_socket&& other) noexcept;
  notify_socket& operator=(notify_socket&&) = delete;

  bool send(std::string_view text) const;

 private:
  notify_socket() = default;

  int fd_ = -1;
  sockaddr_un to_{};
  socklen_t length_ = 0;
};

}  // namespace pitwall
