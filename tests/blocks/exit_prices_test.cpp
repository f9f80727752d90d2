#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

figures holding(decimal position, decimal entry) {
  figures f;
  f.position = position;
  f.average_entry = entry;
  f.as_of = timestamp(std::chrono::seconds(1'772'366'399));
  return f;
}

/// trigger, and the level.
std::pair<value, value> exits(const char* type, const char* level, decimal price,
                              const figures& f) {
  block_fixture b(type);
  b.request<figures_request>({{"price", price}});
  const auto out = b.answered(f);
  CHECK(out.all().observed_at == f.as_of);
  return {out["trigger"], out[level]};
}

}  // namespace

TEST_CASE("stop_loss: 2 % against the average entry, for long and short") {
  const auto long_stop = [](decimal price) {
    return exits("stop_loss", "stop_price", price, holding(3, 100));
  };
  CHECK(long_stop(98) == std::pair<value, value>(true, 98));
  CHECK(long_stop(dec("98.01")) == std::pair<value, value>(false, 98));
  CHECK(long_stop(150).first == false);
  const auto short_stop = [](decimal price) {
    return exits("stop_loss", "stop_price", price, holding(-3, 100));
  };
  CHECK(short_stop(102) == std::pair<value, value>(true, 102));
  CHECK(short_stop(dec("101.99")).first == false);
  CHECK(short_stop(50).first == false);
}

TEST_CASE("take_profit: 5 % in favour, for long and short") {
  const auto target = [](decimal price, int position) {
    return exits("take_profit", "target_price", price, holding(position, 100));
  };
  CHECK(target(105, 1) == std::pair<value, value>(true, 105));
  CHECK(target(104, 1).first == false);
  CHECK(target(95, -1) == std::pair<value, value>(true, 95));
  CHECK(target(96, -1).first == false);
}

TEST_CASE("stop_loss, take_profit: without a position there is no trigger and no level") {
  CHECK(exits("stop_loss", "stop_price", 1, holding(0, 0)) ==
        std::pair<value, value>(false, value()));
  CHECK(exits("take_profit", "target_price", 1'000, holding(0, 0)) ==
        std::pair<value, value>(false, value()));
}

TEST_CASE("stop_loss: bad inputs fail before anyone is asked; the request carries the symbol") {
  block_fixture b("stop_loss", {{"symbol", "ETH"}, {"venue", "luno"}});
  CHECK(mentions(b.failure(), "'price' of stop_loss"));
  CHECK(mentions(b.failure({{"price", 0}}), "above 0"));
  CHECK(mentions(b.failure({{"price", 1}, {"percentage", -2}}), "below 0"));
  CHECK(mentions(b.failure({{"price", 1}, {"percentage", nullptr}}), "'percentage'"));
  const auto r = b.request<figures_request>({{"price", 1}, {"percentage", "10"}});
  CHECK(r.symbol == "ETH");
  CHECK(r.venue == "luno");
  CHECK(b.answered(holding(1, 100))["stop_price"] == 90);
  CHECK(b.resume(done{}).error().code == errc::internal);
}
