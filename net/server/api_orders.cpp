#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

constexpr std::uint64_t default_orders = 1'000, most_orders = 10'000;

void list_orders(control& host, const exchange_ref& ex) {
  const auto& to = ex->asked().to;
  if (auto known = to.allow_only({"status", "venue", "bot_id", "after", "limit"}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  const auto limit = to.number("limit", default_orders, 1, most_orders);
  if (!limit.ok()) return ex->answer(problem_reply(limit.error()));
  order_filter wanted{to.parameter_or("status", "all"), to.parameter_or("venue", {}),
                      to.parameter_or("bot_id", {}), to.parameter_or("after", {}), *limit};
  ex->work([&host, ex, wanted = std::move(wanted)] {
    host.orders(wanted, [ex](const result<order_page>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_order_routes(router& to, control& host) {
  to.add("GET", "/api/v1/orders",
         [&host](const exchange_ref& ex, const auto&) { list_orders(host, ex); });
}

}  // namespace pitwall::http
