#include "runtime/risk/portfolio.hpp"

#include <algorithm>

namespace pitwall {
namespace {

struct outcome {
  position next;
  decimal realized;
};

/// What `signed_quantity` at `price` makes of a position.
result<outcome> trade(const position& held, decimal signed_quantity, decimal price) {
  outcome out{held, {}};
  PITWALL_TRY(sum, add(held.quantity, signed_quantity));
  out.next.quantity = sum;
  const bool enlarges =
      held.quantity.is_zero() || held.quantity.is_negative() == signed_quantity.is_negative();
  if (enlarges) {
    PITWALL_TRY(before, mul(held.quantity.abs(), held.average_entry));
    PITWALL_TRY(added, mul(signed_quantity.abs(), price));
    PITWALL_TRY(cost, add(before, added));
    PITWALL_TRY(average, div(cost, sum.abs()));
    out.next.average_entry = average;
    return out;
  }
  const auto closed = std::min(held.quantity.abs(), signed_quantity.abs());
  PITWALL_TRY(gain, sub(price, held.average_entry));
  PITWALL_TRY(realized, mul(gain, closed));
  out.realized = held.quantity.is_negative() ? -realized : realized;
  if (sum.is_zero())
    out.next.average_entry = {};
  else if (sum.is_negative() != held.quantity.is_negative())
    out.next.average_entry = price;  // Crossed zero: what is left was opened by this fill.
  return out;
}

}  // namespace

portfolio::daily portfolio::on_day(const account& a, timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const auto known =
      std::find_if(a.days.begin(), a.days.end(), [day](const daily& d) { return d.day == day; });
  return known == a.days.end() ? daily{day, {}, 0} : *known;
}

void portfolio::keep(account& a, const daily& figures) {
  // More than a clock that goes wrong visits before it comes back.
  constexpr std::size_t most = 8;
  std::erase_if(a.days, [&](const daily& d) { return d.day == figures.day; });
  if (a.days.size() == most) a.days.erase(a.days.begin());
  a.days.push_back(figures);
}

status portfolio::apply(const portfolio_fill& fill) {
  if (fill.quantity <= decimal(0) || fill.price <= decimal(0)) {
    return error{errc::invalid_argument, "a fill needs a price and a quantity above zero",
                 fill.venue + " " + fill.symbol, "compare it with the venue's record of the order"};
  }
  // All is computed before anything changes: a fill that does not fit leaves no trace.
  const place where{fill.venue, fill.symbol};
  const auto known = accounts_.find(fill.bot_id);
  static const account none{};
  const account& before = known == accounts_.end() ? none : known->second;
  const auto it = before.positions.find(where);
  const auto held = it == before.positions.end() ? position{} : it->second;
  PITWALL_TRY(traded, trade(held, fill.buy ? fill.quantity : -fill.quantity, fill.price));
  PITWALL_TRY(net, sub(traded.realized, fill.fee));
  PITWALL_TRY(total, add(before.realized, net));
  auto today = on_day(before, fill.at);
  PITWALL_TRY(day_total, add(today.realized, net));
  today.realized = day_total;

  auto& a = accounts_[fill.bot_id];
  a.realized = total;
  keep(a, today);
  if (traded.next.quantity.is_zero()) {
    a.positions.erase(where);
  } else {
    a.positions[where] = traded.next;
  }
  mark(fill.venue, fill.symbol, fill.price);
  fill_prices_[where] = fill.price;
  // What cannot be computed raises no peak; profit() reports it.
  const auto open = unrealized(a, fill_prices_);
  const auto worth = open.ok() ? add(a.realized, *open) : open;
  if (worth.ok()) a.peak = std::max(a.peak, *worth);
  return done{};
}

void portfolio::count_order(const std::string& bot_id, timestamp at) {
  auto& a = accounts_[bot_id];
  auto today = on_day(a, at);
  ++today.orders;
  keep(a, today);
}

void portfolio::mark(const std::string& venue, const std::string& symbol, decimal price) {
  marks_[{venue, symbol}] = price;
}

std::optional<decimal> portfolio::last_price(const std::string& venue,
                                             const std::string& symbol) const {
  const auto at = marks_.find({venue, symbol});
  return at == marks_.end() ? std::nullopt : std::optional(at->second);
}

void portfolio::each(const std::function<void(const std::string&)>& take) const {
  for (const auto& [bot, a] : accounts_) take(bot);
}

position portfolio::position_of(const std::string& bot_id, const std::string& venue,
                                const std::string& symbol) const {
  const auto a = accounts_.find(bot_id);
  if (a == accounts_.end()) return {};
  const auto p = a->second.positions.find({venue, symbol});
  return p == a->second.positions.end() ? position{} : p->second;
}

std::vector<portfolio::place> portfolio::open_places(const std::string& bot_id) const {
  std::vector<place> out;
  if (const auto a = accounts_.find(bot_id); a != accounts_.end())
    for (const auto& [where, p] : a->second.positions) out.push_back(where);
  return out;
}

std::int64_t portfolio::orders_today(const std::string& bot_id, timestamp now) const {
  const auto a = accounts_.find(bot_id);
  return a == accounts_.end() ? 0 : on_day(a->second, now).orders;
}

result<profit_and_loss> portfolio::profit(const std::string& bot_id, timestamp now) const {
  profit_and_loss out;
  const auto found = accounts_.find(bot_id);
  if (found == accounts_.end()) return out;
  const auto& a = found->second;
  out.realized_total = a.realized;
  out.realized_today = on_day(a, now).realized;
  out.peak_total = a.peak;
  PITWALL_TRY(open, unrealized(a, marks_));
  out.unrealized = open;
  return out;
}

result<decimal> portfolio::unrealized(const account& a, const prices& at) {
  decimal sum;
  for (const auto& [where, p] : a.positions) {
    const auto price = at.find(where);
    if (price == at.end()) continue;
    PITWALL_TRY(gain, sub(price->second, p.average_entry));
    PITWALL_TRY(amount, mul(gain, p.quantity));
    PITWALL_TRY(total, add(sum, amount));
    sum = total;
  }
  return sum;
}

}  // namespace pitwall
