#include "runtime/workflow/open_orders.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const node_ref buy = node_named("buy", "buy", "actions"),
               sell = node_named("sell", "sell", "actions");

std::vector<open_order> after(std::vector<event_body> bodies) {
  open_order_fold fold;
  for (auto& b : bodies) fold.take({at_ms(0), std::move(b)});
  return fold.orders();
}
order_intent intent(const node_ref& n, const std::string& id) {
  return {n, id, {"paper", "BTC/USDT", order_side::buy, order_kind::limit, 1, 2}};
}
node_completed completed(const node_ref& n) {
  return {n, 1, {}, nullptr, timestamp::max(), node_status::completed};
}
node_failed failed(const node_ref& n) { return {n, 1, {}, "it broke", "unavailable"}; }

}  // namespace

TEST_CASE("open orders: an intent is open until a final word comes") {
  CHECK(after({execution_started{1, "d", {}}}).empty());
  const auto open = after({intent(buy, "a"), intent(sell, "b")});
  REQUIRE(open.size() == 2);
  CHECK(open[0].client_order_id == "a");
  CHECK(open[0].order.symbol == "BTC/USDT");
  CHECK(open[0].awaited);
  CHECK_FALSE(open[0].accepted);
  CHECK(after({intent(buy, "a"), order_rejected{buy, "a", "x", "y"}}).empty());
  CHECK(after({intent(buy, "a"), order_canceled{buy, "a", "y"}}).empty());
  CHECK(after({intent(buy, "a"), order_filled{buy, "a", {}, {}, true}}).empty());
}

TEST_CASE("open orders: fills and acceptance are counted") {
  const auto open =
      after({intent(buy, "a"), order_submitted{buy, "a", "7"},
             order_filled{buy, "a", {}, {}, false}, order_filled{buy, "a", {}, {}, false}});
  REQUIRE(open.size() == 1);
  CHECK(open[0].accepted);
  CHECK(open[0].fills == 2);
  CHECK(open[0].awaited);
}

TEST_CASE("open orders: since when, how much is filled, and why one is in doubt") {
  open_order_fold fold;
  fold.take({at_ms(7), intent(buy, "a")});
  fold.take({at_ms(9), order_in_doubt{buy, "a", "no answer"}});
  REQUIRE(fold.orders().size() == 1);
  CHECK(fold.orders()[0].since == at_ms(7));
  CHECK(fold.orders()[0].doubt == "no answer");
  fold.take({at_ms(10), order_in_doubt{buy, "a", ""}});
  CHECK_FALSE(fold.orders()[0].doubt.empty());
  fold.take({at_ms(11), order_submitted{buy, "a", "7"}});
  CHECK(fold.orders()[0].doubt.empty());
  fold.take({at_ms(12), order_in_doubt{buy, "a", "again"}});
  for (int i = 0; i < 2; ++i)
    fold.take({at_ms(13), order_filled{buy, "a", {}, {2, *decimal::parse("0.25"), 0, ""}, false}});
  CHECK(fold.orders()[0].filled == *decimal::parse("0.5"));
  CHECK(fold.orders()[0].doubt.empty());
}

TEST_CASE("open orders: nobody waits for one whose node or execution has ended") {
  const auto awaited = [](std::vector<event_body> more) {
    more.insert(more.begin(), intent(buy, "a"));
    const auto open = after(std::move(more));
    REQUIRE(open.size() == 1);
    return open[0].awaited;
  };
  CHECK(awaited({completed(sell)}));
  CHECK_FALSE(awaited({completed(buy)}));
  CHECK_FALSE(awaited({failed(buy)}));
  CHECK_FALSE(awaited({order_in_doubt{buy, "a", "?"}}));
  CHECK_FALSE(awaited({execution_completed{run_status::completed, {}}}));
  CHECK_FALSE(awaited({execution_failed{"e", "t", {}}}));
  CHECK_FALSE(awaited({execution_halted{"r", "halt"}}));
  CHECK_FALSE(awaited({execution_cancelled{"r", {}}}));
}

TEST_CASE("open orders: an execution that nobody runs is cancelled, and its orders are in doubt") {
  const auto orders = after({intent(buy, "a"), intent(sell, "b"), completed(sell)});
  std::vector<open_order> awaited;
  for (const auto& o : orders)
    if (o.awaited) awaited.push_back(o);
  const auto events = cancel_unrun(awaited, at_ms(1'000), at_ms(4'000), "enough");
  REQUIRE(events.size() == 2);
  CHECK(std::get<order_in_doubt>(events[0].body).client_order_id == "a");
  const auto& end = std::get<execution_cancelled>(events[1].body);
  CHECK(end.reason == "enough");
  CHECK(end.duration == std::chrono::seconds(3));
  open_order_fold fold;
  fold.take({at_ms(0), intent(buy, "a")});
  for (const auto& e : events) fold.take(e);
  REQUIRE(fold.orders().size() == 1);
  CHECK_FALSE(fold.orders()[0].awaited);
}

TEST_CASE("open orders: a halted execution that goes on waits again for those of nodes not ended") {
  const auto orders =
      after({intent(buy, "a"), intent(sell, "b"), failed(sell), order_in_doubt{buy, "a", "halt"},
             execution_halted{"r", "halt"}, order_submitted{buy, "a", "7"}, execution_resumed{}});
  REQUIRE(orders.size() == 2);
  CHECK(orders[0].awaited);
  CHECK(orders[0].accepted);
  CHECK_FALSE(orders[1].awaited);
  // And a new one, too.
  CHECK(after({execution_halted{"r", "halt"}, execution_resumed{}, intent(buy, "c")})[0].awaited);
}
