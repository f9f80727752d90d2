// A `cancel` block, and orders whose fate is not known when it runs: done means that none is left.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::string order(const std::string& type) {
  return R"({"bot_id": "b", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "properties": {"symbol": "BTC/USDT",
     "amount": "0.01", "price": "1", "order_type": ")" +
         type + R"(", "venue": "paper", "signal": true}}]})";
}
constexpr std::string_view cancels = R"({"bot_id": "b", "blocks": [
  {"id": "stop", "type": "cancel", "category": "actions", "retry": {"max_attempts": 1},
   "properties": {"signal": true, "venue": "paper"}}]})";

std::size_t resting(house& h) {
  std::size_t n = 0;
  h.paper->open_orders([&](const auto& ids) { n = ids->size(); });
  return n;
}

/// It has left, and is on its way. Its id.
std::string send_on_its_way(house& h, const std::string& type) {
  h.door->dead = true;
  h.start(h.deploy(order(type), "w"));
  h.run();
  h.door->dead = false;
  const auto intents = h.events->all<order_intent>();
  REQUIRE(intents.size() == 1);
  return intents[0].client_order_id;
}

/// The venue has got it, and the journal knows.
void arrive(house& h, const std::string& id) {
  h.paper->submit(id,
                  {"paper", "BTC/USDT", order_side::buy, order_kind::limit,
                   decimal::parse("0.01").value(), decimal(1)},
                  h.gate->read()->grant("paper", "b", ""), [](const order_report&) {});
  h.pass(1min);
}

}  // namespace

TEST_CASE("a cancel is not done over an order that is on its way, and may rest a moment later") {
  house h;
  const auto id = send_on_its_way(h, "limit");
  const auto w = h.deploy(cancels, "cancel");
  const auto first = h.start(w);
  h.run();
  CHECK(first->value().status == run_status::completed_with_errors);
  CHECK(first->value().result_json.find("may rest yet: 1 (" + id) != std::string::npos);
  arrive(h, id);
  REQUIRE(resting(h) == 1);
  const auto second = h.start(w);
  h.run();
  CHECK(second->value().status == run_status::completed);
  CHECK(resting(h) == 0);
}

TEST_CASE("a cancel is not held up by an order that cannot rest, or that the venue cancels") {
  house h;
  SECTION("it takes what is there, or nothing") { send_on_its_way(h, "IOC"); }
  SECTION("the venue has it, and its answer is on the way") {
    h.paper->set_deferred_submits(true);
    h.start(h.deploy(order("GTC"), "w"));
    h.run();
    REQUIRE(h.door->sent.size() == 1);
  }
  SECTION("it rests, as the journal knows") {
    h.start(h.deploy(order("GTC"), "w"));
    h.run();
    REQUIRE(resting(h) == 1);
  }
  const auto done = h.start(h.deploy(cancels, "cancel"));
  h.run();
  CHECK(done->value().status == run_status::completed);
  CHECK(resting(h) == 0);
}

TEST_CASE("a cancel is not done over an order in doubt that the venue does not know yet") {
  house h;
  send_on_its_way(h, "limit");
  h.door->unreachable = true;
  h.pass(1min);
  REQUIRE(h.events->all<order_in_doubt>().size() == 1);
  const auto w = h.deploy(cancels, "cancel");
  h.door->unreachable = false;
  const auto first = h.start(w);
  h.run();
  CHECK(first->value().status == run_status::completed_with_errors);
  // Once the venue has said that it never had it there is nothing to cancel.
  h.pass(1min);
  CHECK(h.events->all<order_rejected>().size() == 1);
  const auto second = h.start(w);
  h.run();
  CHECK(second->value().status == run_status::completed);
}

}  // namespace pitwall::test
