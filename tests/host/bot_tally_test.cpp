#include "runtime/host/metrics/bot_tally.hpp"

#include "runtime/base/limits.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

event_batch of(const std::string& bot, std::vector<event_body> bodies,
               const std::string& execution = "e") {
  event_batch b;
  b.scope = std::make_shared<const event_scope>(event_scope{execution, "w", bot, {}});
  for (auto& body : bodies) b.events.push_back({{}, std::move(body)});
  return b;
}

void offer(bot_tally& t, std::vector<event_batch> batches) {
  auto c = std::make_shared<committed>();
  c->batches = std::move(batches);
  CHECK(t.offer(c));
}

}  // namespace

TEST_CASE("executions are counted for their bots, by what became of them") {
  bot_tally t;
  const execution_completed well{run_status::completed, {}},
      badly{run_status::completed_with_errors, {}};
  const execution_failed failed{"x", "unavailable", {}}, late{"x", "timeout", {}};
  offer(t, {of("a", {execution_started{}, order_filled{}, order_filled{}, well}),
            of("b", {execution_started{}, badly, failed, late, execution_halted{},
                     execution_cancelled{}}),
            of("", {execution_started{}}), of("a", {bot_state_changed{}}, "")});
  const auto all = t.read();
  REQUIRE(all.size() == 2);
  bot_metrics a;
  a.started = a.completed = 1;
  a.fills = 2;
  CHECK(all.at("a") == a);
  bot_metrics b;
  b.started = b.completed_with_errors = b.failed = b.timed_out = b.halted = b.cancelled = 1;
  CHECK(all.at("b") == b);
}

TEST_CASE("so many bots are counted, and no more") {
  bot_tally t;
  for (std::size_t i = 0; i < limits::max_reported_bots + 5; ++i)
    offer(t, {of("bot" + std::to_string(i), {execution_started{}})});
  CHECK(t.read().size() == limits::max_reported_bots);
}

}  // namespace pitwall
