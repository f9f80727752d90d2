// Job: executions that lost their actors while the host lives, and stuck ones that an operator
//      resumes or cancels.
// Order: what their actors sent is durable and handled by the routers; their orders are claimed at
//      the routers, so that no report is journaled behind the back of the replay; what the routers
//      journaled until then is durable; then they are replayed like after a start.
#include <algorithm>
#include <utility>

#include "actors/recovery/actor.hpp"

namespace pitwall {
namespace {

// An execution that takes its actors down each time would do so for ever.
constexpr unsigned most_interruptions = 3;

}  // namespace

void recovery::take_back(interrupted& message) {
  auto back = std::make_shared<comeback>();
  for (const auto& scope : message.executions)
    if (const auto at = handed_over_.find(scope->execution_id); at != handed_over_.end())
      at->second = true;
  back->executions = std::move(message.executions);
  for (const auto& actor : message.remains) {
    back->remains.insert(actor.address());
    monitor(actor);  // One that is gone already is reported at once.
  }
  if (back->remains.empty())
    barrier(std::move(back));
  else
    coming_.push_back(std::move(back));
}

void recovery::gone(const caf::actor_addr& who) {
  for (const auto& back : coming_) back->remains.erase(who);
  const auto complete = std::stable_partition(
      coming_.begin(), coming_.end(), [](const auto& back) { return !back->remains.empty(); });
  std::vector<comeback_ref> ready(complete, coming_.end());
  coming_.erase(complete, coming_.end());
  for (auto& back : ready) barrier(std::move(back));
}

void recovery::barrier(comeback_ref whose) {
  barriers_[++last_ticket_] = [this, back = std::move(whose)] { on_barrier(back); };
  send(options_.shared->writer, append{event_batch{}, last_ticket_, false});
}

void recovery::on_barrier(const comeback_ref& back) {
  if (back->adopted)
    go_on(back);
  else
    adopt_back(back);
}

void recovery::adopt_back(const comeback_ref& back) {
  back->adopted = true;
  const auto& shared = *options_.shared;
  for (const auto& scope : back->executions) {
    auto known = shared.history->execution(scope->execution_id);
    if (!known.ok()) {
      // Nobody was told of a start that never became durable.
      if (!stop_reopening(scope, known.error()) && known.error().code != errc::not_found)
        call_stuck(scope, known.error());
      continue;
    }
    if (known->open_orders > 0) adopt_orders(*known, true);
    if (!is_final(known->status) || reopening_.contains(scope->execution_id))
      back->known.push_back(std::move(*known));
  }
  if (back->known.empty()) return;
  auto missing = std::make_shared<std::size_t>(shared.venues.all().size());
  const auto passed = [this, back, missing] {
    if (--*missing == 0) barrier(back);
  };
  for (const auto& [name, v] : shared.venues.all())
    request(v.router, caf::infinite, pass_fence{})
        .then([passed](bool) { passed(); }, [passed](caf::error&) { passed(); });
  if (shared.venues.all().empty()) barrier(back);
}

void recovery::go_on(const comeback_ref& back) {
  for (const auto& e : back->known) {
    if (++interruptions_[e.scope->execution_id] > most_interruptions) {
      give_up(e.scope, {errc::unavailable, "its actors die again and again", {}, {}});
      continue;
    }
    wait_in_group({e.scope->workflow_id, e.definition_id}, e.scope);
  }
  resume_some();
}

bool recovery::resume_again(const std::string& execution_id) {
  const auto stuck = stuck_.extract(execution_id);
  if (stuck.empty()) return false;
  interrupted again{{stuck.mapped()}, {}};
  take_back(again);
  return true;
}

caf::result<bool> recovery::cancel(const cancel_stuck& message) {
  scope_ref scope;
  if (const auto stuck = stuck_.extract(message.execution_id); !stuck.empty())
    scope = stuck.mapped();
  for (auto& [key, g] : groups_) {
    const auto at = std::find_if(g.waiting.begin(), g.waiting.end(), [&](const auto& s) {
      return s->execution_id == message.execution_id;
    });
    if (at == g.waiting.end()) continue;
    scope = *at;
    g.waiting.erase(at);
  }
  if (!scope) return false;
  if (reopening_.contains(scope->execution_id)) {
    give_up(scope, {errc::cancelled, "its resumption was cancelled: it stays halted", {}, {}});
    show_done();
    return true;
  }
  const auto known = options_.shared->history->execution(message.execution_id);
  if (!known.ok()) {
    call_stuck(scope, known.error());
    return caf::make_error(caf::sec::runtime_error, known.error().to_string());
  }
  const auto awaited =
      known->open_orders > 0 ? adopt_orders(*known, false) : std::vector<open_order>{};
  auto promise = make_response_promise<bool>();
  barriers_[++last_ticket_] = [promise]() mutable { promise.deliver(true); };
  send(options_.shared->writer,
       append{event_batch{scope, cancel_unrun(awaited, known->started_at,
                                              options_.shared->clock->now(), message.reason)},
              last_ticket_, false});
  interruptions_.erase(message.execution_id);
  show_done();
  return promise;
}

}  // namespace pitwall
