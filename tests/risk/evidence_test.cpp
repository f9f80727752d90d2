#include "runtime/risk/evidence.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

constexpr timestamp afternoon{std::chrono::seconds(1'772'366'400 + 3 * 3'600)};
std::string text(const value& v, std::string_view name) { return v.find(name)->as_text(); }
decimal money(const char* t) { return *decimal::parse(t); }

}  // namespace

TEST_CASE("evidence: a daily loss in words and numbers, since midnight", "[evidence]") {
  limit_figures f;
  f.pnl.realized_today = money("-500.5");
  f.pnl.realized_total = money("-100");
  f.pnl.unrealized = money("-12.25");
  f.equity = 99'888;
  f.peak = 100'400;
  const auto v =
      limit_evidence({"daily_loss_limit", true, money("-512.75"), -500, 102}, f, {}, afternoon);
  CHECK(text(v, "limit") == "daily_loss_limit");
  CHECK(text(v, "unit") == "currency");
  CHECK(text(v, "formula") == "realized_today + unrealized, less than the limit");
  CHECK(text(v, "computation") == "(-500.5) + (-12.25) = -512.75 < -500");
  CHECK(v.find("threshold")->as_number() == decimal(-500));
  CHECK(v.find("observed")->as_number() == money("-512.75"));
  const auto& window = *v.find("window");
  CHECK(text(window, "name") == "since 00:00 UTC");
  CHECK(text(window, "from") == "2026-03-01T00:00:00.000000Z");
  CHECK(text(window, "to") == "2026-03-01T15:00:00.000000Z");
  const auto& inputs = *v.find("inputs");
  CHECK(inputs.find("realized_today")->as_number() == money("-500.5"));
  CHECK(inputs.find("unrealized")->as_number() == money("-12.25"));
  CHECK(inputs.find("realized_total")->as_number() == decimal(-100));
}

TEST_CASE("evidence: a drawdown has no beginning, and shows both ends", "[evidence]") {
  limit_figures f;
  f.equity = 75'000;
  f.peak = 100'000;
  const auto v = limit_evidence({"max_drawdown_percent", true, 25, 20, 125}, f, {}, afternoon);
  CHECK(text(v, "computation") == "100 x (100000 - 75000) / 100000 = 25 > 20");
  CHECK(v.find("window")->find("from")->is_null());
  CHECK(v.find("inputs")->find("peak_equity")->as_number() == decimal(100'000));
}

TEST_CASE("evidence: an order beyond a limit is shown by what the limit means", "[evidence]") {
  const auto v = limit_evidence({"max_open_orders", true, 6, 5, 120}, {}, {}, afternoon);
  CHECK(text(v, "formula") ==
        "orders on their way, resting or in doubt, at once, more than the limit");
  CHECK(text(v, "computation") == "6 > 5");
  CHECK(text(v, "unit") == "orders");
  CHECK(v.find("inputs")->is_null());
}

TEST_CASE("evidence: positions are what the unrealized figure is the sum of", "[evidence]") {
  portfolio p;
  for (const char* symbol : {"BTC/USDT", "ETH/USDT"})
    REQUIRE(p.apply({"b", "sim", symbol, true, 100, 2, 0, afternoon}).ok());
  p.mark("sim", "BTC/USDT", 90);
  const auto all = position_inputs(p, "b");
  REQUIRE(all.size() == 2);
  CHECK(text(all[0], "symbol") == "BTC/USDT");
  decimal total;
  for (const auto& held : all) {
    const auto gained =
        sub(held.find("price")->as_number(), held.find("average_entry")->as_number());
    total = *add(total, *mul(*gained, held.find("quantity")->as_number()));
  }
  CHECK(total == p.profit("b", afternoon)->unrealized);
  CHECK(total == decimal(-20));
  CHECK(position_inputs(p, "other").empty());
}
