// Job: orders in doubt: asking the venue until it can say, and handing on what it said.
#include <algorithm>
#include <utility>

#include "actors/order_router/actor.hpp"

namespace pitwall {

std::chrono::milliseconds order_router::wait_after(unsigned failures,
                                                   std::chrono::milliseconds longest) {
  constexpr std::chrono::milliseconds first{250};
  return std::min<std::chrono::milliseconds>(longest, first * (1U << std::min(failures, 10U)));
}

void order_router::adopt(adopt_order& message) {
  // The sender has read what was before.
  if (settled_.contains(message.client_order_id) || ended_.contains(message.client_order_id))
    return;
  if (const auto at = orders_.find(message.client_order_id);
      at != orders_.end() && at->second.asked_breaker)
    withdraw(at);
  auto& o = orders_[message.client_order_id];
  const bool asked_already = o.fate == doubt::to_ask || o.fate == doubt::asked;
  o.scope = std::move(message.scope.ref);
  o.node = std::move(message.node.ref);
  o.order = std::move(message.order);
  o.doubt_told = o.answer_under_way = false;
  o.later.reset();  // The venue is asked, and tells it all.
  o.client = nullptr;
  // What this router journaled itself may be newer than what the sender has read; what it told its
  // client may have come after that had given the order up, and is in no journal.
  o.fills_known = std::max<std::size_t>(o.fills_journaled, message.fills);
  o.accepted = o.accept_journaled || message.accepted;
  o.awaited = message.awaited;
  o.given_up = !message.awaited;
  if (!asked_already) question(orders_.find(message.client_order_id));
}

void order_router::claim(claim_order& message) {
  if (const auto said = settled_.find(message.client_order_id); said != settled_.end())
    return send(caf::actor_cast<order_client>(current_sender()),
                order_answer{message.token, said->second});
  if (const auto at = orders_.find(message.client_order_id);
      at != orders_.end() && at->second.asked_breaker)
    withdraw(at);
  const auto [at, is_new] = orders_.try_emplace(message.client_order_id);
  auto& o = at->second;
  // Sent before its execution gave the order up, and overtaken by that: its node waits no more.
  if (o.given_up) return;
  o.doubt_told = o.answer_under_way = false;
  o.later.reset();
  o.client = current_sender();
  o.token = message.token;
  o.awaited = false;
  if (is_new) {
    o.scope = std::move(message.scope.ref);
    o.node = std::move(message.node.ref);
    o.order = std::move(message.order);
    question(at);
  } else if (o.fate == doubt::known || o.fate == doubt::never_accepted) {
    pass_on(at);
  } else if (o.fate == doubt::none) {
    question(at);
  }
}

void order_router::question(entry at) {
  at->second.fate = doubt::to_ask;
  ++unsettled_;
  to_ask_.push_back(at->first);
  ask_next();
  show_condition();
}

void order_router::ask_next() {
  while (!backing_off_ && asking_ < max_questions && !to_ask_.empty()) {
    const auto id = std::move(to_ask_.front());
    to_ask_.pop_front();
    const auto it = orders_.find(id);
    if (it == orders_.end()) {  // A report came first.
      --unsettled_;
      count_settled();
      continue;
    }
    if (it->second.word != 0) continue;
    it->second.fate = doubt::asked;
    ++asking_;
    options_.to->query(id, it->second.order,
                       [self = order_router_actor(this), id](result<order_report> outcome) {
                         settlement s{id, {}, {}};
                         if (outcome.ok())
                           s.report = as_read(std::move(*outcome));
                         else
                           s.failure = wire_error(outcome.error());
                         s.report.client_order_id = id;
                         caf::anon_send(self, std::move(s));
                       });
  }
}

void order_router::settled(const settlement& message) {
  --asking_;
  const auto it = orders_.find(message.client_order_id);
  if (it != orders_.end() && it->second.word != 0) {
    it->second.fate = doubt::to_ask;  // The word came first.
    return ask_next();
  }
  const bool answered = !message.failure.failed() && message.report.state != order_state::in_doubt;
  const bool refuted =
      message.failure.failed() && message.failure.to_error().code == errc::not_found;
  if (it != orders_.end() && !answered && !refuted) {
    last_error_ = message.failure.failed() ? message.failure.message : message.report.reason;
    it->second.fate = doubt::to_ask;
    it->second.found.reason = last_error_;
    to_ask_.push_back(it->first);
    if (!backing_off_) {
      if (failures_ == 0 && options_.log)
        options_.log->write(log_level::warning, "venue",
                            options_.to->name() + " cannot say what became of " +
                                std::to_string(unsettled_) + " orders: " + last_error_);
      backing_off_ = true;
      delayed_send(this, wait_after(failures_++), ask_again{});
    }
    show_condition();
    order_report open;
    open.client_order_id = it->first;
    open.state = order_state::in_doubt;
    open.reason = last_error_;
    return tell_askers(it->first, false, open);
  }
  --unsettled_;
  failures_ = 0;
  last_error_.clear();
  if (it != orders_.end()) {
    it->second.fate = answered ? doubt::known : doubt::never_accepted;
    it->second.found = message.report;
    auto known = message.report;
    if (refuted) {
      known.state = it->second.accepted ? order_state::canceled : order_state::rejected;
      known.reason = it->second.awaited ? "the venue does not know it: its execution goes on so"
                                        : "the venue does not know it";
    }
    if (it->second.client || !it->second.awaited) pass_on(it);
    tell_askers(message.client_order_id, true, known);
  }
  ask_next();
  count_settled();
}

/// To the execution that claimed it, else into the journal.
void order_router::pass_on(entry at) {
  auto& o = at->second;
  const bool exists = o.fate == doubt::known;
  o.fate = doubt::none;
  if (exists) {
    report(std::exchange(o.found, {}));
    return;
  }
  if (o.client) {
    send(caf::actor_cast<order_client>(o.client), order_unknown{o.token});
  } else if (o.accepted) {
    order_report gone;
    gone.client_order_id = at->first;
    gone.state = order_state::canceled;
    gone.reason = "the venue does not know the order any more";
    if (o.answer_under_way) return keep_for_later(o, gone);
    journal_later(o, gone);
  } else {
    order_report never;
    never.client_order_id = at->first;
    never.state = order_state::rejected;
    never.code = "not_sent";
    never.reason = "the order never reached the venue";
    journal_later(o, never);
    bury(at->first);
  }
  orders_.erase(at);
}

void order_router::bury(const std::string& client_order_id) {
  // Messages on their way are microseconds old; so many doubts in that time do not happen.
  constexpr std::size_t most = 256;
  buried_.push_back(client_order_id);
  if (buried_.size() > most) buried_.pop_front();
}

void order_router::note_end(const std::string& client_order_id) {
  // As many as may end while one commit is on its way to a slow disk.
  constexpr std::size_t most = 4'096;
  if (!ended_.insert(client_order_id).second) return;
  ended_ids_.push_back(client_order_id);
  if (ended_ids_.size() <= most) return;
  ended_.erase(ended_ids_.front());
  ended_ids_.pop_front();
}

bool order_router::is_buried(const std::string& client_order_id) const {
  return std::find(buried_.begin(), buried_.end(), client_order_id) != buried_.end();
}

void order_router::count_settled() {
  show_condition();
  if (unsettled_ > 0 || (open_ ? opening_.empty() : !all_adopted_)) return;
  if (!open_ && !reconciled()) return;
  if (!open_) last_error_.clear();
  open_ = true;
  show_condition();
  for (auto& p : opening_) p.deliver(true);
  opening_.clear();
}

void order_router::show_condition() {
  if (options_.board) options_.board->set(options_.to->name(), {open_, unsettled_, last_error_});
}

}  // namespace pitwall
