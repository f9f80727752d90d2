// Headroom that was asked for by an execution that is no more.
#include <set>

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view buyer = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";

std::vector<execution_summary> executions(house& h) {
  auto page = h.storage.events->executions({{}, {}, {}, {}, {}, {}, {}, 1'000});
  REQUIRE(page.ok());
  return page->executions;
}

}  // namespace

TEST_CASE("an execution that ends while risk waits for a price takes its question with it") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.limits.max_order_notional = decimal(1'000'000);
  from.rules.limits.max_open_orders = decimal(1);
  house h(0, std::move(from));
  const auto w = h.deploy(buyer);
  h.door->dead = true;  // It does not say what the symbol costs.
  auto given_up = h.start(w);
  h.run();
  caf::anon_send(w, cancel_bot{"bot-1", "not now"});
  h.run();
  REQUIRE(given_up->done());
  CHECK(given_up->value().status == run_status::cancelled);
  CHECK(h.events->all<order_intent>().empty());
  h.door->dead = false;
  caf::anon_send(h.shared->risk,
                 price_marked{"paper", "BTC/USDT", decimal(60'000), h.clock->now(), {}});
  h.run();
  auto next = h.start(w);
  h.run();
  CHECK(next->value().status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
}

TEST_CASE("an execution actor that dies anywhere around its reservation orders once, not never") {
  std::size_t resumed = 0;
  for (int turns = 1; turns < 40; ++turns) {
    CAPTURE(turns);
    house h;
    const auto w = h.deploy(buyer);
    h.recover();
    h.start(w, {}, false);
    caf::actor_addr execution;
    // Its turns alone: between two of them the others do all that they have to do.
    for (int i = 0; i < turns; ++i) {
      const auto next = h.next_named("execution");
      if (!next) break;
      execution = next;
      h.run_some(1);
    }
    REQUIRE(execution);
    caf::anon_send_exit(execution, caf::exit_reason::kill);
    h.pass(1min);
    REQUIRE(executions(h).size() == 1);
    CHECK(executions(h)[0].status == run_status::completed);
    CHECK(h.door->sent.size() == 1);
    CHECK(h.events->all<order_rejected>().empty());
    resumed += h.events->all<execution_resumed>().size();
  }
  CHECK(resumed > 3);
}

}  // namespace pitwall::test
