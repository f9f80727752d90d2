#include "actors/recovery/actor.hpp"

#include <algorithm>

#include "actors/replay_run.hpp"
#include "runtime/workflow/open_orders.hpp"

namespace pitwall {
namespace {

// One handling takes milliseconds, so that the thread is free for trading in between.
constexpr std::size_t scan_slice = 128, resume_slice = 32;
// A supervisor restarts a workflow actor within ten seconds or gives it up.
constexpr unsigned most_found_dead = 10;
constexpr std::chrono::milliseconds first_look{100}, longest_look{10'000};

}  // namespace

recovery::recovery(caf::actor_config& cfg, recovery_options options)
    : resident(cfg, "recovery"), options_(std::move(options)) {}

recovery::behavior_type recovery::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) { gone(message.source); });
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
          },
          [this](interrupted& m) { take_back(m); },
          [this](reopen_halted& m) { reopen(m); },
          [this](const durable& m) {
            const auto then = barriers_.extract(m.ticket);
            if (!then.empty() && !m.failure.failed()) then.mapped()();
          },
          [this](const look_up_again& m) {
            const group_key key{m.workflow_id, m.definition_id};
            auto& g = groups_[key];
            g.backing_off = false;
            if (!g.waiting.empty()) find_route(key, g);
            resume_some();
          },
          [this](const take_over& m) { begin_takeover(m); },
          [this](const take_over_more& m) { go_on_with_takeover(m.venue); },
          [this](const resume_stuck& m) { return resume_again(m.execution_id); },
          [this](const cancel_stuck& m) { return cancel(m); }};
}

