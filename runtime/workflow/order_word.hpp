// Job: a person's word on an order that is in doubt and whose venue cannot tell: what it makes of
//      the order. Whoever has the order (its router) decides when it may be taken.
// Rule: it never takes back what the journal has: fills stay, and a venue that had the order cannot
//      have missed it. Threads: plain values. Tests: tests/workflow/order_word_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/event.hpp"
#include "runtime/workflow/open_orders.hpp"

namespace pitwall {

struct order_word {
  std::string as;                 ///< not_sent, filled, canceled; empty: none, ask the venue again.
  std::optional<decimal> filled;  ///< In all; else: of `filled` the amount, else what is journaled.
  std::optional<decimal> price;   ///< Of what is not journaled yet; else the limit price.
  std::string reason, operator_name;
};

struct settled_order {
  std::vector<event_body> events;  ///< order_settled, and the order's end.
  order_report report;             ///< As a venue would have told it.
};

/// Errors: invalid_argument, naming what is missing or wrong; failed_precondition where the journal
/// contradicts it.
result<settled_order> settle_by_word(const open_order& order, const order_word& word,
                                     timestamp now);

}  // namespace pitwall
