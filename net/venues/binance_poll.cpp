// Job: orders that are open at the venue, and how they are watched: by its lists of open orders.
//      What a list shows to have changed, or does not show any more, is asked for by its id.
#include <algorithm>
#include <utility>

#include "net/venues/binance_desk.hpp"

namespace pitwall {

namespace {

// What questions weigh there: a list of one symbol or of all, an order and its trades.
constexpr unsigned list_weight = 6, whole_list_weight = 80, order_weight = 9;

}  // namespace

void binance_desk::watch(const std::string& symbol, const order_report& report) {
  // One that is watched already stays as the listener knows it.
  watched_.try_emplace(report.client_order_id, watched{symbol, report, lists_});
}

void binance_desk::spend(std::size_t units) {
  const auto a_second = std::max(link_->options().poll_units_a_second, 1U);
  next_round_ = std::max(next_round_, steady::now()) +
                milliseconds(1'000 * static_cast<std::int64_t>(units) / a_second);
}

void binance_desk::poll() {
  if (polling_ > 0 || watched_.empty() || steady::now() < next_round_ || link_->keeps_back()) {
    return;
  }
  round_unheard_ = false;
  if (!streamed_ || list_wanted_ || ++passed_over_ >= link_->options().polls_passed_over) {
    ask_lists();
  } else {
    ask_some();
  }
}

void binance_desk::ask_lists() {
  passed_over_ = 0;
  list_wanted_ = false;
  ++lists_;
  std::set<std::string> symbols;
  for (const auto& [_, w] : watched_) symbols.insert(w.symbol);
  if (symbols.size() > whole_list_weight / list_weight) symbols = {std::string{}};
  spend(symbols.contains({}) ? whole_list_weight : list_weight * symbols.size());
  polling_ = symbols.size();
  for (const auto& symbol : symbols) {
    link_->ask("GET", "/api/v3/openOrders", symbol.empty() ? symbol : "symbol=" + symbol,
               rest_rank::last,
               [self = shared_from_this(), symbol, list = lists_](const binance_reply& reply) {
                 self->on_list(symbol, list, reply);
               });
  }
}

void binance_desk::on_list(const std::string& symbol, std::uint64_t list,
                           const binance_reply& reply) {
  --polling_;
  heard(reply);
  const auto open = reply.ok() ? binance::parse_orders(reply.raw.body)
                               : result<std::vector<binance::order_word>>(reply.to_error(symbol));
  if (!open.ok()) {
    list_wanted_ = streamed_;
    // One symbol's trouble is not the others': its orders are asked for one by one.
    if (!reply.kept_back)
      for (const auto& [id, w] : watched_)
        if (w.since < list && (symbol.empty() || w.symbol == symbol)) to_ask_.insert(id);
  } else {
    std::unordered_map<std::string, const binance::order_word*> there;
    for (const auto& word : *open) there.emplace(word.client_order_id, &word);
    for (const auto& [id, w] : watched_) {
      // Of one that came after the question the answer may not know yet.
      if (w.since >= list || (!symbol.empty() && w.symbol != symbol)) continue;
      const auto it = there.find(id);
      const bool rests = it != there.end() &&
                         (it->second->status == "NEW" || it->second->status == "PARTIALLY_FILLED");
      if (!rests || it->second->executed > w.last.filled_quantity()) to_ask_.insert(id);
    }
  }
  if (polling_ == 0) ask_some();
}

void binance_desk::ask_some() {
  std::erase_if(to_ask_, [&](const auto& id) { return !watched_.contains(id); });
  const std::size_t count = std::min(to_ask_.size(), link_->options().polls_at_once);
  std::vector<std::string> ids;
  auto it = to_ask_.lower_bound(next_poll_);
  for (; ids.size() < count; ++it) {
    if (it == to_ask_.end()) it = to_ask_.begin();
    ids.push_back(*it);
  }
  next_poll_ = it == to_ask_.end() ? std::string{} : *it;
  spend(order_weight * ids.size());
  for (const auto& id : ids) to_ask_.erase(id);
  polling_ = ids.size();
  for (const auto& id : ids) poll_one(id);
}

void binance_desk::poll_one(const std::string& id) {
  const auto changed = [self = shared_from_this(), id](const result<order_report>& now) {
    --self->polling_;
    const auto it = self->watched_.find(id);
    if (it == self->watched_.end()) return;
    if (!now.ok()) {
      if (self->streamed_) self->to_ask_.insert(id);
      return;
    }
    const order_report& last = it->second.last;
    const bool news = now->state != last.state || now->fills.size() > last.fills.size();
    if (!news || now->fills.size() < last.fills.size()) return;
    it->second.last = *now;
    if (!binance::is_open(now->state)) self->watched_.erase(it);
    self->tell(*now);
  };
  link_->ask("GET", "/api/v3/order",
             "symbol=" + watched_.at(id).symbol + "&origClientOrderId=" + id, rest_rank::last,
             [self = shared_from_this(), id, changed](const binance_reply& reply) {
               self->heard(reply);
               auto word = reply.ok() ? binance::parse_order(reply.raw.body)
                                      : result<binance::order_word>(reply.to_error(id));
               const auto it = self->watched_.find(id);
               if (!word.ok() || word->client_order_id != id || it == self->watched_.end()) {
                 changed(error{errc::unavailable, "not answered, or over", id, {}});
                 return;
               }
               const bool rests = word->status == "NEW" || word->status == "PARTIALLY_FILLED";
               if (rests && word->executed == it->second.last.filled_quantity()) {
                 changed(it->second.last);
               } else {
                 self->gather(*word, changed);
               }
             });
}

void binance_desk::on_regained(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  regained_ = std::move(listener);
}

void binance_desk::heard(const binance_reply& reply) {
  if (reply.kept_back) return;  // It was not asked.
  const bool answered = reply.raw.fate == rest_fate::answered;
  // Connections that the venue had closed may cost a round of questions: that is no absence.
  constexpr unsigned away = 3;
  if (!answered) {
    if (!std::exchange(round_unheard_, true)) ++unheard_;
    return;
  }
  if (std::exchange(unheard_, 0) < away) return;
  std::function<void()> tell;
  {
    const std::lock_guard lock(mutex_);
    tell = regained_;
  }
  if (tell) tell();
}

void binance_desk::tell(const order_report& report) {
  std::shared_ptr<const answered> to;
  {
    const std::lock_guard lock(mutex_);
    to = listener_;
  }
  if (to) (*to)(report);
  settle_doubt(report.client_order_id, !binance::is_open(report.state));
}

}  // namespace pitwall
