// Job: halts and resumes a bot that has no part in the load, by each of a host's doors in turn, and
//      says how long that took: what an operator meets while viewers are served.
// Owns: its thread and its two connections. Threads: one owner.
// Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <thread>
#include <vector>

#include "runtime/host/cli/bench_load.hpp"

namespace pitwall::cli {

class door_halts {
 public:
  /// Begins at once, and ends after so many by each door, or with end().
  door_halts(const std::filesystem::path& socket, std::uint16_t port, std::size_t count);
  ~door_halts();
  door_halts(const door_halts&) = delete;
  door_halts& operator=(const door_halts&) = delete;

  struct figures {
    figures_of_halts by_socket, by_port;
  };
  figures end();

 private:
  struct line;
  void run(const std::filesystem::path& socket, std::uint16_t port, std::size_t count);

  std::atomic<bool> ending_ = false;
  figures told_;
  std::thread thread_;
};

}  // namespace pitwall::cli
