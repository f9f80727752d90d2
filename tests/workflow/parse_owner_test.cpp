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

namespace {

std::string owned(const std::string& field, const std::string& id) {
  return R"({"blocks": [{"id": "a", "type": "binance"}], ")" + field + "\": " + id + "}";
}

}  // namespace

TEST_CASE("parse: who could not be halted is refused, and nobody else", "[parse]") {
  struct owner {
    std::string field;
    std::size_t most;
  };
  for (const auto& [field, most] : {owner{"bot_id", 252}, owner{"strategy_id", 247}}) {
    for (const auto& id :
         {std::string("null"), std::string(R"("")"), std::string("17"), std::string(R"(" a ")"),
          std::string(R"("a:b/\u00e4")"), '"' + std::string(most, 'x') + '"'}) {
      CAPTURE(field, id);
      CHECK(parse_workflow(owned(field, id)).definition);
    }
    for (const auto& [id, why] :
         {std::pair<std::string, std::string>{R"("  ")", "is blank"},
          {R"("a\nb")", "has control characters"},
          {R"("\u007f")", "has control characters"},
          {R"("\t")", "has control characters"},
          {'"' + std::string(most + 1, 'x') + '"', "has " + std::to_string(most + 1) + " bytes"}}) {
      CAPTURE(field, id);
      const auto out = parse_workflow(owned(field, id));
      CHECK_FALSE(out.definition);
      REQUIRE(out.problems.size() == 1);
      const auto& p = out.problems.front();
      CHECK(p.level == problem::severity::error);
      CHECK(p.pointer == "/" + field);
      CHECK(p.message == "the " + field + " " + why);
      CHECK(p.remedy.find("at most " + std::to_string(most) + " bytes") != std::string::npos);
      // Whoever says so.
      parse_options o;
      (field == "bot_id" ? o.bot_id : o.strategy_id) = parse_json(id)->as_text();
      CHECK_FALSE(parse_workflow(file, o).definition);
    }
  }
}
