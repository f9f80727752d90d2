// Job: `pitwall bench --clients`: executions beside viewers of every event, in a process of their
//      own, of which one never reads; and what an idle connection takes.
// Threads: one owner.
// Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <string>

#include "runtime/host/cli/bench_options.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {

/// All rows of this mode. False: an execution has failed, or a viewer has missed an event or got
/// one twice.
result<bool> bench_clients(const bench_options& o, host& h, const std::string& workflow,
                           const std::string& mode);

}  // namespace pitwall::cli
