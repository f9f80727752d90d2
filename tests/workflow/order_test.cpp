#include "runtime/workflow/order.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

decimal number(const char* text) { return decimal::parse(text).value(); }

order_report with_fills(std::vector<std::pair<const char*, const char*>> fills) {
  order_report r;
  for (const auto& [price, quantity] : fills) {
    r.fills.push_back({number(price), number(quantity), {}, "USD"});
  }
  return r;
}

}  // namespace

TEST_CASE("order: types are read in any case and written in the contract's", "[order]") {
  CHECK(*order_kind_from_string("fok") == order_kind::fok);
  CHECK(*order_kind_from_string("Market") == order_kind::market);
  CHECK(*order_kind_from_string("GTC") == order_kind::gtc);
  for (const auto k :
       {order_kind::market, order_kind::limit, order_kind::fok, order_kind::ioc, order_kind::gtc}) {
    CHECK(*order_kind_from_string(to_string(k)) == k);
  }
  const auto unknown = order_kind_from_string("stop");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == errc::invalid_argument);
  CHECK_FALSE(order_kind_from_string("").ok());
  CHECK_FALSE(order_kind_from_string("limits").ok());
}

TEST_CASE("order: sums over fills", "[order]") {
  CHECK(with_fills({}).filled_quantity().is_zero());
  CHECK(with_fills({}).average_price().is_zero());
  const auto r = with_fills({{"10", "1"}, {"20", "2"}});
  CHECK(r.filled_quantity() == decimal(3));
  CHECK(r.average_price() == div(decimal(50), decimal(3)).value());
  CHECK(with_fills({{"0.1", "0.3"}, {"0.1", "0.7"}}).average_price() == number("0.1"));
}

TEST_CASE("order: fills whose notional is beyond decimal still have an average", "[order]") {
  const auto r = with_fills({{"1e12", "1e12"}, {"3e12", "1e12"}});
  CHECK(r.average_price() == number("2e12"));
}
