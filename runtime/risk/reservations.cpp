#include "runtime/risk/reservations.hpp"

#include <algorithm>

namespace pitwall {
namespace {

constexpr std::chrono::seconds window{1};

decimal& side(open_amounts& open, bool buys) { return buys ? open.buys : open.sells; }

/// Of amounts that were added up before, or are below what was: neither can leave the range but by
/// a sum, which then stays at the largest number, and refuses.
decimal plus(decimal a, decimal b) {
  const auto sum = add(a, b);
  return sum.ok() ? *sum : std::max(a, b);
}
decimal minus(decimal a, decimal b) {
  const auto rest = sub(a, b);
  return rest.ok() && !rest->is_negative() ? *rest : decimal();
}

void reduce(std::map<reservations::place, open_amounts>& in, const reservations::place& where,
            bool buys, decimal quantity) {
  const auto at = in.find(where);
  if (at == in.end()) return;
  auto& open = side(at->second, buys);
  open = minus(open, quantity);
  if (at->second == open_amounts{}) in.erase(at);
}

}  // namespace

bool reservations::reserve(const std::string& id, const reserved_order& order, timestamp now) {
  if (!orders_.try_emplace(id, entry{order, now, false}).second) return false;
  hold(order);
  for (auto* passed : {&passed_, &passed_by_[order.bot_id]}) {
    lately(*passed, now);
    passed->push_back(now);
  }
  return true;
}

void reservations::confirm(const std::string& id, const reserved_order& order) {
  const auto [at, is_new] = orders_.try_emplace(id, entry{order, {}, true});
  at->second.confirmed = true;
  if (is_new) hold(order);
}

void reservations::fill(const std::string& id, decimal quantity) {
  const auto at = orders_.find(id);
  if (at == orders_.end()) return;
  auto& left = at->second.order.amount;
  const auto filled = std::min(left, quantity);
  release(at->second.order, filled);
  left = minus(left, filled);
}

void reservations::close(const std::string& id) {
  if (const auto at = orders_.find(id); at != orders_.end()) remove(at);
}

void reservations::withdraw(const std::string& id) {
  const auto at = orders_.find(id);
  if (at != orders_.end() && !at->second.confirmed) remove(at);
}

void reservations::each(
    const std::function<void(const std::string&, const reserved_order&)>& take) const {
  for (const auto& [id, e] : orders_)
    if (e.confirmed) take(id, e.order);
}

std::optional<decimal> reservations::left_of(const std::string& id) const {
  const auto at = orders_.find(id);
  return at == orders_.end() ? std::nullopt : std::optional(at->second.order.amount);
}

open_amounts reservations::open_at(const std::string& bot_id, const place& where) const {
  const auto bot = by_bot_.find(bot_id);
  if (bot == by_bot_.end()) return {};
  const auto at = bot->second.find(where);
  return at == bot->second.end() ? open_amounts{} : at->second;
}

open_amounts reservations::open_at(const place& where) const {
  const auto at = all_.find(where);
  return at == all_.end() ? open_amounts{} : at->second;
}

std::int64_t reservations::open_orders(const std::string& bot_id) const {
  const auto at = count_.find(bot_id);
  return at == count_.end() ? 0 : at->second;
}

std::int64_t reservations::lately(times& passed, timestamp now) {
  while (!passed.empty() && (passed.front() > now || now - passed.front() >= window))
    passed.pop_front();
  return static_cast<std::int64_t>(passed.size());
}

std::int64_t reservations::let_through_lately(const std::string& bot_id, timestamp now) {
  const auto at = passed_by_.find(bot_id);
  if (at == passed_by_.end()) return 0;
  const auto count = lately(at->second, now);
  if (count == 0) passed_by_.erase(at);
  return count;
}

std::int64_t reservations::let_through_lately(timestamp now) { return lately(passed_, now); }

void reservations::hold(const reserved_order& order) {
  const place where{order.venue, order.symbol};
  for (auto* open : {&all_[where], &by_bot_[order.bot_id][where]}) {
    auto& held = side(*open, order.buys);
    held = plus(held, order.amount);
  }
  ++count_[order.bot_id];
}

void reservations::release(const reserved_order& order, decimal quantity) {
  const place where{order.venue, order.symbol};
  reduce(all_, where, order.buys, quantity);
  const auto bot = by_bot_.find(order.bot_id);
  if (bot == by_bot_.end()) return;
  reduce(bot->second, where, order.buys, quantity);
  if (bot->second.empty()) by_bot_.erase(bot);
}

void reservations::remove(entries::iterator at) {
  release(at->second.order, at->second.order.amount);
  const auto count = count_.find(at->second.order.bot_id);
  if (--count->second == 0) count_.erase(count);
  orders_.erase(at);
}

}  // namespace pitwall
