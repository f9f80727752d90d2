#include "actors/order_router/actor.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/rejection_code.hpp"

namespace pitwall {
namespace {

/// True too where the answer does not tell.
bool has_left(const order_report& r) noexcept {
  return r.state != order_state::rejected || had_left(r.code).value_or(true);
}

/// What an order's first answer says about the venue: nothing, where it was kept on this side.
call_outcome outcome_of(const order_report& r) {
  if (r.state == order_state::in_doubt) return call_outcome::timeout;
  if (r.state != order_state::rejected) return call_outcome::success;
  if (r.code == "not_sent" || r.code == "rate_limited") return call_outcome::failure;
  return has_left(r) ? call_outcome::success : call_outcome::ignored;
}

bool rests(const order_request& o) noexcept {
  return o.kind == order_kind::limit || o.kind == order_kind::gtc;
}

/// Of a cancel that may have come before the order itself: it found nothing, and the order may
/// rest yet.
error may_rest_yet(const std::vector<std::string>& ids, const std::string& venue) {
  constexpr std::size_t most = 3;
  std::string named;
  for (std::size_t i = 0; i < std::min(ids.size(), most); ++i)
    named += (i == 0 ? "" : ", ") + ids[i];
  if (ids.size() > most) named += ", ...";
  return {errc::unavailable,
          "orders that are on their way or in doubt may rest yet: " + std::to_string(ids.size()) +
              " (" + named + ")",
          venue, "cancel again once `pitwall orders list` shows what became of them"};
}

bool is_over(order_state s) noexcept {
  return s == order_state::filled || s == order_state::canceled || s == order_state::rejected;
}

}  // namespace

order_router::order_router(caf::actor_config& cfg, order_router_options options)
    : resident(cfg, "order_router"),
      options_(std::move(options)),
      open_(!options_.starts_closed),
      last_error_(options_.closed_because) {
  if (options_.starts_closed && options_.to->lists_open_orders()) listing_ = listing::wanted;
}

order_router::behavior_type order_router::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) {
    if (guard_ && guard_.address() == message.source) breaker_died();
  });
  show_condition();
  return {[this](submit_order& message) { submit(message); },
          [this](const cancel_open& message) { cancel(message); },
          [this](venue_report& message) { report(as_read(std::move(message.report))); },
          [this](adopt_order& message) { adopt(message); },
          [this](claim_order& message) { claim(message); },
          [this](const settlement& message) { settled(message); },
          [this](ask_again) {
            backing_off_ = false;
            ask_next();
          },
          [this](const open_when_settled& m) -> caf::result<bool> {
            auto promise = make_response_promise<bool>();
            opening_.push_back(promise);
            all_adopted_ = all_adopted_ || m.term == options_.term;
            count_settled();
            return promise;
          },
          [](pass_fence) { return true; },
          [this](const call_granted& m) { granted(m); },
          [this](const call_refused& m) { refused(m); },
          [this](ask_doubts) { return doubts(); },
          [this](word_on_order& m) { return take_word(m); },
          [this](const durable& m) { word_durable(m); },
          [this](const orders_listed& m) { listed(m); },
          [this](const try_again& m) {
            if (!m.cancel) return list_at_venue();
            sweep_sent_ = false;
            // By mail of its own: here a promise would answer this very message.
            caf::anon_send(order_router_actor(this), cancel_resting{false});
          },
          [this](const cancel_resting& m) { return sweep(m); },
          [this](const resting_canceled& m) { swept(m); },
          [this](const answer_journaled& m) { answer_is_journaled(m.client_order_id); }};
}

void order_router::on_exit() {
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  // What it asked for dies with it, and says nothing about the venue.
  for (auto& [id, o] : orders_) end_of_call(o, call_outcome::ignored);
  opening_.clear();  // A promise holds its own actor.
  for (auto& who : askers_) who.promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  askers_.clear();
  sweeping_.clear();
  guard_ = nullptr;
  orders_.clear();
  options_ = {};
}

