// Job: the CLI's way to a running host: HTTP over its Unix socket, blocking.
// Threads: a client may be used from any thread; each call opens a connection of its own.
// Errors: unavailable where no host listens; deadline_exceeded where it did not answer in time
//      (the command may have happened); io_error where the connection broke.
// Bounds: an answer of at most 64 MiB.
// Tests: tests/net/host_client_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

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
  explicit host_client(std::filesystem::path socket) : socket_(std::move(socket)) {}
  std::filesystem::path socket_;
};

/// The error in a problem+json answer; for any other answer, one that names its status.
error from_problem(const http_reply& reply);
/// The problems of an invalid workflow file; empty where the answer has none.
std::vector<problem> problems_of(const http_reply& reply);
/// The reply itself if its status is a success, else its error.
result<http_reply> accepted(result<http_reply> reply);

}  // namespace pitwall
