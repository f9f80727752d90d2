// An order like one that was let through a moment ago, through the real path of an order.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::string buys(const std::string& amount) {
  return R"({"bot_id": "bot-1", "blocks": [{"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": ")" +
         amount + R"(", "venue": "paper", "signal": true}}]})";
}

}  // namespace

TEST_CASE("the same order again is refused within the window, and not after it") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.limits.duplicate_window_ms = 1'000;
  house h(0, std::move(from));
  const auto w = h.deploy(buys("0.01"), "w"), other = h.deploy(buys("0.02"), "other");
  const auto run = [&](const workflow_actor& which) {
    auto s = h.start(which);
    h.run();
    return s->value().status;
  };
  CHECK(run(w) == run_status::completed);
  CHECK(run(w) == run_status::completed_with_errors);
  const auto refused = h.events->all<order_rejected>();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].code == "duplicate_order");
  CHECK(refused[0].reason.find("duplicate_window_ms") != std::string::npos);
  CHECK(run(other) == run_status::completed);
  h.pass(1s);
  CHECK(run(w) == run_status::completed);
  CHECK(h.door->sent.size() == 3);
  CHECK(h.events->all<order_intent>().size() == 3);
}

}  // namespace pitwall::test
