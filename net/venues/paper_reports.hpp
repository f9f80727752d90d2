// Job: between the words of the paper exchange (runtime/matching) and the house's orders and
//      reports. Threads: pure functions. Tests: tests/net/paper_venue_test.cpp
#pragma once

#include <string>

#include "runtime/matching/exchange.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall {

matching::new_order to_matching(const order_request& order, matching::order_id id);

/// Why the exchange refused the order, for its author.
std::string explain(matching::refusal r, const order_request& order);

order_report rejection(const std::string& client_order_id, std::string code, std::string reason,
                       timestamp now);
/// The order ends as canceled, with the fills it has.
void cancel_rest(order_report& report, std::string code, std::string reason);
bool is_open(order_state s) noexcept;

}  // namespace pitwall
