// Job: what `pitwall bench` does to a host: executions in flight, and halts beside them; and the
//      order statistics of what it measured.
// Threads: each object has one owner; the host's completions come on its threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/host/host.hpp"

namespace pitwall::cli {

/// Of times in seconds: microseconds; nearest rank. Empty: zeros.
struct percentiles {
  double p50 = 0, p95 = 0, p99 = 0;
};
percentiles percentiles_of(std::vector<double> seconds);

struct figures_of_run {
  std::string mode;
  std::size_t concurrency = 0, executions = 0, failures = 0;
  double per_second = 0, cpu_us = 0;
  percentiles us;
  std::string why;  ///< Of the first failure.
};

/// Keeps `concurrency` executions in flight.
class load {
 public:
  load(host& h, std::string workflow, std::size_t concurrency);
  /// Until the time is over and the last one has ended.
  figures_of_run run(std::chrono::duration<double> time);
  /// So many a second, however long they take; the latency is counted from when each was due.
  /// `concurrency` counts for nothing.
  figures_of_run offer(double per_second, std::chrono::duration<double> time);

  void begin();
  /// No new ones; waits until the last one has ended.
  figures_of_run end();

  /// From here on halts of its own bot are part of it: what they end is no failure, and what they
  /// refuse waits for go_on().
  void ride_out_halts();
  /// After the resume: until `concurrency` more have completed, or the time is over.
  void go_on(std::chrono::duration<double> patience);

 private:
  using clock = std::chrono::steady_clock;
  void start_one();
  void note(clock::time_point began, const result<start_answer>& a);
  void leave();

  host& host_;
  std::string workflow_;
  std::size_t concurrency_;
  clock::time_point began_;
  double cpu_before_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false, rides_ = false;
  std::size_t open_ = 0, failures_ = 0, parked_ = 0, completed_ = 0;
  std::string why_;
  std::vector<double> latencies_;
};

/// Of writing 512 bytes and fdatasync on this disk. Zeros where that is not possible.
percentiles measure_sync(const std::filesystem::path& directory, std::size_t count);

struct figures_of_halts {
  std::size_t halts = 0, failures = 0;
  percentiles closed_us;        ///< From the request until no order in scope leaves any more.
  percentiles acknowledged_us;  ///< From the request until it is durable and answered.
  percentiles sync_us{};        ///< Of the disk itself, measured between the halts.
};
/// What has no part in the load.
inline constexpr const char* beside_the_load = "bot:bench-halts";
/// Halts and resumes the scope; after each of them the disk of `directory` is measured once, and
/// `resumed` called.
figures_of_halts measure_halts(host& h, const std::string& scope, std::size_t count,
                               const std::filesystem::path& directory,
                               const std::function<void()>& resumed = {});

}  // namespace pitwall::cli
