#include "runtime/risk/limits.hpp"

#include <fstream>
#include <sstream>

#include "runtime/risk/pre_trade.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;

namespace {

decimal d(std::string_view text) { return decimal::parse(text).value(); }

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("floors and ceilings trip on the right side of the boundary") {
  const auto tick = d("0.000000000000000001");
  const std::optional<decimal> floor = -500, ceiling = 20;
  CHECK_FALSE(exceeds_floor(-500, floor));
  CHECK(exceeds_floor(-decimal(add(500, tick).value()), floor));
  CHECK_FALSE(exceeds_floor(sub(decimal(-500), -tick).value(), floor));
  CHECK_FALSE(exceeds_ceiling(20, ceiling));
  CHECK(exceeds_ceiling(add(20, tick).value(), ceiling));
  CHECK_FALSE(exceeds_floor(-1'000'000, std::nullopt));
  CHECK_FALSE(exceeds_ceiling(1'000'000, std::nullopt));
}

TEST_CASE("utilization") {
  CHECK(utilization_of_floor(-400, -500).value() == 80);
  CHECK(utilization_of_floor(-600, -500).value() == 120);
  CHECK(utilization_of_floor(400, -500).value() == 0);  // A profit uses nothing.
  CHECK(utilization_of_floor(0, -500).value() == 0);
  CHECK(utilization_of_floor(-1, 0).value() == 100);
  CHECK(utilization_of_floor(0, 0).value() == 0);
  CHECK(utilization_of_floor(9, 10).value() == 100);
  CHECK(utilization_of_ceiling(5, 20).value() == 25);
  CHECK(utilization_of_ceiling(-5, 20).value() == 0);
  CHECK(utilization_of_ceiling(1, 0).value() == 100);
  CHECK(utilization_of_ceiling(0, 0).value() == 0);
}

TEST_CASE("drawdown is measured from the peak, and a peak of nothing has none") {
  CHECK(drawdown_percent(80, 100).value() == 20);
  CHECK(drawdown_percent(100, 100).value() == 0);
  CHECK(drawdown_percent(120, 100).value() == 0);
  CHECK(drawdown_percent(-20, 100).value() == 120);
  CHECK(drawdown_percent(-1, 0).error().code == errc::division_by_zero);
  CHECK(drawdown_percent(0, 0).value() == 0);
}

TEST_CASE("limits are set by name, and wrong ones say what may be set") {
  risk_limits limits;
  REQUIRE(set_limit(limits, "daily_loss_limit", "-100").ok());
  REQUIRE(set_limit(limits, "max_position_size", "none").ok());
  REQUIRE(set_limit(limits, "max_order_size", "0.5").ok());
  REQUIRE(set_limit(limits, "orders_per_second", "10").ok());
  CHECK(limits.daily_loss_limit == decimal(-100));
  CHECK_FALSE(limits.max_position_size);
  CHECK(limits.max_order_size == d("0.5"));
  CHECK(limits.orders_per_second == decimal(10));
  for (const auto& [name, text] :
       std::vector<std::pair<const char*, const char*>>{{"max_order_size", "-1"},
                                                        {"max_open_orders", "1.5"},
                                                        {"daily_loss_limit", "much"},
                                                        {"max_position_size", ""},
                                                        {"duplicate_window_ms", "0.5"},
                                                        {"max_loss", "1"}}) {
    CAPTURE(name, text);
    const auto before = limits;
    const auto s = set_limit(limits, name, text);
    REQUIRE_FALSE(s.ok());
    CHECK(s.error().code == errc::invalid_argument);
    CHECK(s.error().where == name);
    CHECK_FALSE(s.error().remedy.empty());
    CHECK(limits == before);
  }
}

TEST_CASE("the documented limits and codes are those of the code") {
  const auto docs = text_of(test::source_path("/docs/risk.md"));
  REQUIRE_FALSE(docs.empty());
  const risk_limits defaults;
  for (const auto& l : limit_table()) {
    const auto& value = defaults.*l.member;
    const auto row = "| `" + std::string(l.name) + "` | " +
                     (value ? value->to_string() : std::string("none")) + " | " +
                     std::string(l.unit) + " | " + std::string(l.meaning) + " | `" +
                     std::string(l.code) + "` |";
    CAPTURE(row);
    CHECK(docs.find(row) != std::string::npos);
  }
  for (const auto code : {duplicate_order, figures_unknown, price_unknown})
    CHECK(docs.find("| `" + std::string(code) + "` |") != std::string::npos);
}
