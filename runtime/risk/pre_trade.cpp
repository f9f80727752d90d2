#include "runtime/risk/pre_trade.hpp"

#include <utility>

namespace pitwall {
namespace {

class checker {
 public:
  checker(const order_facts& order, const exposure& now, const risk_limits& limits,
          const std::string& scope)
      : order_(order), now_(now), limits_(limits), scope_(scope) {}

  /// What needs no figures first, then what the scope has open, then what it has lost.
  std::optional<refusal> run() {
    auto refused = of_order();
    if (!refused) refused = of_counts();
    if (!refused) refused = of_position();
    if (!refused) refused = of_losses();
    return refused;
  }

 private:
  using outcome = std::optional<refusal>;

  outcome of_order() {
    if (exceeds_ceiling(order_.amount, limits_.max_order_size))
      return refuse("max_order_size", order_.amount, *limits_.max_order_size);
    if (limits_.max_order_notional) {
      const auto price = order_.price ? order_.price : order_.last_price;
      if (!price) return unknown(price_unknown, "the order has no price, and none is known");
      const auto in_quote = mul(order_.amount, *price);
      const auto notional = in_quote.ok() ? mul(*in_quote, order_.rate) : in_quote;
      if (!notional.ok()) return unknown(figures_unknown, notional.error().message);
      if (exceeds_ceiling(*notional, limits_.max_order_notional))
        return refuse("max_order_notional", *notional, *limits_.max_order_notional);
    }
    if (limits_.price_collar_percent && order_.price) {
      if (!order_.last_price || *order_.last_price <= decimal(0))
        return unknown(price_unknown, "no latest price is known to compare the limit price with");
      const auto away = distance_percent(*order_.price, *order_.last_price);
      if (!away.ok()) return unknown(figures_unknown, away.error().message);
      if (exceeds_ceiling(*away, limits_.price_collar_percent))
        return refuse("price_collar_percent", *away, *limits_.price_collar_percent);
    }
    return std::nullopt;
  }

  outcome of_counts() {
    const decimal open(now_.open_orders + 1), lately(now_.orders_lately + 1);
    if (exceeds_ceiling(open, limits_.max_open_orders))
      return refuse("max_open_orders", open, *limits_.max_open_orders);
    if (exceeds_ceiling(lately, limits_.orders_per_second))
      return refuse("orders_per_second", lately, *limits_.orders_per_second);
    const auto& window = limits_.duplicate_window_ms;
    if (window && now_.like_it_ago) {
      const decimal ago(now_.like_it_ago->count() / 1'000);
      if (ago < *window) return like_before(ago, *window);
    }
    return std::nullopt;
  }

  outcome like_before(decimal ago, decimal window) const {
    auto refused = refuse("duplicate_window_ms", ago, window);
    refused->message = "duplicate_window_ms of " + scope_ + ": the same order was let through " +
                       ago.to_string() + " ms ago, and that is refused for " + window.to_string() +
                       " ms";
    return refused;
  }

  /// The worst that can come of it: everything on this side fills, nothing on the other.
  outcome of_position() {
    if (!limits_.max_position_size) return std::nullopt;
    const auto& open = order_.buys ? now_.open_buys : now_.open_sells;
    const auto held = order_.buys ? now_.position : -now_.position;
    const auto ordered = add(open, order_.amount);
    const auto worst = ordered.ok() ? add(held, *ordered) : ordered;
    if (!worst.ok()) return unknown(figures_unknown, worst.error().message);
    if (exceeds_ceiling(*worst, limits_.max_position_size))
      return refuse("max_position_size", *worst, *limits_.max_position_size);
    return std::nullopt;
  }

  outcome of_losses() {
    if (exceeds_floor(now_.daily_pnl, limits_.daily_loss_limit))
      return refuse("daily_loss_limit", now_.daily_pnl, *limits_.daily_loss_limit);
    if (limits_.max_drawdown_percent) {
      const auto fallen = drawdown_percent(now_.equity, now_.peak_equity);
      if (!fallen.ok()) return unknown(figures_unknown, fallen.error().message);
      if (exceeds_ceiling(*fallen, limits_.max_drawdown_percent))
        return refuse("max_drawdown_percent", *fallen, *limits_.max_drawdown_percent);
    }
    return std::nullopt;
  }

  static result<decimal> distance_percent(decimal price, decimal last) {
    PITWALL_TRY(away, sub(price, last));
    return as_percent(away.abs(), last);
  }

  outcome refuse(std::string_view limit, decimal figure, decimal threshold) const {
    std::string code;
    for (const auto& d : limit_table())
      if (d.name == limit) code = d.code;
    return refusal{std::move(code), std::string(limit), figure, threshold,
                   std::string(limit) + " of " + scope_ + ": " + figure.to_string() +
                       ", and the limit is " + threshold.to_string()};
  }
  outcome unknown(std::string_view code, const std::string& why) const {
    return refusal{std::string(code), {}, {}, {}, "limits of " + scope_ + ": " + why};
  }

  const order_facts& order_;
  const exposure& now_;
  const risk_limits& limits_;
  const std::string& scope_;
};

}  // namespace

std::optional<refusal> check_order(const order_facts& order, const exposure& now,
                                   const risk_limits& limits, const std::string& scope) {
  return checker(order, now, limits, scope).run();
}

result<std::optional<limit_alarm>> limit_watch::look(const limit_description& limit, decimal figure,
                                                     const std::optional<decimal>& threshold) {
  auto& before = levels_[static_cast<std::size_t>(&limit - limit_table().data())];
  if (!threshold) {
    before = level::calm;
    return std::optional<limit_alarm>();
  }
  const bool floor = limit.name.find("_loss") != std::string_view::npos;
  const bool exceeded =
      floor ? exceeds_floor(figure, threshold) : exceeds_ceiling(figure, threshold);
  PITWALL_TRY(used, floor ? utilization_of_floor(figure, *threshold)
                          : utilization_of_ceiling(figure, *threshold));
  const auto now = exceeded                           ? level::exceeded
                   : used >= decimal(warning_percent) ? level::near
                                                      : level::calm;
  const bool tells = now > before;
  before = now;
  if (!tells) return std::optional<limit_alarm>();
  return std::optional<limit_alarm>(
      limit_alarm{std::string(limit.name), exceeded, figure, *threshold, used});
}

}  // namespace pitwall
