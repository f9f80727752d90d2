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

TEST_CASE("an order that risk has not let through is not sent, whoever asks the router") {
  house h;
  struct asker : order_client::base {
    asker(caf::actor_config& cfg, std::vector<order_report>* told, house* from, order_permit permit)
        : order_client::base(cfg), told_(told), from_(from), permit_(std::move(permit)) {}
    behavior_type make_behavior() override {
      const auto scope = std::make_shared<const event_scope>();
      const auto node =
          std::make_shared<const node_identity>(node_identity{"n", "n", "buy", "actions"});
      send(from_->shared->venues.find("paper")->router,
           submit_order{{scope},
                        {node},
                        "pw-1",
                        {"paper", "BTC/USDT", order_side::buy, order_kind::market, decimal(1), {}},
                        permit_,
                        1});
      return {[this](order_answer& m) { told_->push_back(std::move(m.report)); },
              [](order_unknown&) {}, [](cancel_answer&) {}};
    }
    std::vector<order_report>* const told_;
    house* const from_;
    const order_permit permit_;
  };
  std::vector<order_report> told;
  auto another = h.gate->read()->grant("paper", "", "");
  another.client_order_id = "pw-2";
  for (const auto& permit : {h.gate->read()->grant("paper", "", ""), another}) {
    h.system.spawn<asker>(&told, &h, permit);
    h.run();
  }
  REQUIRE(told.size() == 2);
  for (const auto& r : told) {
    CHECK(r.state == order_state::rejected);
    CHECK(r.code == "not_reserved");
  }
  CHECK(h.door->sent.empty());
}

}  // namespace pitwall::test
