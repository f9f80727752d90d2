#include "net/server/json_views.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {
namespace {

value or_null(const std::string& text) { return text.empty() ? value() : value(text); }

}  // namespace

value view_of(const listed_order& o) {
  const auto& asked = o.order.order;
  return value(
      value::object{{"client_order_id", value(o.order.client_order_id)},
                    {"venue", value(asked.venue)},
                    {"symbol", value(asked.symbol)},
                    {"side", value(std::string(to_string(asked.side)))},
                    {"type", value(std::string(to_string(asked.kind)))},
                    {"amount", value(asked.amount)},
                    {"price", asked.kind == order_kind::market ? value() : value(asked.price)},
                    {"filled", value(o.order.filled)},
                    {"state", value(std::string(to_string(o.standing)))},
                    {"since", value(to_iso8601(o.order.since))},
                    {"why", o.standing == order_standing::in_doubt ? or_null(o.why) : value()},
                    {"execution_id", or_null(o.scope->execution_id)},
                    {"workflow_id", or_null(o.scope->workflow_id)},
                    {"bot_id", or_null(o.scope->bot_id)},
                    {"strategy_id", or_null(o.scope->strategy_id)}});
}

value view_of(const settle_outcome& o) {
  const auto& r = o.report;
  const auto filled = r.filled_quantity();
  return value(
      value::object{{"client_order_id", value(r.client_order_id)},
                    {"settled", value(o.settled)},
                    {"state", value(std::string(to_string(r.state)))},
                    {"filled", value(filled)},
                    {"average_price", filled.is_zero() ? value() : value(r.average_price())},
                    {"code", or_null(r.code)},
                    {"reason", or_null(r.reason)}});
}

value view_of(const order_page& page) {
  value::list items;
  for (const auto& o : page.orders) items.push_back(view_of(o));
  return value(
      value::object{{"orders", value(std::move(items))}, {"next_after", or_null(page.next_after)}});
}

}  // namespace pitwall
