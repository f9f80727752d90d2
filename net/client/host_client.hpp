// Job: the CLI's way to a running host: HTTP over its Unix socket, or over TCP, with TLS and a
//      token; blocking.
// Threads: a client may be used from any thread; each call opens a connection of its own.
// Errors: unavailable where no host listens, or is not the one that was asked for (dialer.hpp);
//      deadline_exceeded where it did not answer in time (the command may have happened); io_error
//      where the connection broke.
// Security: a token leaves this machine under TLS alone, and is in no message.
// Bounds: an answer of at most 64 MiB; a connection comes about within 10 s.
// Tests: tests/net/host_client_test.cpp, tests/process/remote_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

struct host_address;

struct http_reply {
  unsigned status = 0;
  std::string content_type, body;

  bool ok() const noexcept { return status >= 200 && status < 300; }
};

class host_client {
 public:
  /// One event of a stream. False ends it.
  using on_event =
      std::function<bool(std::string_view event_type, std::uint64_t id, std::string_view data)>;

  /// Tries whether somebody listens on the socket.
  static result<host_client> connect(std::filesystem::path socket);
  /// `url`: http[s]://HOST[:PORT]; nobody is called yet. `ca_file`: whose certificates to believe
  /// instead of the system's. invalid_argument: the URL, or a token that would leave in the clear.
  static result<host_client> over(const std::string& url, const std::string& token,
                                  const std::filesystem::path& ca_file);

  /// Any answer is a reply, also a problem: see from_problem().
  result<http_reply> request(std::string_view method, std::string_view target,
                             std::string_view body = {},
                             milliseconds timeout = std::chrono::seconds(30)) const;

  /// Reads server-sent events until `take` returns false or the server ends the stream. A problem
  /// as answer is an error. Unavailable: the connection broke, or the host fell silent for
  /// `silence` (it gives a sign of life every 15 s); the stream can be resumed after the last id.
  status stream(std::string_view target, const on_event& take,
                milliseconds silence = std::chrono::seconds(60)) const;

 private:
  explicit host_client(std::shared_ptr<const host_address> to) : to_(std::move(to)) {}
  std::shared_ptr<const host_address> to_;
};

/// The error in a problem+json answer; for any other answer, one that names its status.
error from_problem(const http_reply& reply);
/// The problems of an invalid workflow file; empty where the answer has none.
std::vector<problem> problems_of(const http_reply& reply);
/// The reply itself if its status is a success, else its error.
result<http_reply> accepted(result<http_reply> reply);

}  // namespace pitwall
