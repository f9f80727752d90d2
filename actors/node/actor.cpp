#include "actors/node/actor.hpp"

#include <exception>
#include <utility>

namespace pitwall {

node::node(caf::actor_config& cfg, node_setup setup) : resident(cfg), setup_(std::move(setup)) {
  for (const auto& b : setup_.workflow->definition->blocks)
    if (b.id == me().identity->id) breaker_name_ = b.circuit_breaker;
}

node::behavior_type node::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) { went_down(message); });
  return {
      [this](run_attempt& message) { begin(message); },
      [this](execute_order& message) {
        auto* p = find(message.token);
        if (p == nullptr) return;
        const auto* v = setup_.shared->venues.find(message.order.venue);
        send(v->router, submit_order{p->attempt.scope, shared_node{me().identity},
                                     std::move(message.client_order_id), std::move(message.order),
                                     std::move(message.permit), message.token});
      },
      [this](const execute_cancel& message) {
        auto* p = find(message.token);
        if (p == nullptr) return;
        const auto* v = setup_.shared->venues.find(message.request.venue);
        send(v->router, cancel_open{message.request, p->attempt.scope.ref->bot_id, message.token});
      },
      [this](const confirm_notification& message) { tell(message.token); },
      [this](const abandon_attempt& message) { abandon(message); },
      [this](const call_granted& message) { call(message.token); },
      [this](const call_refused& message) { on_refused(message); },
      [this](market_answer& message) { on_market(message); },
      [this](web_answer& message) { on_web(message); },
      [this](const figures_answer& message) {
        settle(message.token, message.failure, message.current);
      },
      [this](settle_attempt& message) { settle_order(message); },
      [this](reclaim_order& message) { return reclaim(message); },
      [this](const order_answer& message) { on_order(message); },
      [this](const order_unknown& message) { on_order_unknown(message); },
      [this](const cancel_answer& message) {
        settle(message.token, message.failure, message.report);
      },
      [this](attempt_completed& message) { heard(message); },
      [this](attempt_failed& message) { heard(message); },
      [this](attempt_wants_order& message) { heard(message); },
      [this](attempt_wants_cancel& message) { heard(message); },
      [this](attempt_wants_notification& message) { heard(message); },
      [this](trigger_changed& message) { heard(message); },
  };
}

void node::went_down(const caf::down_msg& message) {
  std::erase_if(breakers_, [&](const auto& b) { return b.second.address() == message.source; });
}

void node::abandon(const abandon_attempt& message) {
  const auto client = current_sender();
  const auto how = message.timed_out ? call_outcome::timeout : call_outcome::ignored;
  for (auto at = pending_.begin(); at != pending_.end();) {
    auto& [t, p] = *at;
    const bool meant = p.client == client && p.attempt.attempt == message.attempt;
    if (meant) {
      end_of_call(p, t, how);
      abandoned(t, message.timed_out);
    }
    at = meant ? pending_.erase(at) : std::next(at);
  }
}

void node::on_exit() {
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  for (auto& [t, p] : pending_) end_of_call(p, t, call_outcome::ignored);
  pending_.clear();
  breakers_.clear();
  setup_ = {};
}

evaluation node::view(const run_attempt& a) const {
  return {setup_.shared->clock->now(), a.inputs, setup_.restored.state, a.trigger};
}

template <class T, class Call>
result<T> node::guarded(Call call) const {
  try {
    return call();
  } catch (const std::exception& e) {
    return {errc::internal, std::string("the block threw: ") + e.what(), me().identity->id,
            "this is a defect of block type '" + me().identity->type + "'"};
  } catch (...) {
    return {errc::internal, "the block threw", me().identity->id,
            "this is a defect of block type '" + me().identity->type + "'"};
  }
}

void node::begin(run_attempt& a) { evaluate({current_sender(), std::move(a), {}}); }

void node::evaluate(pending p) {
  const auto in = view(p.attempt);
  if (in.now > p.attempt.deadline) {
    fail(p, {errc::deadline_exceeded, "the attempt came after its deadline", {}, {}});
    return;
  }
  auto outcome = guarded<step>([&] { return setup_.behaviour->evaluate(in); });
  if (!outcome.ok()) {
    fail(p, outcome.error());
    return;
  }
  if (auto* direct = std::get_if<completion>(&*outcome)) {
    complete(p, std::move(*direct));
    return;
  }
  const auto t = next_token_++;
  auto& kept = pending_.emplace(t, std::move(p)).first->second;
  perform(t, kept, std::move(*outcome));
}

