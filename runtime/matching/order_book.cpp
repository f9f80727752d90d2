#include "runtime/matching/order_book.hpp"

#include <algorithm>

namespace pitwall::matching {

namespace {

std::size_t slot(side s) noexcept { return static_cast<std::size_t>(s); }

// Quantities are bounded (max_quantity), and what is taken away was there.
decimal minus(decimal a, decimal b) noexcept { return decimal::from_raw(a.raw() - b.raw()); }
decimal plus(decimal a, decimal b) noexcept { return decimal::from_raw(a.raw() + b.raw()); }

status check(const new_order& order) {
  if (order.quantity <= decimal{} || order.quantity > order_book::max_quantity) {
    return error{errc::out_of_range, "the quantity is not within (0, 1e10]", {}, {}};
  }
  if (order.type != order_type::market &&
      (order.price <= decimal{} || order.price > order_book::max_price)) {
    return error{errc::out_of_range, "the limit price is not within (0, 1e9]", {}, {}};
  }
  return done{};
}

}  // namespace

// Calls each(take) for what the order meets, in the order of its claims. True: it ended at an order
// of its own owner.
template <class Take>
bool order_book::walk(const new_order& order, Take&& each) const {
  const side makers = opposite(order.way);
  const levels& resting = resting_[slot(makers)];
  const std::vector<level>& quotes = quotes_[slot(makers)];
  const bool any_price = order.type == order_type::market;
  const decimal limit = key(makers, order.price);
  decimal left = order.quantity;
  auto at = resting.begin();
  auto quoted = quotes.begin();
  while (!left.is_zero()) {
    const bool has_resting = at != resting.end() && (any_price || at->first <= limit);
    const bool has_quote =
        quoted != quotes.end() && (any_price || key(makers, quoted->price) <= limit);
    if (!has_resting && !has_quote) return false;
    if (has_quote && (!has_resting || key(makers, quoted->price) < at->first)) {
      const decimal quantity = std::min(left, quoted->quantity);
      each(take{true, quoted->price, quantity});
      left = minus(left, quantity);
      ++quoted;
      continue;
    }
    for (const resting_order& maker : at->second) {
      if (left.is_zero()) return false;
      if (prevent_self_trade_ && !order.meets_own && order.owner != 0 &&
          maker.owner == order.owner) {
        return true;
      }
      const decimal quantity = std::min(left, maker.left);
      each(take{false, maker.price, quantity});
      left = minus(left, quantity);
    }
    ++at;
  }
  return false;
}

result<placement> order_book::place(const new_order& order, std::vector<fill>& fills) {
  PITWALL_CHECK(check(order));
  if (places_.contains(order.id)) {
    return error{errc::already_exists, "an order with this id rests already", {}, {}};
  }
  takes_.clear();
  decimal within;
  const bool self_trade = walk(order, [&](const take& t) {
    takes_.push_back(t);
    within = plus(within, t.quantity);
  });
  if (order.type == order_type::fok && within < order.quantity) {
    return placement{outcome::killed, decimal{}, order.quantity};
  }
  decimal left = order.quantity;
  for (const take& t : takes_) trade(order, t, left, fills);
  if (left.is_zero()) return placement{outcome::filled, within, left};
  if (self_trade) return placement{outcome::self_trade, within, left};
  if (order.type != order_type::limit) return placement{outcome::exhausted, within, left};
  rest(order, left);
  return placement{outcome::resting, within, left};
}

// The walk met resting orders from the best one on: each take that is not quoted concerns the
// front.
void order_book::trade(const new_order& order, const take& t, decimal& left,
                       std::vector<fill>& fills) {
  left = minus(left, t.quantity);
  if (!t.quoted) {
    levels& makers = resting_[slot(opposite(order.way))];
    const auto best_level = makers.begin();
    resting_order& maker = best_level->second.front();
    maker.left = minus(maker.left, t.quantity);
    fills.push_back({maker.id, opposite(order.way), true, t.price, t.quantity, maker.left});
    if (maker.left.is_zero()) {
      places_.erase(maker.id);
      best_level->second.pop_front();
      if (best_level->second.empty()) makers.erase(best_level);
    }
  }
  fills.push_back({order.id, order.way, false, t.price, t.quantity, left});
}

void order_book::rest(const new_order& order, decimal left) {
  const auto at = resting_[slot(order.way)].try_emplace(key(order.way, order.price)).first;
  at->second.push_back({order.id, order.owner, order.price, left});
  places_.emplace(order.id, place_of{order.way, at, std::prev(at->second.end())});
}

result<order_book::estimate> order_book::preview(const new_order& order) const {
  PITWALL_CHECK(check(order));
  estimate sum;
  bool overflow = false;
  sum.self_trade = walk(order, [&](const take& t) {
    sum.quantity = plus(sum.quantity, t.quantity);
    const auto part = mul(t.price, t.quantity);
    const auto total = part.ok() ? add(sum.notional, *part) : part;
    overflow = overflow || !total.ok();
    if (total.ok()) sum.notional = *total;
  });
  if (overflow) return error{errc::out_of_range, "the order's value is too large", {}, {}};
  return sum;
}

std::optional<order_book::resting_order> order_book::cancel(order_id id) {
  const auto found = places_.find(id);
  if (found == places_.end()) return std::nullopt;
  const place_of where = found->second;
  const resting_order gone = *where.order;
  places_.erase(found);
  where.at->second.erase(where.order);
  if (where.at->second.empty()) resting_[slot(where.way)].erase(where.at);
  return gone;
}

void order_book::quote(std::span<const level> bids, std::span<const level> asks,
                       std::vector<fill>& fills) {
  quotes_[slot(side::buy)].assign(bids.begin(), bids.end());
  quotes_[slot(side::sell)].assign(asks.begin(), asks.end());
  fill_crossed(side::buy, fills);
  fill_crossed(side::sell, fills);
}

void order_book::fill_crossed(side s, std::vector<fill>& fills) {
  levels& resting = resting_[slot(s)];
  const side takers = opposite(s);
  const std::vector<level>& quotes = quotes_[slot(takers)];
  for (auto at = resting.begin(); at != resting.end();) {
    const decimal price = s == side::buy ? -at->first : at->first;
    decimal within;
    for (const level& q : quotes) {
      if (key(takers, q.price) > key(takers, price)) break;
      within = plus(within, q.quantity);
    }
    if (within.is_zero()) return;
    queue& orders_here = at->second;
    for (auto order = orders_here.begin(); order != orders_here.end();) {
      const decimal quantity = std::min(order->left, within);
      order->left = minus(order->left, quantity);
      fills.push_back({order->id, s, true, price, quantity, order->left});
      if (order->left.is_zero()) {
        places_.erase(order->id);
        order = orders_here.erase(order);
      } else {
        ++order;
      }
    }
    at = orders_here.empty() ? resting.erase(at) : std::next(at);
  }
}

std::optional<decimal> order_book::best(side s) const noexcept {
  const levels& resting = resting_[slot(s)];
  if (resting.empty()) return std::nullopt;
  return resting.begin()->second.front().price;
}

std::vector<order_book::resting_order> order_book::orders(side s) const {
  std::vector<resting_order> out;
  for (const auto& [_, here] : resting_[slot(s)]) out.insert(out.end(), here.begin(), here.end());
  return out;
}

}  // namespace pitwall::matching
