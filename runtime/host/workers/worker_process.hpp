// Job: a worker: the process that runs nodes for a host. It keeps nothing: the host's journal is
// the
//      only truth, and the host's order routers the only way of an order.
// Owns: its actors, venues, web client, and the connection to the host. Threads: one.
// Errors: of what the setup names, before anything starts; later the log tells, each thing once.
// Tests: tests/process/workers_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/workers/mutual_tls.hpp"
#include "runtime/host/venues.hpp"
#include "runtime/host/web_settings.hpp"
#include "runtime/host/workers/host_place.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

struct worker_setup {
  host_place join;
  std::string name;  ///< Unique among the host's workers.
  /// What it says it is, and speaks; empty, 0: what this program is.
  std::string version{};
  std::uint32_t protocol = 0;
  std::vector<std::string> labels;
  remote::identity_files identity;
  std::vector<outside_venue> venues;
  web_settings web;
  std::uint64_t paper_seed = 1;
  std::size_t threads = 0;  ///< 0: as many as cores, at least 2.
  std::shared_ptr<log_port> log;
};

class worker_process {
 public:
  static result<std::unique_ptr<worker_process>> open(worker_setup setup);
  /// Leaves the host.
  ~worker_process();
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;

 private:
  class inside;
  explicit worker_process(std::unique_ptr<inside> in);
  std::unique_ptr<inside> in_;
};

}  // namespace pitwall
