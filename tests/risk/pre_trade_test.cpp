#include "runtime/risk/pre_trade.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

decimal d(std::string_view text) { return decimal::parse(text).value(); }

order_facts order(bool buys, decimal amount) { return {buys, amount, {}, decimal(100)}; }

std::string code_of(const order_facts& o, const exposure& e, const risk_limits& l) {
  const auto refused = check_order(o, e, l, "the host");
  return refused ? refused->code : "";
}

risk_limits only(std::string_view name, decimal value) {
  auto l = risk_limits::none();
  REQUIRE(set_limit(l, name, value.to_string()).ok());
  return l;
}

const limit_description& limit(std::string_view name) {
  for (const auto& l : limit_table())
    if (l.name == name) return l;
  FAIL("no such limit");
  std::abort();
}

}  // namespace

TEST_CASE("each limit lets through what is at it, and refuses what is beyond") {
  const exposure calm{0, 0, 0, 0, 0, 0, 1'000, 1'000};
  CHECK(code_of(order(true, 1'000'000), calm, risk_limits::none()).empty());

  CHECK(code_of(order(true, 5), calm, only("max_order_size", 5)).empty());
  CHECK(code_of(order(true, d("5.000000000000000001")), calm, only("max_order_size", 5)) ==
        "max_order_size");

  CHECK(code_of(order(true, 5), calm, only("max_order_notional", 500)).empty());
  CHECK(code_of(order(false, d("5.01")), calm, only("max_order_notional", 500)) ==
        "max_order_notional");
  // A limit order's own price counts, not the market's.
  CHECK(code_of({true, 5, decimal(101), decimal(100)}, calm, only("max_order_notional", 500)) ==
        "max_order_notional");
  CHECK(code_of({true, 5, {}, {}}, calm, only("max_order_notional", 500)) == "price_unknown");

  CHECK(code_of({true, 1, decimal(105), decimal(100)}, calm, only("price_collar_percent", 5))
            .empty());
  CHECK(
      code_of({true, 1, decimal(95), decimal(100)}, calm, only("price_collar_percent", 5)).empty());
  CHECK(code_of({true, 1, d("105.1"), decimal(100)}, calm, only("price_collar_percent", 5)) ==
        "price_collar");
  CHECK(code_of({false, 1, d("94.9"), decimal(100)}, calm, only("price_collar_percent", 5)) ==
        "price_collar");
  CHECK(code_of({true, 1, decimal(105), {}}, calm, only("price_collar_percent", 5)) ==
        "price_unknown");
  CHECK(code_of({true, 1, {}, {}}, calm, only("price_collar_percent", 5)).empty());

  auto busy = calm;
  busy.open_orders = 2;
  busy.orders_lately = 2;
  CHECK(code_of(order(true, 1), busy, only("max_open_orders", 3)).empty());
  CHECK(code_of(order(true, 1), busy, only("max_open_orders", 2)) == "max_open_orders");
  CHECK(code_of(order(true, 1), busy, only("orders_per_second", 3)).empty());
  CHECK(code_of(order(true, 1), busy, only("orders_per_second", 2)) == "orders_per_second");

  auto twice = calm;
  CHECK(code_of(order(true, 1), twice, only("duplicate_window_ms", 1'000)).empty());
  for (const auto& [ago_us, refused] : std::vector<std::pair<int, bool>>{
           {0, true}, {500'000, true}, {999'999, true}, {1'000'000, false}, {2'000'000, false}}) {
    CAPTURE(ago_us);
    twice.like_it_ago = microseconds(ago_us);
    CHECK(code_of(order(true, 1), twice, only("duplicate_window_ms", 1'000)) ==
          (refused ? "duplicate_order" : ""));
    CHECK(code_of(order(true, 1), twice, risk_limits::none()).empty());
    CHECK(code_of(order(true, 1), twice, only("duplicate_window_ms", 0)).empty());
  }

  auto lost = calm;
  lost.daily_pnl = -500;
  CHECK(code_of(order(true, 1), lost, only("daily_loss_limit", -500)).empty());
  lost.daily_pnl = d("-500.000000000000000001");
  CHECK(code_of(order(true, 1), lost, only("daily_loss_limit", -500)) == "daily_loss_limit");
  lost.daily_pnl = 9'999;
  CHECK(code_of(order(true, 1), lost, only("daily_loss_limit", -500)).empty());

  auto fallen = calm;
  fallen.equity = 800;
  CHECK(code_of(order(true, 1), fallen, only("max_drawdown_percent", 20)).empty());
  fallen.equity = d("799.99");
  CHECK(code_of(order(true, 1), fallen, only("max_drawdown_percent", 20)) == "max_drawdown");
  fallen = {0, 0, 0, 0, 0, 0, -1, 0};
  CHECK(code_of(order(true, 1), fallen, only("max_drawdown_percent", 20)) == "figures_unknown");
}

TEST_CASE("a position counts with everything on the order's side that may still fill") {
  const auto limits = only("max_position_size", 10);
  exposure e;
  e.position = 4;
  e.open_buys = 3;
  e.open_sells = 8;
  CHECK(code_of(order(true, 3), e, limits).empty());
  CHECK(code_of(order(true, d("3.1")), e, limits) == "max_position_size");
  CHECK(code_of(order(false, 6), e, limits).empty());  // -(4 - 8 - 6) = 10
  CHECK(code_of(order(false, d("6.1")), e, limits) == "max_position_size");
  // What makes a position that is too large smaller goes through.
  e = {};
  e.position = 50;
  CHECK(code_of(order(false, 20), e, limits).empty());
  CHECK(code_of(order(true, 1), e, limits) == "max_position_size");
}

TEST_CASE("what cannot be computed is refused") {
  const auto huge = d("170000000000000000000");
  exposure e;
  e.position = huge;
  CHECK(code_of(order(true, huge), e, only("max_position_size", huge)) == "figures_unknown");
  CHECK(code_of({true, huge, huge, huge}, {}, only("max_order_notional", huge)) ==
        "figures_unknown");
}

TEST_CASE("a refusal says whose limit it is, the figure and the threshold") {
  const auto refused = check_order(order(true, 7), {}, only("max_order_size", 5), "bot 'b'");
  REQUIRE(refused);
  CHECK(refused->limit == "max_order_size");
  CHECK(refused->figure == 7);
  CHECK(refused->threshold == 5);
  CHECK(refused->message == "max_order_size of bot 'b': 7, and the limit is 5");
}

TEST_CASE("a limit warns once at 80 %, tells once when exceeded, and again after it was left") {
  limit_watch watch;
  const auto& loss = limit("daily_loss_limit");
  const auto look = [&](decimal figure) {
    const auto alarm = watch.look(loss, figure, decimal(-500)).value();
    return alarm ? std::string(alarm->exceeded ? "exceeded" : "warning") : "";
  };
  CHECK(look(600).empty());
  CHECK(look(-399).empty());
  CHECK(look(-400) == "warning");
  CHECK(look(-500).empty());
  CHECK(look(-501) == "exceeded");
  CHECK(look(-900).empty());
  CHECK(look(-450).empty());
  CHECK(look(-501) == "exceeded");
  CHECK(look(0).empty());
  CHECK(look(-501) == "exceeded");  // Without a warning before.
  const auto& drawdown = limit("max_drawdown_percent");
  CHECK(watch.look(drawdown, 16, decimal(20)).value()->utilization == 80);
  CHECK_FALSE(watch.look(drawdown, 99, std::nullopt).value());
  CHECK(watch.look(drawdown, 21, decimal(20)).value()->exceeded);
}

TEST_CASE("an order passes only where no single limit refuses it") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto some = [&](int most) { return decimal(static_cast<int>(random() % (most + 1))); };
  for (int n = 0; n < 20'000; ++n) {
    risk_limits all = risk_limits::none();
    for (const auto& l : limit_table())
      if (random() % 2 == 0) all.*l.member = l.name == "daily_loss_limit" ? -some(50) : some(100);
    const order_facts o{
        random() % 2 == 0, add(some(50), 1).value(),
        random() % 2 == 0 ? std::optional(add(some(200), 1).value()) : std::nullopt,
        random() % 4 != 0 ? std::optional(add(some(200), 1).value()) : std::nullopt};
    const exposure e{sub(some(100), 50).value(),
                     some(50),
                     some(50),
                     static_cast<std::int64_t>(random() % 100),
                     static_cast<std::int64_t>(random() % 100),
                     sub(some(100), 60).value(),
                     add(some(100), 1).value(),
                     101};
    bool any = false;
    for (const auto& l : limit_table()) {
      auto one = risk_limits::none();
      one.*l.member = all.*l.member;
      any = any || check_order(o, e, one, "x").has_value();
    }
    REQUIRE(check_order(o, e, all, "x").has_value() == any);
  }
}
