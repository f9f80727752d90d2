// Job: the host's own orders, as the journal and the order routers have them.
#include <map>

#include "runtime/host/wiring.hpp"

namespace pitwall {

void host::orders(order_filter wanted, completion<order_page> then) {
  std::map<std::string, std::string> doubts;
  for (const auto& [name, v] : w_->shared->venues.all()) {
    auto now = w_->ask<order_doubts>(v.router, ask_doubts{});
    if (!now.ok()) continue;  // It is being replaced: the journal has to do.
    for (auto& d : now->all) doubts.emplace(std::move(d.client_order_id), std::move(d.why));
  }
  const auto& venues = w_->shared->venues.all();
  then(read_orders(*w_->storage.events, wanted, [&](listed_order& o) {
    const auto found = doubts.find(o.order.client_order_id);
    if (found != doubts.end()) {
      o.standing = order_standing::in_doubt;
      o.why = found->second;
    } else if (!venues.contains(o.order.order.venue)) {
      o.standing = order_standing::in_doubt;
      o.why = "venue '" + o.order.order.venue + "' is not configured: nobody can be asked";
    }
  }));
}

namespace {

error not_in_doubt(const std::string& id) {
  return {errc::failed_precondition, "no order '" + id + "' of this host is in doubt", id,
          "`pitwall orders list --status in_doubt` has those that are"};
}

pitwall::word_on_order word_of(const settle_command& c, const pitwall::open_order& o) {
  return {c.client_order_id, c.word, o.fills, o.filled, o.paid};
}

}  // namespace

bool host::cancel_resting(std::chrono::milliseconds patience) {
  caf::scoped_actor self(*w_->system);
  bool all = true;
  for (const auto& [name, v] : w_->shared->venues.all())
    self->request(v.router, patience, pitwall::cancel_resting{true})
        .receive([&](bool canceled) { all = all && canceled; }, [&](caf::error&) { all = false; });
  return all;
}

void host::settle_order(settle_command command, completion<settle_outcome> then) {
  auto known = find_order(*w_->storage.events, command.client_order_id);
  if (!known.ok() && known.error().code != errc::not_found) return then(known.error());
  if (!known.ok()) return then(not_in_doubt(command.client_order_id));
  const auto* v = w_->shared->venues.sent_to(known->order.order.venue);
  if (v == nullptr) return then(w_->settle_without_venue(command));
  // A venue that is asked and never answers must not hold whoever waits for ever.
  auto taken = w_->ask_within<word_taken>(std::chrono::seconds(30), v->router,
                                          word_of(command, known->order));
  if (!taken.ok()) return then(std::move(taken).error());
  if (taken->failure.failed()) return then(taken->failure.to_error());
  then(settle_outcome{taken->settled, std::move(taken->report)});
}

/// No router has it, so nobody else can say anything of it in this life of the host.
result<settle_outcome> host::wiring::settle_without_venue(const settle_command& command) {
  const std::lock_guard lock(settling);
  auto known = find_order(*storage.events, command.client_order_id);
  if (!known.ok()) return not_in_doubt(command.client_order_id);
  const auto& o = known->order;
  if (command.word.as.empty())
    return error{errc::failed_precondition,
                 "venue '" + o.order.venue + "' is not configured, and cannot be asked",
                 o.client_order_id, "start the host with it, or say what became of the order"};
  PITWALL_TRY(settled, settle_by_word(o, command.word, clock->now()));
  std::vector<event> events;
  for (auto& body : settled.events) events.push_back({clock->now(), std::move(body)});
  PITWALL_CHECK(journal_now(std::move(events), known->scope));
  return settle_outcome{true, std::move(settled.report)};
}

}  // namespace pitwall
