// Job: the floor of a WebSocket: Beast's own, over loopback, with an end that sends back what it
//      reads.
// Threads: run_echo() has one for each end, as the host and its client have.
#pragma once

#include <chrono>
#include <cstddef>

namespace pitwall::bench {

struct echo_figures {
  std::size_t frames = 0;  ///< That came back.
  double per_second = 0, p50_us = 0, p99_us = 0;
};

/// Text frames of so many bytes, of which `in_flight` are under way at any time; one write each.
echo_figures run_echo(std::size_t bytes, std::size_t in_flight, std::chrono::duration<double> time);

}  // namespace pitwall::bench
