// What bots have come to, told in virtual time: only what changed, and at most once an interval.
#include "actors/bots/reporter.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

struct reporting_house : house {
  explicit reporting_house(milliseconds every) {
    teller = system.spawn<reporter>(reporter_options{
        every, clock->now(), [this] { return counted; }, shared->risk, clock, shared->writer});
  }
  ~reporting_house() {
    caf::anon_send_exit(teller, caf::exit_reason::user_shutdown);
    teller = nullptr;
  }
  std::map<std::string, bot_metrics> counted;
  reporter_actor teller;
};

constexpr std::string_view buys = R"({"bot_id": "b", "blocks": [
  {"id": "p", "type": "paper", "category": "providers", "properties": {"symbol": "BTC/USDT"}},
  {"id": "good", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": 0.1, "order_type": "market"}}],
  "connections": [
    {"from": {"blockId": "p", "index": 0}, "to": {"blockId": "good", "index": 0}},
    {"from": {"blockId": "good", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

}  // namespace

TEST_CASE("a bot's figures are told when something changed, once an interval at most") {
  reporting_house h(60s);
  h.pass(5min);
  CHECK(h.events->all<bot_metrics>().empty());
  h.counted["b"].started = 3;
  h.counted["b"].failed = 1;
  h.pass(59s);
  CHECK(h.events->all<bot_metrics>().empty());
  h.pass(2s);
  REQUIRE(h.events->all<bot_metrics>().size() == 1);
  CHECK(h.events->all<bot_metrics>()[0].started == 3);
  CHECK(h.events->all<bot_metrics>()[0].failed == 1);
  h.pass(10min);
  CHECK(h.events->all<bot_metrics>().size() == 1);
  h.counted["b"].completed = 1;
  h.counted["c"].started = 1;
  h.pass(1min);
  CHECK(h.events->all<bot_metrics>().size() == 3);
}

TEST_CASE("profit, loss and positions are those of risk, and count as a change") {
  reporting_house h(10s);
  auto w = h.deploy(buys);
  auto s = h.start(w);
  h.run();
  REQUIRE(s->done());
  h.counted["b"].started = 1;
  h.counted["b"].fills = 1;
  h.pass(11s);
  const auto told = h.events->all<bot_metrics>();
  REQUIRE_FALSE(told.empty());
  CHECK(told.back().positions == 1);
  CHECK(told.back().realized.is_number());
  CHECK(told.back().realized.as_number().is_negative());  // The fee.
}

TEST_CASE("what a bot brought from before the start is no news of it") {
  reporting_house h(10s);
  h.counted["b"] = {};
  h.pass(1min);
  CHECK(h.events->all<bot_metrics>().empty());
}

}  // namespace pitwall::test
