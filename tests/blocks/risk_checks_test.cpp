#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

figures figures_of(int pnl, int limit) {
  figures f;
  f.daily_pnl = pnl;
  f.daily_loss_limit = limit;
  f.equity = f.peak_equity = 1'000;
  f.max_drawdown_percent = 20;
  f.max_position_size = 100;
  return f;
}

named_outputs checked(const char* type, const figures& f) {
  block_fixture b(type);
  b.request<figures_request>();
  return b.answered(f);
}

}  // namespace

TEST_CASE("position_size: capital x risk_pct / 100") {
  block_fixture b("position_size");
  CHECK(b.run({{"capital", 10'000}, {"risk_pct", dec("1.5")}})["size"] == 150);
  CHECK(b.run({{"capital", 0}, {"risk_pct", 2}})["size"] == 0);
  CHECK(mentions(b.failure({{"risk_pct", 1}}), "'capital' of position_size"));
  CHECK(mentions(b.failure({{"capital", -1}, {"risk_pct", 1}}), "below 0"));
  CHECK(mentions(b.failure({{"capital", 1}, {"risk_pct", -1}}), "below 0"));
  const auto huge = dec("100000000000000000000");
  CHECK(b.failure({{"capital", huge}, {"risk_pct", 50}}).code == errc::out_of_range);
}

TEST_CASE("max_trades counts this bot's orders of today") {
  block_fixture b("max_trades", {{"limit", 3}});
  b.request<figures_request>();
  figures f;
  f.trades_today = 2;
  CHECK(b.answered(f)["allowed"] == true);
  CHECK(b.answered(f)["remaining"] == 1);
  f.trades_today = 3;
  CHECK(b.answered(f)["allowed"] == false);
  f.trades_today = 9;
  CHECK(b.answered(f)["remaining"] == 0);
  CHECK(mentions(b.failure({{"limit", nullptr}}), "'limit' of max_trades"));
  CHECK(mentions(b.failure({{"limit", dec("1.5")}}), "whole number"));
  CHECK(mentions(b.failure({{"limit", -1}}), "whole number"));
}

TEST_CASE("daily_loss: exceeded below the floor; a profit is never utilization") {
  auto out = checked("daily_loss", figures_of(-400, -500));
  CHECK(out["allowed"] == true);
  CHECK(out["utilization"] == 80);
  out = checked("daily_loss", figures_of(-500, -500));
  CHECK(out["allowed"] == true);
  CHECK(out["utilization"] == 100);
  out = checked("daily_loss", figures_of(-501, -500));
  CHECK(out["allowed"] == false);
  out = checked("daily_loss", figures_of(10'000, -500));
  CHECK(out["allowed"] == true);
  CHECK(out["utilization"] == 0);
}

TEST_CASE("daily_loss: a limit of 0 allows no loss and divides by nothing") {
  CHECK(checked("daily_loss", figures_of(0, 0))["allowed"] == true);
  CHECK(checked("daily_loss", figures_of(0, 0))["utilization"] == 0);
  CHECK(checked("daily_loss", figures_of(-1, 0))["allowed"] == false);
  CHECK(checked("daily_loss", figures_of(-1, 0))["utilization"] == 100);
}

TEST_CASE("max_drawdown: the fall from the peak, in percent") {
  figures f = figures_of(0, -500);
  f.equity = 900;
  auto out = checked("max_drawdown", f);
  CHECK(out["allowed"] == true);
  CHECK(out["utilization"] == 50);
  f.equity = 800;
  CHECK(checked("max_drawdown", f)["allowed"] == true);
  f.equity = dec("799.99");
  CHECK(checked("max_drawdown", f)["allowed"] == false);
  f.equity = 2'000;
  CHECK(checked("max_drawdown", f)["utilization"] == 0);
  f.equity = f.peak_equity = 0;
  CHECK(checked("max_drawdown", f)["allowed"] == true);
  f.equity = -1;
  block_fixture b("max_drawdown");
  b.request<figures_request>();
  CHECK(b.resume(f).error().code == errc::division_by_zero);
}

TEST_CASE("risk_check: all limits, the highest utilization, and which one is exceeded") {
  figures f = figures_of(-100, -500);
  f.equity = 940;
  f.position = -50;
  auto out = checked("risk_check", f);
  CHECK(out["allowed"] == true);
  CHECK(out["utilization"] == 50);
  CHECK(out["reason"].is_null());
  f.position = -101;
  out = checked("risk_check", f);
  CHECK(out["allowed"] == false);
  CHECK(out["reason"] == "max_position_size");
  f.equity = 1;
  CHECK(checked("risk_check", f)["reason"] == "max_drawdown_percent");
  f.daily_pnl = -600;
  CHECK(checked("risk_check", f)["reason"] == "daily_loss_limit");
}