void recovery::on_exit() {
  waiting_for_scan_.clear();  // A promise holds its own actor.
  groups_.clear();
  barriers_.clear();
  coming_.clear();
  takeovers_.clear();
  reopening_.clear();
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
    if (e.open_orders > 0) adopt_orders(e, true);
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

std::optional<std::vector<open_order>> recovery::open_orders_of(const execution_summary& e) {
  open_order_fold fold;
  event_query query;
  query.execution_id = e.scope->execution_id;
  query.types = open_order_fold::types();
  for (bool more = true; more;) {
    auto page = options_.shared->history->read(query);
    if (!page.ok()) {
      call_stuck(e.scope, page.error());
      return std::nullopt;
    }
    for (const auto& recorded : page->events) fold.take(recorded.what);
    query.after = page->next_after;
    more = !page->at_end;
  }
  // From then on its nodes wait for their orders again.
  if (reopening_.contains(e.scope->execution_id)) fold.take({{}, execution_resumed{}});
  return fold.orders();
}

std::vector<open_order> recovery::adopt_orders(const execution_summary& e, bool awaited) {
  std::vector<open_order> claimed;
  auto orders = open_orders_of(e);
  const bool scanning = so_far_.phase == recovery_phase::scanning;
  if (!orders) {
    all_adopted_ = false;
    return claimed;
  }
  for (auto& o : *orders) {
    const auto* v = options_.shared->venues.sent_to(o.order.venue);
    if (v == nullptr) {
      options_.shared->log->write(
          log_level::error, "recovery",
          "order " + o.client_order_id + " is in doubt, and its venue '" + o.order.venue +
              "' is not configured: start the host with it, or "
              "`pitwall orders settle`",
          {e.scope->execution_id, e.scope->workflow_id, {}, e.scope->bot_id, e.scope->strategy_id});
      all_adopted_ = false;
      continue;
    }
    if (scanning) ++so_far_.open_orders;
    const bool goes_on = !is_final(e.status) || reopening_.contains(e.scope->execution_id);
    const bool waits = o.awaited && goes_on;
    // Later ones are of this life: their venue knows.
    if (scanning && !o.accepted) v->port->expect(o.client_order_id);
    if (waits) claimed.push_back(o);
    send(v->router,
         adopt_order{shared_scope{e.scope}, shared_node{o.node}, std::move(o.client_order_id),
                     std::move(o.order), o.fills, o.accepted, waits && awaited});
  }
  return claimed;
}

void recovery::scanned() {
  if (options_.adopted && all_adopted_) options_.adopted();
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
  auto route =
      g.found_dead > most_found_dead
          ? result<resume_route>(
                error{errc::unavailable, "its workflow actor ends again and again", key.first, {}})
          : options_.route(key.first, key.second);
  if (!route.ok()) {
    g.found_dead = 0;
    for (const auto& scope : std::exchange(g.waiting, {})) give_up(scope, route.error());
    return;
  }
  take_route(g, std::move(*route));
}

void recovery::take_route(group& g, resume_route route) const {
  g.route = std::move(route);
  if (!g.route.workflow->can_order) return;
  for (const auto& name : g.route.workflow->order_venues)
    if (const auto* v = options_.shared->venues.find(name)) g.venues.insert(v->port->name());
}

void recovery::try_again(const group_key& key, const scope_ref& scope) {
  --so_far_.resumed;
  so_far_.phase = recovery_phase::resuming;
  auto& g = groups_[key];
  g.waiting.push_back(scope);
  if (std::exchange(g.backing_off, true)) return;
  const auto wait = std::min(longest_look, first_look * (1U << std::min(g.found_dead, 10U)));
  ++g.found_dead;
  delayed_send(this, g.found_dead == 1 ? std::chrono::milliseconds(0) : wait,
               look_up_again{key.first, key.second});
}

void recovery::wait_in_group(const group_key& key, const scope_ref& scope) {
  so_far_.phase = recovery_phase::resuming;
  auto& g = groups_[key];
  g.waiting.push_back(scope);
  if (!g.route.handle && !g.backing_off) find_route(key, g);
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
    while (!g.waiting.empty() && !g.backing_off && running_ < options_.resume_window &&
           is_open(g)) {
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
  if (reopening_.contains(scope->execution_id)) {
    const auto known = options_.shared->history->execution(scope->execution_id);
    auto still = known.ok() ? may_reopen(*known, groups_.at(key)) : status(known.error());
    if (still.ok() && (*state)->status != run_status::halted)
      still = error{errc::failed_precondition, "it is not halted any more", {}, {}};
    if (!still.ok()) return give_up(scope, still.error());
  } else if (is_final((*state)->status)) {
    // It ended after all, or stays halted: nobody claims its orders.
    const auto known = options_.shared->history->execution(scope->execution_id);
    if (known.ok() && known->open_orders > 0) adopt_orders(*known, false);
    return;
  }
  hand_over(key, scope, std::move(*state));
}

void recovery::hand_over(const group_key& key, const scope_ref& scope,
                         std::shared_ptr<run_state> state) {
  resume_execution message{std::move(state)};
  if (auto told = reopening_.extract(scope->execution_id); !told.empty()) {
    message.from_halt = true;
    message.resumed = std::make_shared<const start_notice>(
        [then = std::move(told.mapped())](const std::string&) { (*then)(pitwall::done{}); });
  }
  ++so_far_.resumed;
  ++running_;
  handed_over_[scope->execution_id] = false;
  request(groups_.at(key).route.handle, caf::infinite, std::move(message))
      .then([this, key, scope](bool taken) { ended(key, scope, taken); },
            [this, key, scope](caf::error&) { ended(key, scope, false); });
}

void recovery::ended(const group_key& key, const scope_ref& scope, bool taken) {
  --running_;
  const auto handed = handed_over_.extract(scope->execution_id);
  const bool lost = !handed.empty() && handed.mapped();  // It comes back on its own.
  if (taken && !lost) {
    interruptions_.erase(scope->execution_id);
    if (const auto g = groups_.find(key); g != groups_.end()) g->second.found_dead = 0;
  }
  if (!taken && !lost) try_again(key, scope);
  resume_some();
}

void recovery::give_up(const scope_ref& scope, const error& why) {
  const bool stays_halted = stop_reopening(scope, why);
  // What becomes of its orders is journaled all the same.
  const auto known = options_.shared->history->execution(scope->execution_id);
  if (known.ok() && known->open_orders > 0) adopt_orders(*known, false);
  if (!stays_halted) call_stuck(scope, why);
}

void recovery::call_stuck(const scope_ref& scope, const error& why) {
  stuck_[scope->execution_id] = scope;
  interruptions_.erase(scope->execution_id);
  options_.shared->log->write(
      log_level::error, "recovery", "the execution cannot go on: " + why.to_string(),
      {scope->execution_id, scope->workflow_id, {}, scope->bot_id, scope->strategy_id});
}

recovery_progress recovery::progress() const {
  auto p = so_far_;
  p.failed = stuck_.size();
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
                                    std::to_string(stuck_.size()) + " cannot go on");
}

}  // namespace pitwall
