// Job: an order router's successor gets what it has to know before it opens.
// Order: the living executions have their nodes claim the orders they wait for, and write what they
//      know; once that and what the dead router sent to the journal is durable, the successor
//      adopts every other order of its venue without a final word. So each is looked after once:
//      by who waits for it, or by the router.
// Executions that are on their way back (comeback.cpp) or wait for their turn claim theirs later.
#include <utility>

#include "actors/recovery/actor.hpp"

namespace pitwall {
namespace {

constexpr std::size_t slice = 128;

}  // namespace

void recovery::begin_takeover(const take_over& message) {
  open_venues_.erase(message.venue);
  const auto workflows = options_.workflows ? options_.workflows() : std::vector<workflow_actor>{};
  auto& t = takeovers_[message.venue] = {};
  t.term = message.term;
  t.missing = workflows.size() + 1;
  for (const auto& w : workflows)
    request(w, caf::infinite, reclaim_orders{message.venue})
        .then([this, m = message](
                  const orders_reclaimed& r) { heard_claims(m.venue, m.term, r.client_order_ids); },
              [this, m = message](caf::error&) { heard_claims(m.venue, m.term, {}); });
  heard_claims(message.venue, message.term, {});
}

void recovery::heard_claims(const std::string& venue, std::uint32_t term,
                            const std::vector<std::string>& client_order_ids) {
  auto& t = takeovers_[venue];
  if (t.term != term) return;  // That one has died meanwhile.
  t.claimed.insert(client_order_ids.begin(), client_order_ids.end());
  if (--t.missing > 0) return;
  barriers_[++last_ticket_] = [this, venue, term] {
    if (takeovers_[venue].term == term) go_on_with_takeover(venue);
  };
  send(options_.shared->writer, append{event_batch{}, last_ticket_, false});
}

void recovery::go_on_with_takeover(const std::string& venue) {
  auto& t = takeovers_[venue];
  if (t.missing > 0) return;  // Began anew.
  auto page = options_.shared->history->unsettled(t.cursor, slice);
  if (!page.ok()) {
    options_.shared->log->write(log_level::error, "recovery",
                                "the open orders cannot be read, venue '" + venue +
                                    "' stays closed: " + page.error().to_string());
    return;
  }
  for (const auto& e : page->executions)
    if (e.open_orders > 0) adopt_unclaimed(venue, e, t.claimed);
  t.cursor = page->next;
  if (!t.cursor.empty()) return send(recovery_actor(this), take_over_more{venue});
  const auto* v = options_.shared->venues.find(venue);
  request(v->router, caf::infinite, open_when_settled{t.term})
      .then([this, venue](bool) { settled(venue); }, [](caf::error&) {});
}

void recovery::adopt_unclaimed(const std::string& venue, const execution_summary& e,
                               const std::set<std::string>& claimed) {
  auto orders = open_orders_of(e);
  if (!orders) return;
  const auto& id = e.scope->execution_id;
  const bool comes_back = (!is_final(e.status) || reopening_.contains(id)) && !stuck_.contains(id);
  for (auto& o : *orders) {
    const auto* v = options_.shared->venues.sent_to(o.order.venue);
    if (v == nullptr || v->port->name() != venue || claimed.contains(o.client_order_id)) continue;
    send(v->router,
         adopt_order{shared_scope{e.scope}, shared_node{o.node}, std::move(o.client_order_id),
                     std::move(o.order), o.fills, o.accepted, o.awaited && comes_back});
  }
}

}  // namespace pitwall
