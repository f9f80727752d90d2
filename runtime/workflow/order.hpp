// Job: the nouns of an order, as blocks propose it, the journal keeps it and venues answer it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"

namespace pitwall {

enum class order_side : std::uint8_t { buy, sell };
/// market; limit (rests until filled or cancelled, as gtc); fill or kill; immediate or cancel.
enum class order_kind : std::uint8_t { market, limit, fok, ioc, gtc };
std::string_view to_string(order_side s) noexcept;
std::string_view to_string(order_kind k) noexcept;  ///< "market", "limit", "FOK", "IOC", "GTC"
/// Case-insensitive.
result<order_kind> order_kind_from_string(std::string_view text);

struct order_request {
  std::string venue;  ///< Profile or venue type; the host maps it to a venue.
  std::string symbol;
  order_side side = order_side::buy;
  order_kind kind = order_kind::market;
  decimal amount;  ///< In the base asset; > 0.
  decimal price;   ///< Limit price; 0 for market orders.
  friend bool operator==(const order_request&, const order_request&) = default;
};

enum class order_state : std::uint8_t {
  accepted,
  partially_filled,
  filled,
  canceled,
  rejected,
  in_doubt
};
std::string_view to_string(order_state s) noexcept;

struct order_fill {
  decimal price, quantity, fee;
  std::string fee_asset;
  friend bool operator==(const order_fill&, const order_fill&) = default;
};

/// A venue's word on one order.
struct order_report {
  std::string client_order_id, venue_order_id;
  order_state state = order_state::accepted;
  std::vector<order_fill> fills;  ///< All fills so far, in order.
  std::string code, reason;       ///< Of a rejection or doubt: machine-readable code, text.
  timestamp at;

  decimal filled_quantity() const noexcept;
  /// Quantity-weighted; 0 where nothing is filled.
  decimal average_price() const noexcept;
  friend bool operator==(const order_report&, const order_report&) = default;
};

struct cancel_report {
  std::vector<std::string> canceled;  ///< Client order ids.
};

}  // namespace pitwall