void node::perform(token t, pending& p, step next) {
  if (auto* market = std::get_if<market_request>(&next)) {
    p.asked = *market;
    ask_market(t, *market);
  } else if (auto* page = std::get_if<web_request>(&next)) {
    p.asked = *page;
    ask_web(t, *page);
  } else if (auto* wanted = std::get_if<figures_request>(&next)) {
    p.asked = *wanted;
    send(setup_.shared->risk,
         ask_figures{p.attempt.scope.ref->bot_id, wanted->venue, wanted->symbol, t});
  } else if (auto* order = std::get_if<order_request>(&next)) {
    propose_order(t, p, std::move(*order));
  } else if (auto* cancel = std::get_if<cancel_request>(&next)) {
    const auto* v = setup_.shared->venues.find(cancel->venue);
    if (v == nullptr && !setup_.for_another_host) {
      fail(p, {errc::not_found, "no venue '" + cancel->venue + "' is configured", {}, {}});
      pending_.erase(t);
      return;
    }
    p.asked = *cancel;
    send(caf::actor_cast<attempt_listener>(p.client),
         attempt_wants_cancel{setup_.index, p.attempt.attempt, t, std::move(*cancel)});
  } else if (auto* note = std::get_if<notification>(&next)) {
    p.asked = *note;
    send(caf::actor_cast<attempt_listener>(p.client),
         attempt_wants_notification{setup_.index, p.attempt.attempt, t, std::move(*note)});
  }
}

void node::propose_order(token t, pending& p, order_request order) {
  if (setup_.for_another_host) {
    // Which venue that is, and its step, is the other host's to say.
    p.asked = order;
    send(caf::actor_cast<attempt_listener>(p.client),
         attempt_wants_order{setup_.index, p.attempt.attempt, t, std::move(order)});
    return;
  }
  const auto* v = setup_.shared->venues.find(order.venue);
  if (v == nullptr) {
    fail(p, {errc::not_found, "no venue '" + order.venue + "' is configured", {}, {}});
    pending_.erase(t);
    return;
  }
  order.venue = v->port->name();
  const auto step = v->port->quantity_step(order.symbol);
  const auto amount = order.amount.round_down(step);
  if (amount.is_zero() || amount.is_negative()) {
    fail(p, {errc::invalid_argument,
             "an amount of " + order.amount.to_string() + " is less than the venue's step of " +
                 step.to_string(),
             {},
             "order at least one step"});
    pending_.erase(t);
    return;
  }
  order.amount = amount;
  p.asked = order;
  send(caf::actor_cast<attempt_listener>(p.client),
       attempt_wants_order{setup_.index, p.attempt.attempt, t, std::move(order)});
}

void node::settle_order(settle_attempt& message) {
  const auto t = next_token_++;
  auto& p = pending_[t];
  p.client = current_sender();
  p.attempt = std::move(message.attempt);
  p.asked = message.order;
  const auto* v = setup_.shared->venues.find(message.order.venue);
  if (v == nullptr) return;  // Nobody can say: the deadline will call it in doubt.
  send(v->router, claim_order{p.attempt.scope, shared_node{me().identity},
                              std::move(message.client_order_id), std::move(message.order), t});
}

bool node::reclaim(reclaim_order& message) {
  const auto client = current_sender();
  for (auto& [t, p] : pending_) {
    if (p.client != client || p.attempt.attempt != message.attempt ||
        !std::holds_alternative<order_request>(p.asked))
      continue;
    const auto* v = setup_.shared->venues.find(message.order.venue);
    if (v == nullptr) return false;
    send(v->router, claim_order{p.attempt.scope, shared_node{me().identity},
                                std::move(message.client_order_id), std::move(message.order), t});
    return true;
  }
  return false;
}

void node::settle(token t, const wire_error& failure, const answer& a) {
  const auto it = pending_.find(t);
  if (it == pending_.end()) return;
  if (!failure.failed()) {
    finish(t, a);
    return;
  }
  fail(it->second, failure.to_error());
  pending_.erase(it);
}

