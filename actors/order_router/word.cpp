// Job: the orders in doubt as people see them, and a person's word on one where the venue cannot
//      tell. Whoever comes first, venue or person, is believed; the other one changes nothing.
#include <algorithm>
#include <utility>

#include "actors/order_router/actor.hpp"

namespace pitwall {
namespace {

/// What a late message may still ask about: as many as of those that were not sent.
constexpr std::size_t most_settled = 256;

error not_now(std::string message, const std::string& id, std::string remedy) {
  return {errc::failed_precondition, std::move(message), id, std::move(remedy)};
}

}  // namespace

order_doubts order_router::doubts() const {
  order_doubts out;
  for (const auto& [id, o] : orders_) {
    const bool asked = o.fate == doubt::to_ask || o.fate == doubt::asked;
    if (!asked || o.client) continue;
    out.all.push_back(
        {id, o.found.reason.empty() ? "the venue is being asked for it" : o.found.reason});
  }
  return out;
}

std::optional<error> order_router::no_doubt_of(const word_on_order& m) const {
  const auto& id = m.client_order_id;
  const auto at = orders_.find(id);
  if (at == orders_.end())
    return not_now("the order is not in doubt: its final word is known", id,
                   "`pitwall events` has what became of it");
  const auto& o = at->second;
  if (o.word != 0)
    return not_now("somebody else settles it just now", id, "`pitwall orders list` shows the end");
  if (o.client || o.asked_breaker)
    return not_now("its execution still waits for the venue's word on it", id,
                   "wait until its time is over, or cancel the execution");
  if (o.fate != doubt::to_ask && o.fate != doubt::asked)
    return not_now("the order is not in doubt: the venue has said how it stands", id,
                   "cancel it if it must not fill");
  // While the venue is closed nobody comes back before the word is durable.
  if (o.awaited && open_)
    return not_now("its execution is on its way back, and asks for it itself", id,
                   "try again in a moment");
  if (o.fills_known != m.fills)
    return not_now("more of it has filled just now", id, "look at `pitwall orders list` again");
  return std::nullopt;
}

caf::result<word_taken> order_router::take_word(word_on_order& m) {
  if (auto why = no_doubt_of(m)) return word_taken{false, {}, wire_error(*why)};
  const auto at = orders_.find(m.client_order_id);
  if (m.word.as.empty()) {
    askers_.push_back({m.client_order_id, 0, {}, make_response_promise<word_taken>()});
    ask_for(at);
    return askers_.back().promise;
  }
  auto& o = at->second;
  pitwall::open_order known;
  known.node = o.node;
  known.client_order_id = m.client_order_id;
  known.order = o.order;
  known.fills = m.fills;
  known.accepted = o.accepted;
  known.filled = m.filled;
  known.paid = m.paid;
  const auto now = options_.clock->now();
  auto settled = settle_by_word(known, m.word, now);
  if (!settled.ok()) return word_taken{false, {}, wire_error(settled.error())};
  event_batch batch{o.scope, {}};
  for (auto& body : settled->events) batch.events.push_back({now, std::move(body)});
  o.word = ++last_ticket_;
  send(options_.writer, append{std::move(batch), o.word, false});
  askers_.push_back({m.client_order_id,
                     o.word,
                     {true, std::move(settled->report), {}},
                     make_response_promise<word_taken>()});
  return askers_.back().promise;
}

/// Now, before all others and whatever the back-off.
void order_router::ask_for(entry at) {
  if (at->second.fate == doubt::to_ask) {
    std::erase(to_ask_, at->first);
    to_ask_.push_front(at->first);
  }
  backing_off_ = false;
  ask_next();
}

void order_router::tell_askers(const std::string& id, bool settled, const order_report& report) {
  std::erase_if(askers_, [&](asker& who) {
    if (who.ticket != 0 || who.client_order_id != id) return false;
    who.answer = {settled, report, {}};
    if (settled) {  // What was just sent to the journal is to be durable first.
      who.ticket = ++last_ticket_;
      send(options_.writer, append{event_batch{}, who.ticket, false});
      return false;
    }
    who.promise.deliver(std::move(who.answer));
    return true;
  });
}

void order_router::word_durable(const durable& m) {
  for (std::size_t i = 0; i < askers_.size();) {
    if (askers_[i].ticket == 0 || askers_[i].ticket > m.ticket) {
      ++i;
      continue;
    }
    auto who = std::move(askers_[i]);
    askers_.erase(askers_.begin() + static_cast<std::ptrdiff_t>(i));
    const auto at = orders_.find(who.client_order_id);
    if (m.failure.failed())
      who.answer = {false, {}, m.failure};  // The host stops; the next start knows.
    else if (at != orders_.end() && at->second.word == who.ticket)
      over_by_word(at, who.answer.report);
    who.promise.deliver(std::move(who.answer));
  }
}

void order_router::over_by_word(entry at, order_report report) {
  const auto id = at->first;
  // The answer to a question that is under way counts this one off itself.
  const bool counted = at->second.fate == doubt::to_ask;
  const auto client = at->second.client;
  const auto token = at->second.token;
  orders_.erase(at);
  settled_ids_.push_back(id);
  if (settled_ids_.size() > most_settled) {
    settled_.erase(settled_ids_.front());
    settled_ids_.pop_front();
  }
  settled_[id] = report;
  options_.to->settled_elsewhere(id);
  if (client) send(caf::actor_cast<order_client>(client), order_answer{token, std::move(report)});
  tell_askers(id, true, settled_[id]);
  if (counted) {
    std::erase(to_ask_, id);
    --unsettled_;
    if (unsettled_ == 0) last_error_.clear();
    count_settled();
  }
}

}  // namespace pitwall
