// What is promised of limits and halts, for whatever numbers and commands come.
#include <algorithm>
#include <random>

#include "runtime/risk/emergency.hpp"
#include "runtime/risk/portfolio.hpp"
#include "runtime/risk/pre_trade.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

const timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) +
                     std::chrono::hours(12)};
const decimal tick = decimal::parse("0.000000000000000001").value();

/// Of any size, with up to eight places.
decimal any(std::mt19937_64& random, std::int64_t most) {
  const auto whole = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most));
  const auto part = static_cast<std::int64_t>(random() % 100'000'000);
  return add(decimal(whole), div(decimal(part), decimal(100'000'000)).value()).value();
}

decimal plus(decimal a, decimal b) { return add(a, b).value(); }
decimal minus(decimal a, decimal b) { return sub(a, b).value(); }

std::string refused_for(const order_facts& o, const exposure& e, const risk_limits& l) {
  const auto refused = check_order(o, e, l, "the host");
  return refused ? refused->limit : std::string();
}

}  // namespace

TEST_CASE("property: each limit lets through what is at it, and nothing a tick beyond") {
  const std::uint64_t seed = 71;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    CAPTURE(round);
    const bool buys = random() % 2 == 0;
    const auto amount = plus(any(random, 1'000), tick), threshold = any(random, 1'000'000);
    order_facts order{buys, amount, {}, decimal(1), decimal(1)};
    const auto limit_of = [&](std::optional<decimal> risk_limits::*which, decimal at) {
      auto l = risk_limits::none();
      l.*which = at;
      return l;
    };
    // The order's own size, and what it is worth.
    CHECK(refused_for(order, {}, limit_of(&risk_limits::max_order_size, amount)).empty());
    CHECK(refused_for(order, {}, limit_of(&risk_limits::max_order_size, minus(amount, tick))) ==
          "max_order_size");
    CHECK(refused_for(order, {}, limit_of(&risk_limits::max_order_notional, amount)).empty());
    CHECK(refused_for(order, {}, limit_of(&risk_limits::max_order_notional, minus(amount, tick))) ==
          "max_order_notional");
    // The position, with what is open on the order's side; the other side does not help.
    exposure e;
    const auto held = any(random, 100), open = any(random, 100);
    e.position = buys ? held : -held;
    (buys ? e.open_buys : e.open_sells) = open;
    (buys ? e.open_sells : e.open_buys) = any(random, 1'000);
    const auto worst = plus(plus(held, open), amount);
    CHECK(refused_for(order, e, limit_of(&risk_limits::max_position_size, worst)).empty());
    CHECK(refused_for(order, e, limit_of(&risk_limits::max_position_size, minus(worst, tick))) ==
          "max_position_size");
    // Counts.
    exposure counts;
    counts.open_orders = counts.orders_lately = static_cast<std::int64_t>(random() % 1'000);
    const decimal next(counts.open_orders + 1), now(counts.open_orders);
    CHECK(refused_for(order, counts, limit_of(&risk_limits::max_open_orders, next)).empty());
    CHECK(refused_for(order, counts, limit_of(&risk_limits::max_open_orders, now)) ==
          "max_open_orders");
    CHECK(refused_for(order, counts, limit_of(&risk_limits::orders_per_second, next)).empty());
    CHECK(refused_for(order, counts, limit_of(&risk_limits::orders_per_second, now)) ==
          "orders_per_second");
    // The day's loss.
    exposure loss;
    loss.daily_pnl = -threshold;
    const auto floor = limit_of(&risk_limits::daily_loss_limit, -threshold);
    CHECK(refused_for(order, loss, floor).empty());
    loss.daily_pnl = minus(-threshold, tick);
    CHECK(refused_for(order, loss, floor) == "daily_loss_limit");
    // A limit price, in percent away from the latest.
    order_facts priced{buys, amount, {}, decimal(100), decimal(1)};
    const auto away = any(random, 99);
    const auto collar = limit_of(&risk_limits::price_collar_percent, away);
    priced.price = buys ? plus(100, away) : minus(100, away);
    CHECK(refused_for(priced, {}, collar).empty());
    priced.price = buys ? plus(*priced.price, tick) : minus(*priced.price, tick);
    CHECK(refused_for(priced, {}, collar) == "price_collar_percent");
    // The fall from a peak of 100, in percent.
    exposure fall;
    fall.peak_equity = 100;
    const auto fallen = any(random, 100);
    fall.equity = minus(100, fallen);
    const auto ceiling = limit_of(&risk_limits::max_drawdown_percent, fallen);
    CHECK(refused_for(order, fall, ceiling).empty());
    fall.equity = minus(fall.equity, tick);
    CHECK(refused_for(order, fall, ceiling) == "max_drawdown_percent");
  }
}

TEST_CASE("property: a figure at its limit trips nothing, one a tick beyond does, once") {
  const std::uint64_t seed = 72;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    for (const auto& l : limit_table()) {
      CAPTURE(round, l.name);
      const bool floor = l.name == "daily_loss_limit";
      const auto size = plus(any(random, 1'000'000), decimal(1));
      const auto at = floor ? -size : size;
      const auto beyond = floor ? minus(at, tick) : plus(at, tick);
      limit_watch watch;
      const auto near = watch.look(l, at, at);
      REQUIRE(near.ok());
      REQUIRE(*near);
      CHECK_FALSE((**near).exceeded);  // All of it is used: that is a warning.
      const auto trip = watch.look(l, beyond, at);
      REQUIRE(trip.ok());
      REQUIRE(*trip);
      CHECK((**trip).exceeded);
      const auto again = watch.look(l, beyond, at);
      REQUIRE(again.ok());
      CHECK_FALSE(*again);
    }
  }
}

TEST_CASE("property: a profit never trips a limit of losses, nor warns of it") {
  const std::uint64_t seed = 73;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto& table = limit_table();
  const auto& loss = *std::find_if(table.begin(), table.end(),
                                   [](const auto& l) { return l.name == "daily_loss_limit"; });
  std::size_t profits = 0;
  for (int round = 0; round < 300; ++round) {
    portfolio p;
    limit_watch watch;
    auto limits = risk_limits::none();
    limits.daily_loss_limit = -any(random, 200);
    for (int step = 0; step < 30; ++step) {
      CAPTURE(round, step);
      if (random() % 2 == 0)
        REQUIRE(p.apply({"b", "x", "BTC/USDT", random() % 2 == 0,
                         plus(any(random, 100), decimal(50)), plus(any(random, 3), tick), 0, noon})
                    .ok());
      else
        p.mark("x", "BTC/USDT", plus(any(random, 200), decimal(1)));
      const auto pnl = p.profit("b", noon).value();
      const auto today = plus(pnl.realized_today, pnl.unrealized);
      exposure e;
      e.daily_pnl = today;
      const auto refused = refused_for({true, 1, {}, {}, 1}, e, limits);
      const auto alarm = watch.look(loss, today, limits.daily_loss_limit);
      REQUIRE(alarm.ok());
      if (today < decimal(0)) continue;
      ++profits;
      CHECK(refused.empty());
      CHECK_FALSE(*alarm);
      CHECK(utilization_of_floor(today, *limits.daily_loss_limit).value().is_zero());
    }
  }
  CHECK(profits > 1'000);
}

TEST_CASE("property: an alert never lifts a halt, whatever came before it and in whatever scope") {
  const std::uint64_t seed = 74;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::string> scopes = {"global", "venue:x", "bot:x", "bot:y", "strategy:x"};
  std::size_t alerts_in_halt = 0;
  for (int round = 0; round < 2'000; ++round) {
    emergency_book book;
    for (int step = 0; step < 30; ++step) {
      CAPTURE(round, step);
      emergency_command c;
      c.scope = scopes[random() % scopes.size()];
      const auto draw = random() % 10;
      c.action = draw < 3   ? emergency_action::halt
                 : draw < 5 ? emergency_action::resume
                            : emergency_action::alert;
      c.operator_name = "ann";
      c.reason = "property";
      const auto before = book.effective("x", "x", "x");
      const auto permit = book.grant("x", "x", "x");
      const auto change = book.decide(c);
      if (change.ok()) book.apply(*change);
      if (c.action != emergency_action::alert) continue;
      if (!can_trade(before)) ++alerts_in_halt;
      CHECK(can_trade(book.effective("x", "x", "x")) == can_trade(before));
      CHECK(book.effective("x", "x", "x") >= before);
      CHECK(book.allows(permit) == can_trade(before));
    }
  }
  CHECK(alerts_in_halt > 1'000);
}
