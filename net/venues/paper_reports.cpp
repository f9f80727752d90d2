#include "net/venues/paper_reports.hpp"

#include <utility>

namespace pitwall {

matching::new_order to_matching(const order_request& order, matching::order_id id) {
  matching::new_order out;
  out.id = id;
  out.way = order.side == order_side::buy ? matching::side::buy : matching::side::sell;
  switch (order.kind) {
    case order_kind::market:
      out.type = matching::order_type::market;
      break;
    case order_kind::ioc:
      out.type = matching::order_type::ioc;
      break;
    case order_kind::fok:
      out.type = matching::order_type::fok;
      break;
    case order_kind::limit:
    case order_kind::gtc:
      out.type = matching::order_type::limit;
      break;
  }
  out.quantity = order.amount;
  out.price = order.price;
  return out;
}

std::string explain(matching::refusal r, const order_request& order) {
  switch (r) {
    case matching::refusal::unknown_symbol:
      return "the symbol '" + order.symbol.substr(0, 64) +
             "' is empty, too long, or one more than the venue was configured for";
    case matching::refusal::invalid_amount:
      return "the amount " + order.amount.to_string() +
             " is not above zero, not a multiple of the quantity step, or too large";
    case matching::refusal::invalid_price:
      return "the limit price " + order.price.to_string() + " is not within (0, 1e9]";
    case matching::refusal::insufficient_balance:
      return "the free balance does not cover " + order.amount.to_string() + " " + order.symbol +
             (order.side == order_side::buy ? " and its fee" : "");
    case matching::refusal::too_many_open_orders:
      return "as many orders rest as the venue was configured for: cancel some";
    case matching::refusal::none:
      break;
  }
  return {};
}

order_report rejection(const std::string& client_order_id, std::string code, std::string reason,
                       timestamp now) {
  order_report out;
  out.client_order_id = client_order_id;
  out.state = order_state::rejected;
  out.code = std::move(code);
  out.reason = std::move(reason);
  out.at = now;
  return out;
}

void cancel_rest(order_report& report, std::string code, std::string reason) {
  report.state = order_state::canceled;
  report.code = std::move(code);
  report.reason = std::move(reason);
}

bool is_open(order_state s) noexcept {
  return s == order_state::accepted || s == order_state::partially_filled;
}

}  // namespace pitwall
