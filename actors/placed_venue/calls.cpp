// Job: what the venue's port asks for, on its way to the desk and back.
#include <utility>

#include "actors/placed_venue/actor.hpp"

namespace pitwall {
namespace {

order_report without_word(const std::string& id, order_state state, std::string code,
                          std::string reason, timestamp at) {
  order_report r;
  r.client_order_id = id;
  r.state = state;
  r.code = std::move(code);
  r.reason = std::move(reason);
  r.at = at;
  return r;
}

bool is_open(order_state s) noexcept {
  return s == order_state::accepted || s == order_state::partially_filled;
}

}  // namespace

error placed_venue::nobody() const {
  const auto why = options_.handed->trouble();
  return {errc::unavailable, why.empty() ? "its worker is being opened" : why, options_.venue,
          "`pitwall hosts` lists the workers"};
}

std::optional<error> placed_venue::no_room() const {
  if (bounded_ < max_calls) return std::nullopt;
  return error{errc::resource_exhausted,
               std::to_string(bounded_) + " calls are under way at worker '" + at_.worker +
                   "', which is the most at once",
               options_.venue, "ask less, or again later"};
}

template <class Message>
void placed_venue::send_call(Message m, std::uint64_t token, call waits) {
  m.place = at_.number;
  m.token = token;
  bounded_ += waits.bounded ? 1 : 0;
  calls_.emplace(token, std::move(waits));
  send(there_, std::move(m));
}

std::optional<placed_venue::call> placed_venue::end_call(std::uint64_t token) {
  auto left = calls_.extract(token);
  if (left.empty()) return std::nullopt;
  bounded_ -= left.mapped().bounded ? 1 : 0;
  return std::move(left.mapped());
}

void placed_venue::relay(relay_order& m) {
  const auto& id = m.client_order_id;
  if (!ready_)
    return m.answer->pay(without_word(id, order_state::rejected, "not_sent",
                                      nobody().message + "; nothing was sent",
                                      options_.clock->now()));
  if (const auto full = no_room())
    return m.answer->pay(without_word(id, order_state::rejected, "not_sent",
                                      full->message + "; nothing was sent", options_.clock->now()));
  handed_[id] = at_.number;
  desk_order out;
  out.client_order_id = id;
  out.order = m.order;
  out.permit = std::move(m.permit);
  send_call(std::move(out), options_.handed->next_token(),
            {[this, id, order = m.order, answer = m.answer](desk_answer& a) {
               follow(a.report, &order);
               answer->pay(std::move(a.report));
             },
             [this, id, answer = m.answer](const error& why) {
               answer->pay(without_word(id, order_state::in_doubt, "no_answer",
                                        why.message + " with the order: query it",
                                        options_.clock->now()));
             },
             true});
}

bool placed_venue::proven(const std::string& id, std::uint64_t place, boot_time asked) const {
  const auto at = handed_.find(id);
  return (at != handed_.end() && at->second == place) || asked >= fence_;
}

void placed_venue::relay(relay_question& m) {
  if (!ready_) {  // A worker may be on its way: who is refused asks again much later.
    parked_.emplace_back(options_.boot->now() + question_wait, std::move(m));
    return arm();
  }
  const auto& id = m.client_order_id;
  desk_question out;
  out.client_order_id = id;
  out.order = m.order;
  send_call(std::move(out), options_.handed->next_token(),
            {[this, id, order = m.order, place = at_.number, asked = options_.boot->now(),
              answer = m.answer](desk_answer& a) {
               if (!a.failure.failed()) {
                 add_reason(a.report);
                 follow(a.report, &order);
                 return answer->pay(std::move(a.report));
               }
               auto why = a.failure.to_error();
               if (why.code == errc::not_found && !proven(id, place, asked))
                 why = error{errc::unavailable,
                             "the venue does not know the order, but the worker that had it may "
                             "send it until its lease is over",
                             id, "ask again after that"};
               if (why.code == errc::not_found) handed_.erase(id);
               answer->pay(std::move(why));
             },
             [answer = m.answer](const error& why) { answer->pay(why); }});
}

void placed_venue::relay(relay_cancel& m) {
  if (!there_) return m.answer->pay(nobody());
  desk_cancel out;
  out.request = std::move(m.request);
  out.ids = std::move(m.ids);
  send_call(std::move(out), options_.handed->next_token(),
            {[answer = m.answer](desk_answer& a) {
               if (a.failure.failed()) return answer->pay(a.failure.to_error());
               answer->pay(cancel_report{std::move(a.ids)});
             },
             [answer = m.answer](const error& why) {
               auto unknown = why;
               unknown.code = errc::deadline_exceeded;  // They may be cancelled.
               answer->pay(std::move(unknown));
             }});
}

void placed_venue::relay(relay_list& m) {
  if (!ready_) {
    lists_.push_back(std::move(m));
    return;
  }
  send_call(desk_list{}, options_.handed->next_token(),
            {[answer = m.answer](desk_answer& a) {
               if (a.failure.failed()) return answer->pay(a.failure.to_error());
               answer->pay(std::move(a.ids));
             },
             [answer = m.answer](const error& why) { answer->pay(why); }});
}

void placed_venue::relay(relay_fetch& m) {
  if (!there_) return m.answer->pay(nobody());
  if (auto full = no_room()) return m.answer->pay(std::move(*full));
  desk_fetch out;
  out.request = m.request;
  send_call(std::move(out), m.token,
            {[this, symbol = m.request.symbol, answer = m.answer](desk_answer& a) {
               if (a.failure.failed()) return answer->pay(a.failure.to_error());
               options_.handed->learn_step(symbol, a.quantity_step);
               answer->pay(std::move(a.market));
             },
             [answer = m.answer](const error& why) { answer->pay(why); }, true});
}

void placed_venue::ask_parked() {
  for (auto& [until, m] : std::exchange(parked_, {})) relay(m);
  for (auto& m : std::exchange(lists_, {})) relay(m);
}

void placed_venue::end_parked() {
  const auto now = options_.boot->now();
  while (!parked_.empty() && parked_.front().first <= now) {
    parked_.front().second.answer->pay(nobody());
    parked_.pop_front();
  }
  if (!parked_.empty()) arm();
}

void placed_venue::forget(std::uint64_t token) {
  const auto left = end_call(token);
  if (!left) return;
  if (there_) send(there_, desk_forget{token});
  left->lost({errc::cancelled, "nobody waits for it any more", options_.venue, {}});
}

void placed_venue::answered(desk_answer& m) {
  if (!from_there() || m.place != at_.number) return;
  if (const auto left = end_call(m.token)) left->answered(m);
}

// ---- what is open

void placed_venue::follow(const order_report& r, const order_request* order) {
  const auto& id = r.client_order_id;
  if (r.state == order_state::in_doubt) return;
  handed_.erase(id);
  if (!is_open(r.state))
    open_.erase(id);
  else if (order != nullptr)
    open_[id] = *order;
}

void placed_venue::add_reason(order_report& r) {
  if (r.state == order_state::in_doubt || is_open(r.state)) return;
  const auto why = why_.extract(r.client_order_id);
  if (!why.empty() && r.state == order_state::canceled) r.reason = why.mapped();
}

void placed_venue::told(order_report r) {
  add_reason(r);
  follow(r, nullptr);
  const auto settled = r.state == order_state::in_doubt ? std::string() : r.client_order_id;
  options_.handed->tell(r);
  if (!settled.empty()) options_.handed->settle(settled);
}

void placed_venue::ask_open() {
  while (ready_ && asking_ < max_questions && !to_ask_.empty()) {
    const auto id = std::move(to_ask_.front());
    to_ask_.pop_front();
    const auto at = open_.find(id);
    if (at == open_.end()) continue;
    ++asking_;
    desk_question out;
    out.client_order_id = id;
    out.order = at->second;
    send_call(std::move(out), options_.handed->next_token(),
              {[this, id, place = at_.number, asked = options_.boot->now()](desk_answer& a) {
                 --asking_;
                 const bool unknown = static_cast<errc>(a.failure.code) == errc::not_found;
                 if (a.failure.failed() && unknown && proven(id, place, asked)) {
                   // Its router asks in its turn, and has the last word.
                   open_.erase(id);
                   options_.handed->tell(without_word(id, order_state::in_doubt, "unknown_there",
                                                      "the venue does not know it any more",
                                                      options_.clock->now()));
                   return ask_open();
                 }
                 if (a.failure.failed()) {
                   to_ask_.push_back(id);
                   return arm();
                 }
                 told(std::move(a.report));
                 ask_open();
               },
               [](const error&) {}});
  }
}

}  // namespace pitwall
