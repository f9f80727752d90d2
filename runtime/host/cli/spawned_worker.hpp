// Job: a `pitwall worker` of this machine as a process that a benchmark starts, kills, and reads
//      the processor time of.
// Owns: the process, which ends with it. Threads: one owner.
// Tests: tests/process/bench_workers_test.cpp
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "net/workers/mutual_tls.hpp"
#include "runtime/base/result.hpp"

namespace pitwall::cli {

class spawned_worker {
 public:
  static result<spawned_worker> start(std::uint16_t port, const std::string& labels,
                                      const remote::identity_files& papers);
  spawned_worker(spawned_worker&& other) noexcept;
  spawned_worker& operator=(spawned_worker&& other) noexcept;
  ~spawned_worker();

  /// kill -9; it need not be gone yet.
  void kill();
  /// Of its processor time, so far.
  double cpu_seconds() const;

 private:
  explicit spawned_worker(pid_t pid) : pid_(pid) {}
  void bury();
  pid_t pid_ = -1;
};

}  // namespace pitwall::cli
