#include "runtime/ports/order_list.hpp"

#include <set>
#include <utility>

#include "runtime/base/ids.hpp"

namespace pitwall {
namespace {

constexpr std::size_t executions_at_once = 128;

/// By its events alone.
void stand_by_journal(listed_order& o) {
  o.why = o.order.doubt;
  o.standing = !o.why.empty()     ? order_standing::in_doubt
               : o.order.accepted ? order_standing::resting
                                  : order_standing::on_its_way;
}

result<std::vector<listed_order>> orders_of(const journal& from, const execution_summary& e) {
  open_order_fold fold;
  event_query query;
  query.execution_id = e.scope->execution_id;
  query.types = open_order_fold::types();
  for (bool more = true; more;) {
    PITWALL_TRY(page, from.read(query));
    for (const auto& recorded : page.events) fold.take(recorded.what);
    query.after = page.next_after;
    more = !page.at_end;
  }
  std::vector<listed_order> out;
  for (auto& o : fold.orders()) {
    listed_order l{e.scope, std::move(o), order_standing::on_its_way, {}};
    stand_by_journal(l);
    out.push_back(std::move(l));
  }
  return out;
}

/// An id holds its execution's ULID: most executions need not be read.
bool may_be_of(std::string_view client_order_id, std::string_view execution_id) {
  const auto ulid = ulid_of_execution(execution_id);
  return ulid.empty() || client_order_id.find(ulid) != std::string_view::npos;
}

bool wants(const order_filter& f, const listed_order& o) {
  const bool doubtful = o.standing == order_standing::in_doubt;
  return (f.status == "all" || doubtful == (f.status == "in_doubt")) &&
         (f.venue.empty() || f.venue == o.order.order.venue) &&
         (f.bot_id.empty() || f.bot_id == o.scope->bot_id);
}

}  // namespace

std::string_view to_string(order_standing s) noexcept {
  switch (s) {
    case order_standing::on_its_way:
      return "on_its_way";
    case order_standing::resting:
      return "resting";
    case order_standing::in_doubt:
      return "in_doubt";
  }
  return "?";
}

void stand_without_host(listed_order& o) {
  if (o.standing != order_standing::on_its_way) return;
  o.standing = order_standing::in_doubt;
  o.why = "its host ended before the venue's word on it came";
}

result<order_page> read_orders(const journal& from, const order_filter& wanted,
                               const std::function<void(listed_order&)>& judge) {
  if (wanted.status != "all" && wanted.status != "open" && wanted.status != "in_doubt")
    return error{errc::invalid_argument,
                 "no orders have the status '" + wanted.status + "'",
                 {},
                 "give one of: open, in_doubt, all"};
  order_page out;
  std::string cursor = wanted.after;
  std::set<std::string> seen;  // One that ends meanwhile may be listed twice.
  for (;;) {
    PITWALL_TRY(page, from.unsettled(cursor, executions_at_once));
    for (const auto& e : page.executions) {
      if (e.open_orders == 0 || !seen.insert(e.scope->execution_id).second) continue;
      PITWALL_TRY(orders, orders_of(from, e));
      for (auto& o : orders) {
        if (judge) judge(o);
        if (wants(wanted, o)) out.orders.push_back(std::move(o));
      }
    }
    cursor = page.next;
    out.next_after = cursor;
    if (cursor.empty() || out.orders.size() >= wanted.limit) return out;
  }
}

result<listed_order> find_order(const journal& from, const std::string& client_order_id) {
  std::string cursor;
  do {
    PITWALL_TRY(page, from.unsettled(cursor, executions_at_once));
    for (const auto& e : page.executions) {
      if (e.open_orders == 0 || !may_be_of(client_order_id, e.scope->execution_id)) continue;
      PITWALL_TRY(orders, orders_of(from, e));
      for (auto& o : orders)
        if (o.order.client_order_id == client_order_id) return std::move(o);
    }
    cursor = page.next;
  } while (!cursor.empty());
  return {errc::not_found,
          "no order '" + client_order_id + "' is on its way, resting or in doubt",
          {},
          "`pitwall orders list` has those that are"};
}

}  // namespace pitwall
