// Job: what `pitwall bench` was asked to measure.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace pitwall::cli {

struct bench_options {
  std::filesystem::path data_directory, file;
  std::vector<std::size_t> concurrencies{1, 10, 50, 200, 1000};
  std::vector<std::string> durabilities{"memory", "async", "sync"};
  double seconds = 2;
  std::size_t halts = 200;
  bool json = false;
  std::size_t threads = 0;
  std::vector<std::size_t> clients;  ///< Not empty: executions beside so many viewers instead.
  /// Not empty: executions with all nodes on so many workers instead, so often; and so many deaths
  /// of one in each round.
  std::vector<std::size_t> workers;
  std::size_t rounds = 3, deaths = 10;
  double offered = 200;  ///< Executions a second; 0: no such rows.
};

}  // namespace pitwall::cli
