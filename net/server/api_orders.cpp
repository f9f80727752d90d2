#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"
#include "runtime/workflow/json.hpp"

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

/// A number, or a text that is one.
result<std::optional<decimal>> number_member(const value& body, std::string_view name) {
  const auto* v = body.find(name);
  if (v == nullptr || v->is_null()) return std::optional<decimal>();
  if (v->is_number()) return std::optional(v->as_number());
  if (v->is_text())
    if (const auto read = decimal::parse(v->as_text()); read.ok()) return std::optional(*read);
  return {errc::invalid_argument, "the body's member '" + std::string(name) + "' is no number",
          to_json(*v), "send a number, or a text that holds one"};
}

result<settle_command> settle_command_of(const request& asked, const std::string& id) {
  settle_command out;
  out.client_order_id = id;
  if (asked.body.empty()) return out;
  PITWALL_TRY(body, parse_json(asked.body));
  const error unfit{errc::invalid_argument, "the body is no object of what is known here",
                    asked.to.path, "send {as, filled, price, reason, operator}, or nothing"};
  if (!body.is_object()) return unfit;
  for (const auto& [name, member] : body.as_object()) {
    if (name == "filled" || name == "price") continue;
    const bool known = name == "as" || name == "reason" || name == "operator";
    if (!known || !member.is_text()) return unfit;
  }
  out.word.as = text_member(body, "as", {});
  out.word.reason = text_member(body, "reason", {});
  out.word.operator_name = text_member(body, "operator", {});
  PITWALL_TRY(filled, number_member(body, "filled"));
  PITWALL_TRY(price, number_member(body, "price"));
  out.word.filled = filled;
  out.word.price = price;
  if (out.word.as.empty() && (filled || price))
    return error{errc::invalid_argument, "the body has a fill, but no `as`", asked.to.path,
                 "say as what the order is settled: not_sent, filled or canceled"};
  return out;
}

void settle_order(control& host, const exchange_ref& ex, const std::string& id) {
  auto command = settle_command_of(ex->asked(), id);
  if (!command.ok()) return ex->answer(problem_reply(command.error()));
  ex->work([&host, ex, command = std::move(*command)] {
    host.settle_order(command, [ex](const result<settle_outcome>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_order_routes(router& to, control& host) {
  to.add("GET", "/api/v1/orders",
         [&host](const exchange_ref& ex, const auto&) { list_orders(host, ex); });
  to.add("POST", "/api/v1/orders/{id}/settle",
         [&host](const exchange_ref& ex, const auto& captured) {
           settle_order(host, ex, captured[0]);
         });
}

}  // namespace pitwall::http
