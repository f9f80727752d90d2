// Job: the viewers of `pitwall bench --clients` in a process of their own, so that their processor
//      time is not the host's: both ends of what the two say to each other.
// Form: on one socket: "connected" or "error WHY"; then "begin"; then "end TARGET MILLISECONDS",
//      answered with one line of figures, a line for each arrival, and the end of the stream.
// Owns: the process, which ends with it. Threads: one owner.
// Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "net/client/event_viewers.hpp"

namespace pitwall::cli {

class viewer_process {
 public:
  static result<viewer_process> start(const event_viewers::setting& wanted);
  viewer_process(viewer_process&& other) noexcept;
  viewer_process& operator=(viewer_process&&) = delete;
  ~viewer_process();

  /// Until all viewers have caught up.
  status await_connected();
  void begin();
  /// As event_viewers::end().
  result<view_figures> end(std::uint64_t target, milliseconds patience);

 private:
  viewer_process(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  void say(const std::string& line) const;
  /// Up to the end of the line; nothing at the end of the stream, or if it took too long.
  result<std::string> hear(milliseconds patience);

  pid_t pid_ = -1;
  int socket_ = -1;
  std::string heard_;
  std::size_t said_ = 0;  ///< Of heard_, what was returned.
};

/// What runs in that process; it speaks on its standard input and output. The exit code.
int run_viewers(const event_viewers::setting& wanted);

}  // namespace pitwall::cli
