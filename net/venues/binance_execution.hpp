// Job: the events of a user data stream of the Binance Spot conventions, and what they make of the
//      last report of an order. The events may come as they are, or as the WebSocket API wraps
//      them.
// Source: "Payload: Order Update" of user-data-stream.md (2022-12-05) in the public repository
//      binance/binance-spot-api-docs; "User Data Stream requests" of web-socket-api.md there
//      (2026).
// Threads: pure. Tests: tests/net/binance_execution_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/signature.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall::binance {

struct execution {
  std::string client_order_id;  ///< The order's own, also where the event is a cancel's.
  std::string venue_order_id, status;
  decimal asked, executed;         ///< Of the whole order.
  std::optional<order_fill> fill;  ///< What this event alone has filled.
};

struct user_event {
  std::optional<execution> order;
  bool ends = false;        ///< The listen key is no longer valid, or the subscription is over.
  bool subscribed = false;  ///< The answer to subscribe_frame().
  std::optional<error> refused;  ///< Likewise.
};
/// Asks the WebSocket API for an account's events.
std::string subscribe_frame(const api_key& key, milliseconds recv_window, std::int64_t venue_ms);
/// An event of any other kind is empty. unavailable: it cannot be read.
result<user_event> parse_user_event(std::string_view frame);

/// The report after this event; nothing where the event tells nothing new.
/// unavailable: what came in between is missing; ask the venue.
result<std::optional<order_report>> after(const order_report& last, const execution& e,
                                          timestamp now);

}  // namespace pitwall::binance
