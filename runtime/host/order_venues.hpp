// Job: whether what a workflow orders can leave: each venue that it names is one that takes orders
//      here.
// Threads: pure. Tests: tests/host/order_venues_test.cpp
#pragma once

#include <vector>

#include "runtime/host/venues.hpp"
#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

/// One for each block that orders, or cancels, where the host has market data alone.
std::vector<problem> order_problems(const workflow_definition& definition,
                                    const std::vector<outside_venue>& venues);
/// The first of them, as failed_precondition: it was deployed while the venue was another one.
status check_orders(const workflow_definition& definition,
                    const std::vector<outside_venue>& venues);

}  // namespace pitwall
