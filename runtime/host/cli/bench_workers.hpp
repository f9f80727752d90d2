// Job: `pitwall bench --workers`: executions whose nodes all run on workers, processes of this
//      machine that join by loopback and TLS, beside executions without any; and how long it takes
//      after the death of a worker until its nodes run on another one.
// Rounds: everything is measured so often, one after the other, so that what disturbs the machine
//      disturbs all rows; medians are printed, with the least and the greatest.
// Threads: one owner. Tests: tests/process/bench_workers_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/host/cli/bench_options.hpp"

namespace pitwall::cli {

/// `workflow`: whose blocks have properties each. False: an execution has failed.
result<bool> bench_workers(const bench_options& o, std::string_view workflow);

}  // namespace pitwall::cli
