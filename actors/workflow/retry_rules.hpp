// Job: how each node of a workflow tries again: what its file says, over the host's settings, over
//      the defaults of runtime/resilience/retry_policy.hpp; as advice for the run's state machine.
// Threads: the advice is immutable, and gives the same answer to the same question: its jitter
// comes
//      from the execution's id, the node and the number of failures.
// Tests: tests/actors/scenarios_test.cpp, breaker_test.cpp
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "runtime/resilience/retry_policy.hpp"
#include "runtime/workflow/problem.hpp"
#include "runtime/workflow/run.hpp"

namespace pitwall {

/// What of the file cannot be followed, all at once: words of `retry_on` that nobody knows.
std::vector<problem> retry_problems(const plan& workflow, const retry_settings& host);

/// Precondition: it has no retry_problems().
std::function<std::optional<microseconds>(const failed_node_attempt&)> retry_rules(
    const plan& workflow, const retry_settings& host);

}  // namespace pitwall
