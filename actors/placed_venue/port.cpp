#include "actors/placed_venue/port.hpp"

namespace pitwall {
namespace {

template <class T>
owed_ref<T> owe(std::function<void(T)> then, T otherwise) {
  return std::make_shared<owed<T>>(std::move(then), std::move(otherwise));
}

order_report unsent(const std::string& id, std::string code, std::string reason, timestamp at) {
  order_report r;
  r.client_order_id = id;
  r.state = order_state::rejected;
  r.code = std::move(code);
  r.reason = std::move(reason);
  r.at = at;
  return r;
}

}  // namespace

error placed_venue_port::gone() const {
  return {errc::unavailable, "what speaks with the venue's worker has ended", name_, {}};
}

cancel_call placed_venue_port::fetch_market(const market_request& request,
                                            completion<market_data> then) {
  const auto token = handed_->next_token();
  caf::anon_send(to_,
                 relay_fetch{token, request, owe<result<market_data>>(std::move(then), gone())});
  return [to = to_, token] { caf::anon_send(to, forget_fetch{token}); };
}

void placed_venue_port::submit(const std::string& id, const order_request& order,
                               const order_permit& permit, std::function<void(order_report)> then) {
  if (!handed_->hand_over(id, permit)) {
    then(unsent(id, "halted", "the emergency state does not let this order leave; nothing was sent",
                clock_->now()));
    return;
  }
  auto otherwise = unsent(id, "no_answer", gone().message + ": query it", clock_->now());
  otherwise.state = order_state::in_doubt;
  // A halt lists the order until its answer was handed on, and one in doubt until it is settled.
  auto answered = [handed = handed_, then = std::move(then)](order_report r) {
    const auto settled = r.state == order_state::in_doubt ? std::string() : r.client_order_id;
    then(std::move(r));
    if (!settled.empty()) handed->settle(settled);
  };
  caf::anon_send(to_, relay_order{id, order, permit,
                                  owe<order_report>(std::move(answered), std::move(otherwise))});
}

void placed_venue_port::query(const std::string& id, const order_request& order,
                              completion<order_report> then) {
  auto answered = [handed = handed_, id, then = std::move(then)](result<order_report> r) {
    const bool settled =
        r.ok() ? r->state != order_state::in_doubt : r.error().code == errc::not_found;
    then(std::move(r));
    if (settled) handed->settle(id);
  };
  caf::anon_send(to_,
                 relay_question{id, order, owe<result<order_report>>(std::move(answered), gone())});
}

void placed_venue_port::cancel(const cancel_request& request, const std::vector<std::string>& ids,
                               completion<cancel_report> then) {
  caf::anon_send(to_,
                 relay_cancel{request, ids, owe<result<cancel_report>>(std::move(then), gone())});
}

void placed_venue_port::open_orders(completion<std::vector<std::string>> then) {
  caf::anon_send(to_, relay_list{owe<result<std::vector<std::string>>>(std::move(then), gone())});
}

void placed_venue_port::settled_elsewhere(const std::string& id) {
  handed_->settle(id);
  caf::anon_send(to_, relay_settled{id});
}

}  // namespace pitwall
