#include "actors/recovery/actor.hpp"

#include <algorithm>

#include "actors/replay_run.hpp"
#include "runtime/workflow/open_orders.hpp"

namespace pitwall {
namespace {

// One handling takes milliseconds, so that the thread is free for trading in between.
constexpr std::size_t scan_slice = 128, resume_slice = 32;

}  // namespace

recovery::recovery(caf::actor_config& cfg, recovery_options options)
    : recovery_actor::base(cfg), options_(std::move(options)) {}

recovery::behavior_type recovery::make_behavior() {
  send(recovery_actor(this), scan_more{});
  return {[this](scan_more) { scan(); },
          [this](resume_more) {
            resume_sent_ = false;
            resume_some();
          },
          [this](ask_recovery) { return progress(); },
          [this](await_scan) -> caf::result<bool> {
            if (so_far_.phase != recovery_phase::scanning) return true;
            waiting_for_scan_.push_back(make_response_promise<bool>());
            return waiting_for_scan_.back();
          }};
}

void recovery::on_exit() {
  waiting_for_scan_.clear();  // A promise holds its own actor.
  groups_.clear();
  options_ = {};
}

void recovery::scan() {
  auto page = options_.shared->history->unsettled(cursor_, scan_slice);
  if (!page.ok()) {
    // Without the list nobody knows which orders are open: no venue opens.
    options_.shared->log->write(
        log_level::error, "recovery",
        "the unsettled executions cannot be read, no venue is opened: " + page.error().to_string());
    return;
  }
  for (const auto& e : page->executions) {
    if (e.open_orders > 0) adopt_orders(e);
    if (is_final(e.status)) continue;
    ++so_far_.unfinished;
    groups_[{e.scope->workflow_id, e.definition_id}].waiting.push_back(e.scope);
  }
  cursor_ = page->next;
  if (cursor_.empty())
    scanned();
  else
    send(recovery_actor(this), scan_more{});
}

void recovery::adopt_orders(const execution_summary& e) {
  open_order_fold fold;
  event_query query;
  query.execution_id = e.scope->execution_id;
  query.types = open_order_fold::types();
  for (bool more = true; more;) {
    auto page = options_.shared->history->read(query);
    if (!page.ok()) return give_up(e.scope, page.error());
    for (const auto& recorded : page->events) fold.take(recorded.what);
    query.after = page->next_after;
    more = !page->at_end;
  }
  for (auto& o : fold.orders()) {
    const auto* v = options_.shared->venues.find(o.order.venue);
    if (v == nullptr) {
      options_.shared->log->write(log_level::error, "recovery",
                                  "order " + o.client_order_id + " is in doubt, and its venue '" +
                                      o.order.venue + "' is not configured",
                                  {e.scope->execution_id, e.scope->workflow_id, {}});
      continue;
    }
    ++so_far_.open_orders;
    send(v->router,
         adopt_order{shared_scope{e.scope}, shared_node{o.node}, std::move(o.client_order_id),
                     std::move(o.order), o.fills, o.accepted, o.awaited && !is_final(e.status)});
  }
}

void recovery::scanned() {
  so_far_.phase = recovery_phase::resuming;
  const auto& shared = *options_.shared;
  if (so_far_.unfinished + so_far_.open_orders > 0)
    shared.log->write(log_level::info, "recovery",
                      std::to_string(so_far_.unfinished) + " unfinished executions and " +
                          std::to_string(so_far_.open_orders) + " open orders");
  for (auto& [key, g] : groups_) find_route(key, g);
  for (const auto& [name, v] : shared.venues.all())
    request(v.router, caf::infinite, open_when_settled{})
        .then([this, venue = v.port->name()](bool) { settled(venue); }, [](caf::error&) {});
  for (auto& p : waiting_for_scan_) p.deliver(true);
  waiting_for_scan_.clear();
  resume_some();
}

void recovery::find_route(const group_key& key, group& g) {
  constexpr unsigned most = 5;
  auto route = ++g.routed > most ? result<resume_route>(error{errc::unavailable,
                                                              "its workflow actor ends again "
                                                              "and again",
                                                              key.first,
                                                              {}})
                                 : options_.route(key.first, key.second);
  if (!route.ok()) {
    for (const auto& scope : g.waiting) give_up(scope, route.error());
    g.waiting.clear();
    return;
  }
  g.route = std::move(*route);
  if (!g.route.workflow->can_order) return;
  for (const auto& name : g.route.workflow->order_venues)
    if (const auto* v = options_.shared->venues.find(name)) g.venues.insert(v->port->name());
}

void recovery::try_again(const group_key& key, const scope_ref& scope) {
  --so_far_.resumed;
  so_far_.phase = recovery_phase::resuming;
  auto& g = groups_[key];
  const bool first = g.waiting.empty();
  g.waiting.push_back(scope);
  if (first) find_route(key, g);
}

void recovery::settled(const std::string& venue) {
  open_venues_.insert(venue);
  resume_some();
}

bool recovery::is_open(const group& g) const {
  return std::includes(open_venues_.begin(), open_venues_.end(), g.venues.begin(), g.venues.end());
}

void recovery::resume_some() {
  std::size_t taken = 0;
  for (auto& [key, g] : groups_) {
    while (!g.waiting.empty() && running_ < options_.resume_window && is_open(g)) {
      if (taken++ == resume_slice) {
        if (!std::exchange(resume_sent_, true)) send(recovery_actor(this), resume_more{});
        return;
      }
      auto scope = std::move(g.waiting.front());
      g.waiting.pop_front();
      resume(key, std::move(scope));
    }
  }
  show_done();
}

void recovery::resume(const group_key& key, scope_ref scope) {
  const auto& route = groups_.at(key).route;
  auto state = replay_run(*options_.shared->history, route.workflow, scope);
  if (!state.ok()) return give_up(scope, state.error());
  ++so_far_.resumed;
  ++running_;
  const auto ended = [this, key, scope](bool taken) {
    --running_;
    if (!taken) try_again(key, scope);
    resume_some();
  };
  request(route.handle, caf::infinite, resume_execution{std::move(*state)})
      .then([ended](bool taken) { ended(taken); }, [ended](caf::error&) { ended(false); });
}

void recovery::give_up(const scope_ref& scope, const error& why) {
  ++so_far_.failed;
  options_.shared->log->write(log_level::error, "recovery",
                              "the execution cannot go on: " + why.to_string(),
                              {scope->execution_id, scope->workflow_id, {}});
}

recovery_progress recovery::progress() const {
  auto p = so_far_;
  for (const auto& [key, g] : groups_) p.waiting += g.waiting.size();
  return p;
}

void recovery::show_done() {
  if (so_far_.phase != recovery_phase::resuming || progress().waiting > 0) return;
  so_far_.phase = recovery_phase::done;
  for (const auto& [key, g] : groups_)
    if (g.route.temporary) send(g.route.handle, retire{});
  groups_.clear();
  if (so_far_.unfinished > 0)
    options_.shared->log->write(log_level::info, "recovery",
                                std::to_string(so_far_.resumed) + " executions resumed, " +
                                    std::to_string(so_far_.failed) + " cannot go on");
}

}  // namespace pitwall
