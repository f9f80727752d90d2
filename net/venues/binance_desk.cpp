#include "net/venues/binance_desk.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

binance_desk::binance_desk(std::shared_ptr<binance_link> link,
                           std::shared_ptr<const order_gate> gate,
                           std::shared_ptr<const wall_clock> clock)
    : link_(std::move(link)), gate_(std::move(gate)), clock_(std::move(clock)) {}

order_report binance_desk::refusal(const std::string& id, std::string code,
                                   std::string reason) const {
  order_report out;
  out.client_order_id = id;
  out.state = order_state::rejected;
  out.code = std::move(code);
  out.reason = std::move(reason);
  out.at = clock_->now();
  return out;
}

order_report binance_desk::doubt(const std::string& id, std::string code,
                                 std::string reason) const {
  order_report out = refusal(id, std::move(code), std::move(reason));
  out.state = order_state::in_doubt;
  return out;
}

void binance_desk::submit(const std::string& id, const order_request& order,
                          const order_permit& permit, answered then) {
  if (!binance::is_order_id(id)) {
    then(refusal(id, "invalid_order_id",
                 "a client order id has 1 to 36 characters of A-Z a-z 0-9 . : / _ -"));
    return;
  }
  const auto symbol = binance::wire_symbol(order.symbol);
  if (!symbol.ok()) {
    then(refusal(id, "unknown_symbol", symbol.error().message));
    return;
  }
  if (order.amount <= decimal{}) {
    then(refusal(id, "invalid_amount", "the amount is not above zero"));
    return;
  }
  if (order.kind != order_kind::market && order.price <= decimal{}) {
    then(refusal(id, "invalid_price", "a limit price is above zero"));
    return;
  }
  const bool may_rest = order.kind == order_kind::limit || order.kind == order_kind::gtc;
  if (const auto known = watched_.size() + sent_.size(); may_rest && !sent_.contains(id) &&
                                                         !watched_.contains(id) &&
                                                         known >= link_->options().max_watched) {
    then(refusal(id, "not_sent",
                 std::to_string(known) +
                     " orders are open there, in doubt or on their way: no more "
                     "are watched for their fills; nothing was sent"));
    return;
  }
  if (!sent_.try_emplace(id).second) {
    then(doubt(id, "duplicate_order", "an order of this id is under way already: query it"));
    return;
  }
  const auto until = steady::now() + link_->options().timeout;
  link_->with_time([self = shared_from_this(), id, symbol = *symbol, order, permit, until,
                    then = std::move(then)](const status& known) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady::now());
    if (known.ok() && left.count() > 0) {
      self->place(id, symbol, order, permit, left, then);
      return;
    }
    self->settle(id);
    then(self->refusal(id, "not_sent",
                       known.ok() ? "the venue's clock took too long to read; nothing was sent"
                                  : known.error().message + "; nothing was sent"));
  });
}

void binance_desk::place(const std::string& id, const std::string& symbol,
                         const order_request& order, const order_permit& permit,
                         milliseconds patience, answered then) {
  auto target = [self = shared_from_this(), id, permit,
                 parameters = binance::order_parameters(id, symbol, order)] {
    return self->leave(id, parameters, permit);
  };
  await_word(id);
  link_->send(
      {"POST", std::move(target), patience, rest_rank::normal},
      [self = shared_from_this(), id, symbol, then = std::move(then)](const binance_reply& reply) {
        if (reply.refused_with(binance::clock_refused)) {
          self->link_->read_time([](const result<std::int64_t>&) {});
        }
        const order_report report = self->interpret(id, reply);
        const auto sent_as = self->sent_.find(id);
        const bool known = report.state != order_state::in_doubt ||
                           (sent_as != self->sent_.end() && sent_as->second.over);
        if (binance::is_open(report.state)) self->watch(symbol, report);
        if (!known) self->enter_doubt(id);
        // A halt that closes the gate from here on lists the order until its answer was
        // handed on, and one in doubt until it is settled.
        then(report);
        if (known) self->settle(id);
        self->end_await(id);
      },
      request_use::order);
}

