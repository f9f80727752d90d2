#include "runtime/risk/portfolio.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/symbol.hpp"

namespace pitwall {
namespace {

struct outcome {
  position next;
  decimal realized;
};

/// What `signed_quantity` at `price` makes of a position.
result<outcome> trade(const position& held, decimal signed_quantity, decimal price) {
  outcome out{held, {}};
  if (signed_quantity.is_zero()) return out;
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

portfolio::portfolio(std::string currency) : currency_(std::move(currency)) {}

std::optional<portfolio::place> portfolio::rate_place(const std::string& venue,
                                                      const std::string& asset,
                                                      const std::string& currency) {
  if (asset == currency) return std::nullopt;
  return place{venue, asset + "/" + currency};
}

result<portfolio::booked> portfolio::book(const position& held, const portfolio_fill& fill) const {
  const auto assets = split_symbol(fill.symbol);
  const auto fee_asset = fill.fee_asset.empty() ? assets.quote : asset_name(fill.fee_asset);
  decimal moved = fill.buy ? fill.quantity : -fill.quantity;
  decimal fee = fill.fee;
  const bool in_base = fee_asset == assets.base && fee_asset != assets.quote;
  if (in_base) {
    // As if it had been traded too, and what that brought been paid: the average stays the price.
    PITWALL_TRY(left, sub(moved, fill.fee));
    PITWALL_TRY(worth, mul(fill.fee, fill.price));
    moved = left;
    fee = worth;
  }
  PITWALL_TRY(traded, trade(held, moved, fill.price));
  booked out{traded.next, {}, {}};
  const auto realize_in = [&](const std::string& asset, decimal amount) -> status {
    if (amount.is_zero()) return done{};
    if (auto where = rate_place(fill.venue, asset, currency_)) {
      out.elsewhere.emplace_back(std::move(*where), amount);
    } else {
      PITWALL_TRY(sum, add(out.realized, amount));
      out.realized = sum;
    }
    return done{};
  };
  if (in_base || fee_asset == assets.quote) {
    PITWALL_TRY(net, sub(traded.realized, fee));
    PITWALL_CHECK(realize_in(assets.quote, net));
  } else {
    PITWALL_CHECK(realize_in(assets.quote, traded.realized));
    PITWALL_CHECK(realize_in(fee_asset, -fee));
  }
  return out;
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
  PITWALL_TRY(booked, book(it == before.positions.end() ? position{} : it->second, fill));
  account sums{{}, before.realized, {}, before.days, before.unvalued};
  const auto day = std::chrono::floor<std::chrono::days>(fill.at);
  PITWALL_CHECK(realize(sums, day, booked.realized));
  for (const auto& [at, amount] : booked.elsewhere) {
    auto& waiting = sums.unvalued[at][day];
    PITWALL_TRY(sum, add(waiting, amount));
    waiting = sum;
  }

  auto& a = accounts_[fill.bot_id];
  a.realized = sums.realized;
  a.days = std::move(sums.days);
  a.unvalued = std::move(sums.unvalued);
  if (booked.held.quantity.is_zero()) {
    a.positions.erase(where);
  } else {
    a.positions[where] = booked.held;
  }
  mark(fill.venue, fill.symbol, fill.price);
  fill_prices_[where] = fill.price;
  expect_rates(a, day);
  raise_peak(a);
  return done{};
}

bool portfolio::counts(const std::map<std::chrono::sys_days, decimal>& waiting) {
  return std::any_of(waiting.begin(), waiting.end(),
                     [](const auto& of_day) { return !of_day.second.is_zero(); });
}

void portfolio::expect_rates(account& a, std::chrono::sys_days day) const {
  std::erase_if(a.unvalued, [](const auto& waiting) { return !counts(waiting.second); });
  for (const auto& [where, p] : a.positions)
    if (auto by = rate_place(where.first, split_symbol(where.second).quote, currency_))
      a.unvalued[std::move(*by)].try_emplace(day);
}

status portfolio::realize(account& a, std::chrono::sys_days day, decimal amount) {
  auto that_day = on_day(a, day);
  PITWALL_TRY(total, add(a.realized, amount));
  PITWALL_TRY(day_total, add(that_day.realized, amount));
  a.realized = total;
  that_day.realized = day_total;
  keep(a, that_day);
  return done{};
}

void portfolio::raise_peak(account& a) const {
  if (!a.unvalued.empty()) return;
  const auto open = unrealized(a, fill_prices_, rates_);
  const auto worth = open.ok() ? add(a.realized, *open) : open;
  if (worth.ok()) a.peak = std::max(a.peak, *worth);
}

status portfolio::value_at(const place& where, decimal price) {
  if (price <= decimal(0)) return done{};
  for (auto& [id, account_now] : accounts_) {
    const auto waiting = account_now.unvalued.find(where);
    if (waiting == account_now.unvalued.end()) continue;
    rates_[where] = price;
    auto next = account_now;
    for (const auto& [day, amount] : waiting->second) {
      if (amount.is_zero()) continue;
      PITWALL_TRY(worth, mul(amount, price));
      PITWALL_CHECK(realize(next, day, worth));
    }
    next.unvalued.erase(where);
    raise_peak(next);
    account_now = std::move(next);
  }
  return done{};
}

std::set<portfolio::place> portfolio::unvalued() const {
  std::set<place> all;
  for (const auto& [id, a] : accounts_)
    for (const auto& [where, amounts] : a.unvalued) all.insert(where);
  return all;
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

std::vector<portfolio::place> portfolio::priced_places(const std::string& bot_id) const {
  std::set<place> all;
  if (const auto a = accounts_.find(bot_id); a != accounts_.end()) {
    for (const auto& [where, p] : a->second.positions) {
      all.insert(where);
      if (auto rate = rate_place(where.first, split_symbol(where.second).quote, currency_))
        all.insert(std::move(*rate));
    }
    for (const auto& [where, amounts] : a->second.unvalued)
      if (counts(amounts)) all.insert(where);
  }
  return {all.begin(), all.end()};
}

std::int64_t portfolio::orders_today(const std::string& bot_id, timestamp now) const {
  const auto a = accounts_.find(bot_id);
  return a == accounts_.end() ? 0 : on_day(a->second, now).orders;
}

namespace {

error no_price(const portfolio::place& of) {
  return {errc::unavailable,
          "no price of " + of.second + " at " + of.first + " is known",
          {},
          "risk.currency is what all of an account is counted in"};
}

}  // namespace

result<profit_and_loss> portfolio::profit(const std::string& bot_id, timestamp now) const {
  profit_and_loss out;
  const auto found = accounts_.find(bot_id);
  if (found == accounts_.end()) return out;
  const auto& a = found->second;
  for (const auto& [where, amounts] : a.unvalued)
    if (counts(amounts)) return no_price(where);
  out.realized_total = a.realized;
  out.realized_today = on_day(a, now).realized;
  out.peak_total = a.peak;
  PITWALL_TRY(open, unrealized(a, marks_, marks_));
  out.unrealized = open;
  return out;
}

result<decimal> portfolio::unrealized(const account& a, const prices& at,
                                      const prices& rates) const {
  decimal sum;
  for (const auto& [where, p] : a.positions) {
    const auto price = at.find(where);
    if (price == at.end()) continue;
    PITWALL_TRY(gain, sub(price->second, p.average_entry));
    PITWALL_TRY(in_quote, mul(gain, p.quantity));
    decimal amount = in_quote;
    if (const auto by = rate_place(where.first, split_symbol(where.second).quote, currency_)) {
      const auto rate = rates.find(*by);
      if (rate == rates.end()) return no_price(*by);
      PITWALL_TRY(converted, mul(in_quote, rate->second));
      amount = converted;
    }
    PITWALL_TRY(total, add(sum, amount));
    sum = total;
  }
  return sum;
}

}  // namespace pitwall
