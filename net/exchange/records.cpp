#include "net/exchange/records.hpp"

#include <algorithm>

#include "runtime/matching/ledger.hpp"

namespace pitwall::sim {

namespace {

error misfit(std::string what, std::uint64_t id) {
  return {errc::data_loss, std::move(what), "order " + std::to_string(id), {}};
}

}  // namespace

std::string_view to_string(order_status s) noexcept {
  switch (s) {
    case order_status::fresh:
      return "NEW";
    case order_status::partially_filled:
      return "PARTIALLY_FILLED";
    case order_status::filled:
      return "FILLED";
    case order_status::canceled:
      return "CANCELED";
    case order_status::expired:
      return "EXPIRED";
    case order_status::expired_in_match:
      return "EXPIRED_IN_MATCH";
  }
  return "NEW";
}

status records::apply(const book_event& e) {
  return std::visit([this](const auto& event) { return take(event); }, e);
}

status records::take(const asset_opened& e) {
  if (!balances_.emplace(e.asset, e.amount).second) {
    return error{errc::data_loss, "the asset was opened before", e.asset, {}};
  }
  return done{};
}

status records::take(const order_accepted& e) {
  if (e.id <= last_order_) return misfit("its number was used before", e.id);
  if (const auto* earlier = find(e.client_id); earlier != nullptr && is_open(earlier->status)) {
    return misfit("another open order has its client id", e.id);
  }
  const auto assets = matching::split_symbol(e.symbol);
  if (!balances_.contains(assets.base) || !balances_.contains(assets.quote)) {
    return misfit("nothing is known of its assets", e.id);
  }
  last_order_ = e.id;
  last_time_ms_ = std::max(last_time_ms_, e.time_ms);
  auto& o = orders_[e.id];
  o.as = e;
  o.updated_ms = e.time_ms;
  open_.emplace(e.id, &o);
  by_client_id_[e.client_id] = e.id;
  return done{};
}

status records::take(const order_traded& e) {
  const auto found = orders_.find(e.id);
  if (found == orders_.end() || !is_open(found->second.status)) {
    return misfit("it traded without being open", e.id);
  }
  order_record& o = found->second;
  const auto executed = add(o.executed, e.quantity);
  const auto value_of = mul(e.price, e.quantity);
  if (!executed.ok() || !value_of.ok() || *executed > o.as.quantity || e.trade < last_trade_) {
    return misfit("its trade does not fit it", e.id);
  }
  const bool buys = o.as.way == matching::side::buy;
  const auto assets = matching::split_symbol(o.as.symbol);
  decimal &base = balances_.at(assets.base), &quote = balances_.at(assets.quote);
  PITWALL_TRY(notional, add(o.notional, *value_of));
  PITWALL_TRY(base_now, buys ? add(base, e.quantity) : sub(base, e.quantity));
  PITWALL_TRY(moved, buys ? sub(quote, *value_of) : add(quote, *value_of));
  const auto payer = balances_.find(e.fee_asset.empty() ? assets.quote : e.fee_asset);
  if (payer == balances_.end()) return misfit("nothing is known of its fee's asset", e.id);
  base = base_now;
  quote = moved;
  PITWALL_TRY(paid, sub(payer->second, e.fee));
  payer->second = paid;
  o.executed = *executed;
  o.notional = notional;
  o.updated_ms = e.time_ms;
  o.trades.push_back(e.trade);
  last_trade_ = e.trade;
  last_time_ms_ = std::max(last_time_ms_, e.time_ms);
  trades_.push_back({e, o.as.symbol, o.as.way});
  if (trades_.size() > kept_trades_) trades_.pop_front();
  o.status = o.executed == o.as.quantity ? order_status::filled : order_status::partially_filled;
  if (!is_open(o.status)) close(o);
  return done{};
}

status records::take(const order_ended& e) {
  const auto found = orders_.find(e.id);
  if (found == orders_.end() || !is_open(found->second.status) || is_open(e.status) ||
      e.status == order_status::filled) {
    return misfit("it ended without being open", e.id);
  }
  found->second.status = e.status;
  found->second.updated_ms = e.time_ms;
  last_time_ms_ = std::max(last_time_ms_, e.time_ms);
  close(found->second);
  return done{};
}

status records::take(const book_kept& e) {
  if (!balances_.empty() || last_order_ != 0) {
    return error{errc::data_loss, "a snapshot begins after other events", {}, {}};
  }
  last_order_ = e.last_order;
  last_trade_ = e.last_trade;
  last_time_ms_ = e.last_time_ms;
  return done{};
}

status records::take(const order_record& o) {
  const auto assets = matching::split_symbol(o.as.symbol);
  if (!balances_.contains(assets.base) || !balances_.contains(assets.quote) ||
      o.as.id > last_order_ || o.executed > o.as.quantity) {
    return misfit("it does not fit its snapshot", o.as.id);
  }
  const auto [at, fresh] = orders_.emplace(o.as.id, o);
  if (!fresh) return misfit("it is kept twice", o.as.id);
  order_id& named = by_client_id_[o.as.client_id];
  named = std::max(named, o.as.id);
  if (is_open(o.status)) {
    open_.emplace(o.as.id, &at->second);
  } else {
    close(at->second);
  }
  return done{};
}

status records::take(const trade_record& t) {
  if (t.part.trade > last_trade_ ||
      (!trades_.empty() && t.part.trade < trades_.back().part.trade)) {
    return misfit("its trade does not fit the snapshot", t.part.id);
  }
  trades_.push_back(t);
  if (trades_.size() > kept_trades_) trades_.pop_front();
  return done{};
}

void records::tell(const std::function<void(const book_event&)>& each) const {
  each(book_kept{last_order_, last_trade_, last_time_ms_});
  for (const auto& [asset, amount] : balances_) each(asset_opened{asset, amount});
  // In the order of their ends, in which they will be forgotten.
  for (const order_id id : ended_) each(orders_.at(id));
  for (const auto& [_, o] : open_) each(*o);
  for (const trade_record& t : trades_) each(t);
}

void records::close(order_record& o) {
  open_.erase(o.as.id);
  ended_.push_back(o.as.id);
  if (ended_.size() > kept_orders_) forget_oldest();
}

void records::forget_oldest() {
  const auto found = orders_.find(ended_.front());
  ended_.pop_front();
  const auto named = by_client_id_.find(found->second.as.client_id);
  if (named != by_client_id_.end() && named->second == found->first) by_client_id_.erase(named);
  orders_.erase(found);
}

const order_record* records::find(order_id id) const {
  const auto found = orders_.find(id);
  return found == orders_.end() ? nullptr : &found->second;
}

const order_record* records::find(std::string_view client_id) const {
  const auto found = by_client_id_.find(std::string(client_id));
  return found == by_client_id_.end() ? nullptr : find(found->second);
}

std::vector<const order_record*> records::open_orders(std::string_view symbol) const {
  std::vector<const order_record*> out;
  for (const auto& [_, o] : open_) {
    if (symbol.empty() || o->as.symbol == symbol) out.push_back(o);
  }
  return out;
}

std::vector<const order_record*> records::orders_of(
    std::string_view symbol, const std::function<bool(const order_record&)>& wanted) const {
  std::vector<const order_record*> out;
  for (const auto& [id, o] : orders_) {
    if (o.as.symbol == symbol && wanted(o)) out.push_back(&o);
  }
  return out;
}

std::size_t records::open_count(std::string_view symbol) const {
  return open_orders(symbol).size();
}

std::vector<const trade_record*> records::trades_of(const order_record& o) const {
  std::vector<const trade_record*> out;
  for (const trade_id id : o.trades) {
    auto at = std::lower_bound(
        trades_.begin(), trades_.end(), id,
        [](const trade_record& t, trade_id wanted) { return t.part.trade < wanted; });
    for (; at != trades_.end() && at->part.trade == id; ++at) {
      if (at->part.id == o.as.id) out.push_back(&*at);
    }
  }
  return out;
}

}  // namespace pitwall::sim