void order_router::submit(submit_order& message) {
  // Sent before: never twice. Nor after it was journaled as not sent.
  if (orders_.contains(message.client_order_id) || is_buried(message.client_order_id) ||
      settled_.contains(message.client_order_id))
    return;
  auto refuse = [&](std::string code, std::string reason) {
    order_report r;
    r.client_order_id = message.client_order_id;
    r.state = order_state::rejected;
    r.code = std::move(code);
    r.reason = std::move(reason);
    r.at = options_.clock->now();
    send(caf::actor_cast<order_client>(current_sender()),
         order_answer{message.token, std::move(r)});
  };
  if (auto held = options_.gate->refusal_of(message.permit)) {
    refuse(std::move(held->code), std::move(held->reason));
    return;
  }
  if (message.permit.client_order_id != message.client_order_id) {
    refuse("not_reserved", "risk has not let this order through; nothing was sent");
    return;
  }
  if (!open_) {
    refuse("venue_closed", "the venue's orders in doubt are not settled yet; nothing was sent");
    return;
  }
  open_order o;
  o.scope = std::move(message.scope.ref);
  o.node = std::move(message.node.ref);
  o.order = message.order;
  o.client = current_sender();
  o.token = message.token;
  o.permit = std::move(message.permit);
  const auto at = orders_.emplace(message.client_order_id, std::move(o)).first;
  if (options_.breakers)
    ask_breaker_for(at);
  else
    leave(at);
}

void order_router::leave(entry at) {
  const auto left = options_.answers ? options_.clock->now() : timestamp{};
  options_.to->submit(at->first, at->second.order, at->second.permit,
                      [self = order_router_actor(this), answers = options_.answers,
                       clock = options_.clock, left](order_report r) {
                        // What never left says nothing of the venue.
                        if (answers && has_left(r)) answers->add(clock->now() - left);
                        caf::anon_send(self, venue_report{std::move(r)});
                      });
}

order_report order_router::as_read(order_report r) {
  const bool fits = std::all_of(r.fills.begin(), r.fills.end(), [](const order_fill& f) {
    return f.price > decimal(0) && f.quantity > decimal(0);
  });
  if (fits) return r;
  r.fills.clear();
  r.state = order_state::in_doubt;
  r.code = "unreadable";
  r.reason = "the venue told of a fill without a price or a quantity";
  return r;
}

void order_router::report(const order_report& r) {
  auto it = orders_.find(r.client_order_id);
  if (it == orders_.end()) return;
  auto& o = it->second;
  if (o.word != 0) return;      // A person's word came first, and is on its way to the disk.
  if (o.asked_breaker) return;  // Nothing was sent: what is told is about nothing of ours.
  if (o.call != 0) end_of_call(o, outcome_of(r));
  if (o.doubt_told) return;  // The question that follows the doubt's journaling tells it all.
  if (o.client) {
    // A market, FOK or IOC order is answered when it is final; its node waits for that.
    const bool answered = is_over(r.state) || r.state == order_state::in_doubt || rests(o.order);
    send(caf::actor_cast<order_client>(o.client), order_answer{o.token, r});
    o.accepted = o.accepted || r.state != order_state::in_doubt;
    if (answered) o.client = nullptr;
    o.doubt_told = r.state == order_state::in_doubt;
    o.answer_under_way = answered && !is_over(r.state) && !o.doubt_told;
  } else if (o.awaited) {
    // Kept for whoever claims it; a question that is under way tells it too.
    if (o.fate != doubt::known) return;
    if (r.fills.size() >= o.found.fills.size())
      o.found = r;
    else if (r.state == order_state::canceled)
      o.found.state = r.state;  // A cancel's answer names no fills.
    return;
  } else if (r.state == order_state::in_doubt) {
    if (o.fate == doubt::none) question(it);
    return;
  } else if (o.answer_under_way) {
    return keep_for_later(o, r);
  } else {
    journal_later(o, r);
  }
  o.fills_known = std::max(o.fills_known, r.fills.size());
  // It came to rest behind the halt's back: it was on its way, or in doubt.
  if (options_.cancels_on_halt && o.accepted && !is_over(r.state) && is_halted(o))
    sweep_later(std::chrono::milliseconds(0));
  if (!is_over(r.state)) return;
  tell_askers(it->first, true, r);  // Its question may be under way, and finds nobody any more.
  orders_.erase(it);
}

