// What a venue lists as open, and that it is there again after it was lost.
#include <chrono>
#include <set>

#include "net/venues/binance_venue.hpp"
#include "net/venues/paper_venue.hpp"
#include "tests/net/binance_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

using ids = std::set<std::string>;

result<ids> listed(venue& v) {
  awaited<result<std::vector<std::string>>> out;
  v.open_orders(out.completion());
  const auto got = out.get();
  if (!got.ok()) return got.error();
  return ids(got->begin(), got->end());
}

binance_options polling() {
  binance_options o;
  o.poll_interval = milliseconds(20);
  o.poll_units_a_second = 1'000'000;
  return o;
}

}  // namespace

TEST_CASE("the exchange lists what is open, whichever process sent it", "[binance]") {
  binance_desk_fixture k;
  CHECK(k.venue->lists_open_orders());
  CHECK(listed(*k.venue)->empty());
  for (const char* id : {"one", "two"})
    REQUIRE(k.submit(id, make_order(order_side::buy, order_kind::limit, "1", "50000")).state ==
            order_state::accepted);
  REQUIRE(k.buy("over", "1").state == order_state::filled);
  k.open();
  CHECK(*listed(*k.venue) == ids{"one", "two"});
  REQUIRE(k.cancel({"one"}, "BTCUSDT").ok());
  CHECK(*listed(*k.venue) == ids{"two"});
  k.exchange.set_faults(R"({"down": true})");
  CHECK(listed(*k.venue).error().code == errc::unavailable);
}

TEST_CASE("the paper venue lists what is open") {
  auto gate = std::make_shared<order_gate>();
  gate->publish(std::make_shared<emergency_book>());
  paper_venue v({}, gate, std::make_shared<system_wall_clock>());
  CHECK(listed(v)->empty());
  const auto permit = gate->read()->grant("paper", "b", "s");
  v.submit("one", make_order(order_side::buy, order_kind::limit, "1", "1"), permit, [](auto) {});
  v.submit("over", make_order(order_side::buy, order_kind::market, "1"), permit, [](auto) {});
  CHECK(*listed(v) == ids{"one"});
}

TEST_CASE("a venue that was lost with orders open and is back says so", "[binance]") {
  std::atomic<int> regained = 0;
  binance_desk_fixture k(polling());
  k.venue->on_regained([&] { ++regained; });
  using steady = std::chrono::steady_clock;
  // Away for ten rounds of the adapter's questions, of which it has to miss three.
  const auto lose_and_find = [&] {
    k.exchange.set_faults(R"({"down": true})");
    const auto back = steady::now() + 10 * k.options.poll_interval;
    while (steady::now() < back) CHECK_FALSE(k.query("one").ok());
    k.exchange.set_faults(R"({"down": false})");
    for (int i = 0; i < 200 && regained == 0; ++i) CHECK(k.query("one").ok());
  };
  REQUIRE(k.submit("one", make_order(order_side::buy, order_kind::limit, "1", "50000")).state ==
          order_state::accepted);
  CHECK(regained == 0);
  const auto give_up = steady::now() + std::chrono::seconds(30);
  while (regained == 0 && steady::now() < give_up) lose_and_find();
  CHECK(regained > 0);
  k.venue->on_regained(nullptr);
}
