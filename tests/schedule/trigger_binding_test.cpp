#include "runtime/schedule/trigger_binding.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

trigger_binding on(const std::string& bot, const std::string& workflow, const std::string& line) {
  std::vector<error> problems;
  auto spec = parse_trigger_line(line, problems);
  REQUIRE(spec);
  return {bot, workflow, std::move(*spec)};
}

std::string said(const std::vector<trigger_binding>& all) {
  std::string text;
  for (const auto& e : check_triggers(all, {"execution_completed", "order_filled"}))
    text += e.message + "\n";
  return text;
}

}  // namespace

TEST_CASE("workflows that would start each other in a circle are refused, named") {
  CHECK(said({on("a", "wa", "event execution_completed of wa")}) ==
        "workflows would start each other without end: wa -> wa\n");
  CHECK(said({on("a", "wa", "event execution_completed of wb"),
              on("b", "wb", "event order_filled of wc"),
              on("c", "wc", "event execution_completed of wa")}) ==
        "workflows would start each other without end: wa -> wc -> wb -> wa\n");
  CHECK(said({on("a", "wa", "event execution_completed of wb"), on("b", "wb", "every 5m"),
              on("c", "wc", "event execution_completed of wb"),
              on("d", "wd", "event execution_completed of wc")})
            .empty());
}

TEST_CASE("a bot has one trigger, and events exist") {
  CHECK(said({on("a", "w", "every 5m"), on("a", "w", "every 6m")}) == "bot 'a' has two triggers\n");
  CHECK(said({on("a", "w", "event execution_complete of x")}) ==
        "there is no event 'execution_complete'\n");
}