/// In the journal it must not come before the first answer, which has the fills before these.
void order_router::keep_for_later(open_order& o, const order_report& r) {
  if (o.later && is_over(o.later->state)) return;
  if (!o.later || r.fills.size() >= o.later->fills.size()) {
    o.later = r;
  } else if (is_over(r.state)) {  // A cancel's answer names no fills.
    o.later->state = r.state;
    o.later->reason = r.reason;
  }
}

void order_router::answer_is_journaled(const std::string& client_order_id) {
  const auto at = orders_.find(client_order_id);
  if (at == orders_.end() || !std::exchange(at->second.answer_under_way, false)) return;
  if (const auto later = std::exchange(at->second.later, std::nullopt)) report(*later);
}

void order_router::journal_later(open_order& o, const order_report& r) {
  event_batch batch{o.scope, {}};
  const auto now = options_.clock->now();
  const auto& id = r.client_order_id;
  if (!o.accepted && r.state != order_state::rejected) {
    batch.events.push_back({now, order_submitted{o.node, id, r.venue_order_id}});
    o.accepted = o.accept_journaled = true;
  }
  for (auto i = o.fills_known; i < r.fills.size(); ++i) {
    const bool last = r.state == order_state::filled && i + 1 == r.fills.size();
    batch.events.push_back({now, order_filled{o.node, id, o.order, r.fills[i], last}});
  }
  o.fills_journaled = std::max(o.fills_journaled, r.fills.size());
  if (r.state == order_state::canceled)
    batch.events.push_back({now, order_canceled{o.node, id, r.reason}});
  if (r.state == order_state::rejected)
    batch.events.push_back({now, order_rejected{o.node, id, r.code, r.reason}});
  if (is_over(r.state)) note_end(id);
  if (!batch.events.empty()) send(options_.writer, append{std::move(batch), 0, false});
}

/// Done is what is known to be done. An order whose first word is still awaited may rest after the
/// cancel that overtook it: unless the venue says that it cancelled it, the answer is a failure.
void order_router::cancel(const cancel_open& message) {
  std::vector<std::string> ids, unsent, unknown;
  for (const auto& [id, o] : orders_) {
    if (o.scope->bot_id != message.bot_id ||
        (!message.request.symbol.empty() && o.order.symbol != message.request.symbol))
      continue;
    (o.asked_breaker ? unsent : ids).push_back(id);
    const bool known = o.accepted || o.asked_breaker || o.word != 0 || o.fate == doubt::known ||
                       o.fate == doubt::never_accepted;
    if (!known && rests(o.order)) unknown.push_back(id);
  }
  for (auto* all : {&ids, &unsent, &unknown}) std::sort(all->begin(), all->end());
  for (const auto& id : unsent) cancel_unsent(orders_.find(id));
  auto client = caf::actor_cast<order_client>(current_sender());
  if (ids.empty()) {
    send(client, cancel_answer{message.token, {std::move(unsent)}, {}});
    return;
  }
  // What became of each order the venue reports, with its fills; this answer has no part in that.
  options_.to->cancel(message.request, ids,
                      [client, token = message.token, unsent, unknown,
                       venue = options_.to->name()](result<cancel_report> outcome) mutable {
                        cancel_answer a{token, {}, {}};
                        if (outcome.ok())
                          a.report = std::move(*outcome);
                        else
                          a.failure = wire_error(outcome.error());
                        auto& all = a.report.canceled;
                        std::erase_if(unknown, [&](const auto& id) {
                          return std::find(all.begin(), all.end(), id) != all.end();
                        });
                        if (outcome.ok() && !unknown.empty())
                          a.failure = wire_error(may_rest_yet(unknown, venue));
                        all.insert(all.end(), unsent.begin(), unsent.end());
                        caf::anon_send(client, std::move(a));
                      });
}

}  // namespace pitwall
