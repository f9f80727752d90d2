// Job: the bounds of a WebSocket connection; the defaults are those of the exchange that ours
//      imitates.
// Threads: plain values.
#pragma once

#include <cstddef>

#include "runtime/base/clock.hpp"

namespace pitwall::http {

struct web_socket_bounds {
  milliseconds ping_every{20'000};
  std::size_t silent_pings = 3;       ///< So many without an answer: the client is gone.
  milliseconds longest{0};            ///< Of a connection; 0: no bound.
  std::size_t messages_a_second = 5;  ///< Incoming, pings and pongs among them.
  std::size_t max_frame_bytes = 64U << 10U;
  milliseconds write_timeout{0};  ///< on_stall() where a write took longer; 0: never.
};

}  // namespace pitwall::http
