// Whose a workflow is, and where it trades, as the host's configuration says.
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/parse.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

workflow_definition parsed(std::string_view text, parse_options options) {
  auto out = parse_workflow(text, options);
  for (const auto& p : out.problems)
    if (p.level == problem::severity::error) FAIL(p.to_string());
  return std::move(*out.definition);
}

/// As it is stored, and so as it comes back after a restart.
value property(const workflow_definition& d, std::size_t block, std::string_view name) {
  const auto source = parse_json(d.source).value();
  const auto* properties = source.find("blocks")->as_list()[block].find("properties");
  const auto* v = properties == nullptr ? nullptr : properties->find(name);
  return v == nullptr ? value() : *v;
}

constexpr std::string_view file = R"({"bot_id": "theirs", "blocks": [
  {"id": "a", "type": "binance", "category": "providers"},
  {"id": "b", "type": "binance", "category": "providers", "properties": {"profile_id": null}},
  {"id": "c", "type": "binance", "category": "providers", "properties": {"profile_id": "own"}},
  {"id": "d", "type": "kraken", "category": "providers", "properties": {}},
  {"id": "e", "type": "buy", "category": "actions", "properties": {"venue": "binance"}},
  {"id": "f", "type": "buy", "category": "actions", "properties": {"venue": "own"}},
  {"id": "g", "type": "buy", "category": "actions"}]})";

}  // namespace

TEST_CASE("parse: who trades is the one of the configuration", "[parse]") {
  CHECK(parsed(file, {}).bot_id == "theirs");
  parse_options o;
  o.bot_id = "arb";
  o.strategy_id = "spread";
  const auto d = parsed(file, o);
  CHECK(d.bot_id == "arb");
  CHECK(d.strategy_id == "spread");
  const auto again = parsed(d.source, {});
  CHECK(again.bot_id == "arb");
  CHECK(again.strategy_id == "spread");
}

TEST_CASE("parse: blocks that name no venue get that of their type", "[parse]") {
  parse_options o;
  o.venues = {{"binance", "sim"}};
  const auto d = parsed(file, o);
  CHECK(property(d, 0, "profile_id") == value("sim"));
  CHECK(property(d, 1, "profile_id") == value("sim"));
  CHECK(property(d, 2, "profile_id") == value("own"));
  CHECK(property(d, 3, "profile_id").is_null());
  CHECK(property(d, 4, "venue") == value("sim"));
  CHECK(property(d, 5, "venue") == value("own"));
  CHECK(property(d, 6, "venue").is_null());
  CHECK(property(parsed(d.source, {}), 4, "venue") == value("sim"));
}