// Right before the bytes leave. The halt closes the gate before it asks for unanswered(): an order
// that still passes here is in that list.
std::optional<std::string> binance_desk::leave(const std::string& id, const std::string& parameters,
                                               const order_permit& permit) {
  sent& s = sent_[id];
  const std::lock_guard lock(mutex_);
  s.withheld = gate_ ? gate_->refusal_of(permit) : permit_refusal{"halted", "there is no gate"};
  if (s.withheld) return std::nullopt;
  const auto timestamp_ms = link_->venue_now();
  const auto window = window_left();
  if (window.count() <= 0) {
    s.withheld = permit_refusal{"not_sent", "the lease to send orders is over; nothing was sent"};
    return std::nullopt;
  }
  unanswered_.insert(id);
  s.at = phase::written;
  s.timestamp_ms = timestamp_ms;
  return "/api/v3/order?" +
         binance::stamped(parameters, timestamp_ms, window, link_->options().key);
}

// On a worker: what is held up from here on, the venue takes no later than the lease lets orders
// leave. Read after the timestamp, whose reckoning may be ahead by what clocks drift.
milliseconds binance_desk::window_left() const {
  const auto configured = link_->options().recv_window;
  const auto left = gate_->time_left();
  if (!left) return configured;
  constexpr int drift = 1'000;  // One part in so many.
  const auto sure = *left - *left / drift - link_->reading_age() / drift;
  return std::min(configured, std::chrono::floor<milliseconds>(sure));
}

order_report binance_desk::interpret(const std::string& id, const binance_reply& reply) const {
  switch (reply.raw.fate) {
    case rest_fate::withheld: {
      const auto at = sent_.find(id);
      if (at == sent_.end() || !at->second.withheld)
        return refusal(id, "halted", "it was not let out; nothing was sent");
      return refusal(id, at->second.withheld->code, at->second.withheld->reason);
    }
    case rest_fate::not_sent:
      return refusal(id, "not_sent", reply.raw.reason + "; nothing was sent");
    case rest_fate::lost:
      return doubt(id, "no_answer", reply.raw.reason + ": query it");
    case rest_fate::answered:
      break;
  }
  if (reply.ok()) {
    auto word = binance::parse_order(reply.raw.body);
    if (!word.ok()) return doubt(id, "unreadable_answer", word.error().to_string());
    if (word->client_order_id != id) {
      return doubt(id, "unreadable_answer", "the venue answered about another order: query it");
    }
    auto report = binance::report_of(*word, word->fills, clock_->now());
    return report.ok() ? *report : doubt(id, "unreadable_answer", report.error().to_string());
  }
  if (reply.rate_limited()) return refusal(id, "rate_limited", reply.explain());
  const bool refused = reply.raw.status / 100 == 4 && reply.refused;
  if (refused && !reply.refused->leaves_doubt()) {
    return refusal(id, reply.refused->word(), reply.explain());
  }
  if (refused) return doubt(id, reply.refused->word(), reply.explain() + ": query it");
  return doubt(id, reply.raw.status / 100 == 5 ? "server_error" : "unreadable_answer",
               reply.explain() + ": query it");
}

void binance_desk::enter_doubt(const std::string& id) {
  sent& s = sent_[id];
  s.at = phase::doubt;
  s.doubt = ++last_doubt_;
  doubts_.emplace(s.doubt, id);
  if (doubts_.size() <= std::max<std::size_t>(link_->options().max_doubts, 1)) return;
  const std::string oldest = doubts_.begin()->second;
  forgotten_until_ms_ = std::max(forgotten_until_ms_, sent_[oldest].timestamp_ms);
  settle(oldest);
}

void binance_desk::settle(const std::string& id) {
  const auto it = sent_.find(id);
  if (it != sent_.end()) {
    doubts_.erase(it->second.doubt);
    sent_.erase(it);
  }
  const std::lock_guard lock(mutex_);
  unanswered_.erase(id);
}

void binance_desk::settle_doubt(const std::string& id, bool over) {
  const auto it = sent_.find(id);
  if (it == sent_.end() || it->second.at == phase::doubt) return settle(id);
  it->second.over = it->second.over || (over && it->second.at == phase::written);
}

void binance_desk::settled_elsewhere(const std::string& id) {
  const auto it = sent_.find(id);
  if (it != sent_.end() && it->second.at == phase::doubt)
    forgotten_until_ms_ = std::max(forgotten_until_ms_, it->second.timestamp_ms);
  settle_doubt(id, true);
}

void binance_desk::expect(const std::string& id) {
  const std::lock_guard lock(mutex_);
  unanswered_.insert(id);
}

std::vector<std::string> binance_desk::unanswered() const {
  const std::lock_guard lock(mutex_);
  return {unanswered_.begin(), unanswered_.end()};
}

void binance_desk::on_report(answered told) {
  const std::lock_guard lock(mutex_);
  listener_ = told ? std::make_shared<const answered>(std::move(told)) : nullptr;
}

}  // namespace pitwall