void node::finish(token t, const answer& a) {
  auto it = pending_.find(t);
  if (it == pending_.end()) return;
  auto p = std::move(it->second);
  pending_.erase(it);
  auto outcome = guarded<completion>([&] { return setup_.behaviour->resume(view(p.attempt), a); });
  if (outcome.ok())
    complete(p, std::move(*outcome));
  else
    fail(p, outcome.error());
}

void node::complete(const pending& p, completion done) {
  if (done.outputs.size() != me().outputs->size()) {
    fail(p, {errc::internal,
             "the block gave " + std::to_string(done.outputs.size()) + " outputs instead of " +
                 std::to_string(me().outputs->size()),
             {},
             "this is a defect of block type '" + me().identity->type + "'"});
    return;
  }
  std::size_t bytes = done.new_state ? weight(*done.new_state, limits::max_output_bytes) : 0;
  for (const auto& v : done.outputs) bytes += weight(v, limits::max_output_bytes);
  if (bytes > limits::max_output_bytes) {
    fail(p, {errc::resource_exhausted,
             "the outputs take more than " + std::to_string(limits::max_output_bytes) + " bytes",
             {},
             "give on only what is needed of it"});
    return;
  }
  attempt_completed answer{setup_.index, p.attempt.attempt, std::move(done.outputs),
                           done.observed_at.has_value(),
                           done.observed_at.value_or(timestamp::max())};
  if (done.new_state) {
    auto& mine = setup_.restored;
    mine.state = std::move(*done.new_state);
    ++mine.version;
    if (setup_.for_another_host)
      return send(caf::actor_cast<remote_evaluation_client>(p.client),
                  trigger_changed{std::move(answer), mine.version, mine.state});
    auto outputs = std::make_shared<const port_values>(port_values{me().outputs, answer.outputs});
    event_batch batch{p.attempt.scope.ref, {}};
    batch.events.push_back(
        {setup_.shared->clock->now(),
         node_state_changed{me().identity, mine.version, mine.state, std::move(outputs)}});
    send(setup_.shared->writer, append{std::move(batch), 0, false});
  }
  send(caf::actor_cast<attempt_listener>(p.client), std::move(answer));
}

void node::fail(const pending& p, const error& why) {
  auto text = why.to_string();
  if (text.size() > limits::max_error_bytes) {
    auto end = limits::max_error_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);  // No character is cut in two.
    text += " ...";
  }
  send(caf::actor_cast<attempt_listener>(p.client),
       attempt_failed{setup_.index, p.attempt.attempt, std::move(text),
                      std::string(to_string(why.code)), why.status,
                      std::int64_t{why.retry_after_ms} * 1'000});
}

void node::on_order(const order_answer& message) {
  auto* p = find(message.token);
  if (p == nullptr) return;
  order_outcome out{setup_.index, message.report, {}};
  if (message.report.state != order_state::rejected) {
    auto view_now = view(p->attempt);
    auto done = guarded<completion>(
        [&] { return setup_.behaviour->resume(view_now, answer(message.report)); });
    // The order exists whatever the block makes of it: nulls, and the report itself is journaled.
    out.outputs = done.ok() ? std::move(done->outputs) : std::vector<value>(me().outputs->size());
  }
  send(caf::actor_cast<attempt_listener>(p->client), std::move(out));
  const auto* order = std::get_if<order_request>(&p->asked);
  const bool rests =
      order != nullptr && (order->kind == order_kind::limit || order->kind == order_kind::gtc);
  const auto s = message.report.state;
  if (rests || (s != order_state::accepted && s != order_state::partially_filled))
    pending_.erase(message.token);
}

void node::on_order_unknown(const order_unknown& message) {
  const auto* p = find(message.token);
  const auto* order = p != nullptr ? std::get_if<order_request>(&p->asked) : nullptr;
  if (order == nullptr) return;
  send(caf::actor_cast<attempt_listener>(p->client),
       attempt_order_missing{setup_.index, message.token, *order});
}

node::pending* node::find(token t) {
  auto it = pending_.find(t);
  return it == pending_.end() ? nullptr : &it->second;
}

}  // namespace pitwall
