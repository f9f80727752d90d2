// Job: the bounds of an HTTP server, each with its reason.
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstddef>

#include "net/server/wake_pace.hpp"
#include "runtime/base/limits.hpp"

namespace pitwall {

struct server_options {
  // A host has a few operators, a CLI and some dashboards; each connection costs a few KiB.
  std::size_t max_connections = 256;
  // Of these, only for the private door (the Unix socket); the port, with a loop of its own, has so
  // many less. At most a quarter of all.
  std::size_t private_connections = 32;
  // Viewers stay for days: some connections are kept for commands, above all for a halt.
  std::size_t max_streams = 192;
  // Journal reads and commands that ask the actors block these, and never the I/O thread.
  std::size_t workers = 4;
  // Whether the I/O thread leaves busy processors to others, above all to trading
  // (net/thread_turn.hpp).
  bool yields = false;
  http::pace_rules pace{};  ///< Of what viewers are told.
  // More than any client of ours sends; cookies and tokens of a browser fit.
  std::size_t max_header_bytes = 16U << 10U;
  // A workflow file of the greatest size, and some room.
  std::size_t max_body_bytes = limits::max_file_bytes + (64U << 10U);

  std::chrono::milliseconds idle_timeout{60'000};  ///< Between two requests.
  // From the first byte to the last; and until the first of a connection.
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds write_timeout{30'000};  ///< Of one answer, or one chunk of a stream.
  std::chrono::milliseconds keep_alive{15'000};     ///< Between two signs of life on a stream.
  std::chrono::milliseconds linger{1'000};          ///< For a refused request to finish sending.
  std::chrono::milliseconds stop_grace{5'000};      ///< For running requests when stopping.
};

}  // namespace pitwall
