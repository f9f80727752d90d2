// Job: cancels open orders, by their ids or all that the venue lists.
#include <utility>

#include "net/venues/binance_desk.hpp"

namespace pitwall {

/// One call of cancel(), until its last answer.
struct binance_desk::canceling {
  std::set<std::string> wanted;  ///< Empty: all.
  std::size_t missing = 0;
  cancel_report report;
  std::optional<error> failure;
  completion<cancel_report> then;
};

void binance_desk::cancel(const cancel_request& request, const std::vector<std::string>& ids,
                          completion<cancel_report> then) {
  std::string symbol;
  if (!request.symbol.empty()) {
    auto wire = binance::wire_symbol(request.symbol);
    if (!wire.ok()) {
      then(std::move(wire).error());
      return;
    }
    symbol = std::move(*wire);
  }
  const auto all = std::make_shared<canceling>();
  all->then = std::move(then);
  bool known = !ids.empty();
  for (const auto& id : ids) {
    if (!binance::is_order_id(id)) continue;  // The venue cannot have it.
    all->wanted.insert(id);
    known = known && (watched_.contains(id) || !symbol.empty());
  }
  if (!ids.empty() && all->wanted.empty()) {
    finish(all);
    return;
  }
  if (!known) {
    cancel_listed(all, symbol);
    return;
  }
  ++all->missing;  // The loop itself: answers may come before it ends.
  for (const auto& id : all->wanted) {
    const auto it = watched_.find(id);
    const std::string& of = it != watched_.end() ? it->second.symbol : symbol;
    if (symbol.empty() || symbol == of) cancel_one(all, id, of);
  }
  if (--all->missing == 0) finish(all);
}

void binance_desk::cancel_listed(const std::shared_ptr<canceling>& all, const std::string& symbol) {
  link_->ask("GET", "/api/v3/openOrders", symbol.empty() ? symbol : "symbol=" + symbol,
             rest_rank::first, [self = shared_from_this(), all](const binance_reply& reply) {
               auto open = reply.ok() ? binance::parse_orders(reply.raw.body)
                                      : result<std::vector<binance::order_word>>(
                                            reply.to_error(self->link_->options().name));
               if (!open.ok()) {
                 all->failure = open.error();
                 // Too late for a question only: nothing was cancelled.
                 if (reply.raw.late) all->failure->code = errc::unavailable;
                 finish(all);
                 return;
               }
               ++all->missing;
               for (const auto& word : *open) {
                 if (!all->wanted.empty() && !all->wanted.contains(word.client_order_id)) continue;
                 self->cancel_one(all, word.client_order_id, word.symbol);
               }
               if (--all->missing == 0) finish(all);
             });
}

void binance_desk::cancel_one(const std::shared_ptr<canceling>& all, const std::string& id,
                              const std::string& symbol) {
  ++all->missing;
  link_->ask("DELETE", "/api/v3/order", "symbol=" + symbol + "&origClientOrderId=" + id,
             rest_rank::first, [self = shared_from_this(), all, id](const binance_reply& reply) {
               self->on_canceled(all, id, reply);
             });
}

void binance_desk::on_canceled(const std::shared_ptr<canceling>& all, const std::string& id,
                               const binance_reply& reply) {
  const auto ended = [self = shared_from_this(), all, id](const result<order_report>& report) {
    if (report.ok()) {
      self->watched_.erase(id);
      self->tell(*report);
      all->report.canceled.push_back(id);
    } else {
      // Still watched: what became of it is reported, though not in this answer.
      all->failure = report.error();
    }
    if (--all->missing == 0) finish(all);
  };
  if (reply.refused_with(binance::cancel_refused)) {  // Not open (any more).
    if (--all->missing == 0) finish(all);
    return;
  }
  if (!reply.ok()) {
    ended(error{errc::deadline_exceeded, "it may not be cancelled: " + reply.explain(), id,
                "cancel it again"});
    return;
  }
  auto word = binance::parse_order(reply.raw.body);
  if (!word.ok()) {
    ended(std::move(word).error());
    return;
  }
  gather(*word, ended);
}

void binance_desk::finish(const std::shared_ptr<canceling>& all) {
  const auto then = std::exchange(all->then, nullptr);
  if (all->failure) {
    then(*all->failure);
  } else {
    then(std::move(all->report));
  }
}

}  // namespace pitwall
