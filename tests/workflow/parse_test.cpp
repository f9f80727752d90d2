#include "runtime/workflow/parse.hpp"

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/problems.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::string full = R"({
  "id": "w1", "name": "My workflow", "description": "d", "version": 2, "bot_id": "b",
  "strategy_id": null, "timeout": "60.5",
  "blocks": [
    {"id": "feed", "type": "feed", "category": "providers", "name": "Prices", "inputs": [],
     "outputs": [{"name": "price"}], "properties": {"symbol": "BTC/USD", "depth": 1.10},
     "timeout": "2.5", "icon": "x.svg", "x": 1, "y": 2},
    {"id": "buy", "type": "buy", "category": "actions", "inputs": [{"name": "signal"}],
     "icon": "y.svg", "x": 3, "on_error": "fail", "circuit_breaker": "paper",
     "placement": ["gpu", "eu"],
     "retry": {"max_attempts": "5", "min_wait": 0.5, "max_wait": 10, "multiplier": 1.5,
               "jitter": true, "retry_on": ["timeout", 429]}}
  ],
  "connections": [{"from": {"blockId": "feed", "index": "0"}, "to": {"blockId": "buy", "index": 0}}]
})";

/// A workflow of one block with this text among its fields.
std::string with_block(const std::string& fields) {
  return R"({"blocks":[{"id":"b1","type":"t")" + (fields.empty() ? "" : "," + fields) + "}]}";
}

workflow_definition parsed(std::string_view text, const parse_options& options = {}) {
  auto out = parse_workflow(text, options);
  INFO(all_of(out.problems));
  REQUIRE(out.definition.has_value());
  return *out.definition;
}

void check_same(const workflow_definition& a, const workflow_definition& b) {
  CHECK(a.id == b.id);
  CHECK(a.name == b.name);
  CHECK(a.description == b.description);
  CHECK(a.version == b.version);
  CHECK(a.bot_id == b.bot_id);
  CHECK(a.timeout == b.timeout);
  CHECK(a.source == b.source);
  REQUIRE(a.blocks.size() == b.blocks.size());
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    CHECK(a.blocks[i].id == b.blocks[i].id);
    CHECK(a.blocks[i].name == b.blocks[i].name);
    CHECK(a.blocks[i].properties == b.blocks[i].properties);
    CHECK(a.blocks[i].timeout == b.blocks[i].timeout);
  }
  CHECK(a.connections.size() == b.connections.size());
}

struct wrong_form {
  std::string text, pointer, part;
};

const std::string one_block = R"({"blocks":[{"id":"b","type":"t"}],"connections":[)";
const std::vector<wrong_form> about_blocks{
    {"", "", "empty"},
    {" \n ", "", "empty"},
    {"{", "", "line 1, column 2"},
    {"[]", "", "holds a list"},
    {"{}", "", "has no 'blocks'"},
    {R"({"blocks":null})", "", "has no 'blocks'"},
    {R"({"blocks":{}})", "/blocks", "must be a list"},
    {R"({"blocks":[]})", "/blocks", "has no blocks"},
    {R"({"blocks":[7]})", "/blocks/0", "is a number"},
    {R"({"blocks":[{"id":"b"}]})", "/blocks/0", "has no 'type'"},
    {R"({"blocks":[{"id":"","type":"t"}]})", "/blocks/0/id", "is empty"},
    {R"({"blocks":[{"id":"a\u0007","type":"t"}]})", "/blocks/0/id", "not usable"},
    {R"({"blocks":[{"id":[],"type":"t"}]})", "/blocks/0/id", "must be a text"},
    {R"({"blocks":[{"id":"a","type":5}]})", "/blocks/0/type", "must be a text"},
    {R"({"id":true,"blocks":[{"id":"a","type":"t"}]})", "/id", "must be a text"},
    {R"({"timeout":0,"blocks":[{"id":"a","type":"t"}]})", "/timeout", "0"},
    {with_block(R"("category":[])"), "/blocks/0/category", "must be a text"},
    {with_block(R"("name":{})"), "/blocks/0/name", "must be a text"},
    {with_block(R"("inputs":{})"), "/blocks/0/inputs", "must be a list"},
    {with_block(R"("inputs":[{"name":"a"},{"name":"a"}])"), "/blocks/0/inputs/1", "twice"},
    {with_block(R"("outputs":[{}])"), "/blocks/0/outputs/0", "has no name"},
    {with_block(R"("outputs":[{"name":""}])"), "/blocks/0/outputs/0", "has no name"},
    {with_block(R"("outputs":[3])"), "/blocks/0/outputs/0", "has no name"},
    {with_block(R"("properties":[])"), "/blocks/0/properties", "must be an object"},
    {with_block(R"("timeout":"soon")"), "/blocks/0/timeout", "not a number"},
    {with_block(R"("timeout":-1)"), "/blocks/0/timeout", "-1"},
    {with_block(R"("timeout":0.0001)"), "/blocks/0/timeout", "0.0001"},
    {with_block(R"("timeout":1e9)"), "/blocks/0/timeout", "31536000"},
    {with_block(R"("timeout":[])"), "/blocks/0/timeout", "must be a number"},
    {with_block(R"("on_error":"retry")"), "/blocks/0/on_error", "not known"},
    {with_block(R"("category":"actions","on_error":"continue")"), "/blocks/0/on_error",
     "not allowed for actions"},
    {with_block(R"("retry":3)"), "/blocks/0/retry", "must be an object"},
    {with_block(R"("retry":{"max_attempts":0})"), "/blocks/0/retry/max_attempts", "0"},
    {with_block(R"("retry":{"max_attempts":1.5})"), "/blocks/0/retry/max_attempts", "whole"},
    {with_block(R"("retry":{"min_wait":9,"max_wait":1})"), "/blocks/0/retry/min_wait", "longer"},
    {with_block(R"("retry":{"multiplier":0.5})"), "/blocks/0/retry/multiplier", "0.5"},
    {with_block(R"("retry":{"jitter":"wild"})"), "/blocks/0/retry/jitter", "wild"},
    {with_block(R"("retry":{"retry_on":[{}]})"), "/blocks/0/retry/retry_on/0", "an object"},
    {with_block(R"("placement":7)"), "/blocks/0/placement", "list of texts"},
    {with_block(R"("circuit_breaker":7)"), "/blocks/0/circuit_breaker", "must be a text"}};

const std::vector<wrong_form> about_connections{
    {R"({"blocks":[{"id":"b","type":"t"}],"connections":{}})", "/connections", "must be a list"},
    {one_block + "5]}", "/connections/0", "is a number"},
    {one_block + "{}]}", "/connections/0", "has no 'from'"},
    {one_block + R"({"from":[],"to":[]}]})", "/connections/0/to", "must be an object"},
    {one_block + R"({"from":{"index":0},"to":{"blockId":"b"}}]})", "/connections/0/from/blockId",
     "names no block"},
    {one_block + R"({"from":{"index":0},"to":{"blockId":"b"}}]})", "/connections/0/to/index",
     "no port index"},
    {one_block + R"({"from":{"blockId":"b","index":-1},"to":{"blockId":"b","index":0.5}}]})",
     "/connections/0/from/index", "-1"},
    {one_block + R"({"from":{"blockId":"b","index":-1},"to":{"blockId":"b","index":0.5}}]})",
     "/connections/0/to/index", "whole"},
};

std::vector<wrong_form> wrong_forms() {
  auto all = about_blocks;
  all.insert(all.end(), about_connections.begin(), about_connections.end());
  return all;
}

}  // namespace

TEST_CASE("parse: everything the contract names is read", "[parse]") {
  const auto d = parsed(full);
  CHECK(d.id == "w1");
  CHECK(d.name == "My workflow");
  CHECK(d.version == "2");
  CHECK(d.bot_id == "b");
  CHECK(d.strategy_id.empty());
  CHECK(d.timeout == milliseconds(60'500));
  REQUIRE(d.blocks.size() == 2);
  const auto& feed = d.blocks[0];
  CHECK(feed.name == "Prices");
  CHECK(feed.inputs_given);
  CHECK(feed.inputs.empty());
  CHECK(feed.outputs == std::vector<std::string>{"price"});
  CHECK(feed.timeout == milliseconds(2'500));
  CHECK(feed.properties.find("depth")->as_number() == decimal::parse("1.1").value());
  const auto& buy = d.blocks[1];
  CHECK(buy.name == "buy");
  CHECK_FALSE(buy.outputs_given);
  CHECK(buy.timeout == limits::default_node_timeout);
  CHECK(buy.error_policy == on_error::fail);
  CHECK(buy.circuit_breaker == "paper");
  CHECK(buy.placement == std::vector<std::string>{"gpu", "eu"});
  REQUIRE(buy.retry.has_value());
  CHECK(buy.retry->max_attempts == 5U);
  CHECK(buy.retry->min_wait == milliseconds(500));
  CHECK(buy.retry->max_wait == milliseconds(10'000));
  CHECK(*buy.retry->multiplier > 1.49);
  CHECK(buy.retry->jitter == "full");
  CHECK(buy.retry->retry_on == std::vector<std::string>{"timeout", "429"});
  REQUIRE(d.connections.size() == 1);
  CHECK(d.connections[0].from.block == "feed");
  CHECK(d.connections[0].to.index == 0);
}

TEST_CASE("parse: fields of the predecessor are kept and told once each", "[parse]") {
  const auto out = parse_workflow(full);
  INFO(all_of(out.problems));
  REQUIRE(out.definition.has_value());
  CHECK(out.problems.size() == 3);  // icon, x, y
  CHECK(has_warning(out.problems, "/blocks/0/icon", "(2 times)"));
  CHECK(out.definition->source.find("x.svg") != std::string::npos);
}

TEST_CASE("parse: the source parses to the same definition", "[parse]") {
  parse_options options;
  options.default_id = "from-file";
  options.overrides = {{"feed.symbol", "ETH/USD"}, {"buy.amount", "0.25"}};
  for (const auto& text :
       {full, std::string(R"({"blocks":[{"type":"feed"},{"id":4,"type":"x"}]})")}) {
    auto o = options;
    if (text != full) o.overrides.clear();
    const auto first = parsed(text, o);
    const auto again = parsed(first.source);
    check_same(first, again);
  }
}

TEST_CASE("parse: ids come from the file, the caller or the place", "[parse]") {
  const auto text = R"({"blocks":[{"type":"feed"},{"type":"buy"},{"id":"buy_1","type":"x"}]})";
  const auto out = parse_workflow(
      text, {.template_id = {}, .default_id = "momentum", .forced_id = {}, .overrides = {}});
  INFO(all_of(out.problems));
  REQUIRE(out.definition.has_value());
  CHECK(out.definition->id == "momentum");
  CHECK(out.definition->name == "momentum");
  CHECK(out.definition->blocks[0].id == "feed_0");
  CHECK(out.definition->blocks[0].name == "feed_0");
  CHECK(out.definition->blocks[1].id == "buy_1_");  // buy_1 is taken.
  CHECK(has_warning(out.problems, "/blocks/0", "has no id"));
  CHECK(parsed(text).id == "workflow");
  parse_options forced;
  forced.forced_id = "deployed";
  CHECK(parsed(full, forced).id == "deployed");
  CHECK(parsed(parsed(full, forced).source).id == "deployed");
  parse_options odd;
  odd.default_id = "a\nb\xFF";
  CHECK(parsed(text, odd).id == "a_b\xEF\xBF\xBD");
}

TEST_CASE("parse: templates are picked by id", "[parse]") {
  const std::string collection = R"({"templates":[
    {"id":"one","name":"First","workflow":{"blocks":[{"id":"a","type":"t"}]}},
    {"id":"two","workflow":{"id":"own","blocks":[{"id":"b","type":"t","timeout":0}]}}]})";
  parse_options one;
  one.template_id = "one";
  const auto d = parsed(collection, one);
  CHECK(d.id == "one");
  CHECK(d.name == "First");
  CHECK(d.origin == "/templates/0/workflow");
  CHECK(d.source.find("templates") == std::string::npos);

  parse_options two;
  two.template_id = "two";
  CHECK(has_error(parse_workflow(collection, two).problems,
                  "/templates/1/workflow/blocks/0/timeout", "0"));

  CHECK(has_error(parse_workflow(collection).problems, "/templates", "one, two"));
  parse_options unknown;
  unknown.template_id = "three";
  CHECK(has_error(parse_workflow(collection, unknown).problems, "/templates", "one, two"));
  CHECK(has_error(parse_workflow(full, unknown).problems, "", "has no template 'three'"));
  CHECK(parsed(R"({"templates":[{"id":"x","workflow":{"blocks":[{"type":"t"}]}}]})").id == "x");
  CHECK(has_error(parse_workflow(R"({"templates":[]})").problems, "/templates", "no list"));
  CHECK(has_error(parse_workflow(R"({"templates":[{"id":"x"}]})").problems, "/templates/0",
                  "no 'workflow'"));
}

TEST_CASE("parse: overrides are JSON where they are JSON, else text", "[parse]") {
  parse_options o;
  o.overrides = {{"feed.symbol", "ETH/USD"},
                 {"feed.levels", "[1, 2]"},
                 {"buy.amount", "0.10"},
                 {"buy.note", "\"7\""}};
  const auto d = parsed(full, o);
  CHECK(d.blocks[0].properties.find("symbol")->as_text() == "ETH/USD");
  CHECK(d.blocks[0].properties.find("levels")->is_list());
  CHECK(d.blocks[0].properties.find("depth") != nullptr);
  CHECK(d.blocks[1].properties.find("amount")->as_number() == decimal::parse("0.1").value());
  CHECK(d.blocks[1].properties.find("note")->as_text() == "7");

  o.overrides = {{"fed.symbol", "x"}, {"nodot", "x"}, {"feed.", "x"}, {".symbol", "x"}};
  const auto bad = parse_workflow(full, o);
  INFO(all_of(bad.problems));
  CHECK(count_errors(bad.problems) == 4);
  CHECK(has_error(bad.problems, "", "did you mean 'feed'?"));
  CHECK(has_error(bad.problems, "", "is not BLOCK.PROPERTY"));

  o.overrides = {{"a.b.c", "1"}};
  const auto dotted = parsed(R"({"blocks":[{"id":"a","type":"t"},{"id":"a.b","type":"t"}]})", o);
  CHECK(dotted.blocks[1].properties.find("c") != nullptr);
}

TEST_CASE("parse: an override does not nest deeper than a file may", "[parse]") {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  for (const std::size_t depth : {60U, 61U, 64U, 65U}) {
    CAPTURE(depth);
    parse_options o;
    o.overrides = {{"feed.levels", nested(depth)}};
    const auto d = parsed(full, o);
    CHECK(d.blocks[0].properties.find("levels")->is_list() == (depth <= 60));
    check_same(d, parsed(d.source));
  }
}

TEST_CASE("parse: every wrong form is a problem at its place", "[parse]") {
  for (const auto& r : wrong_forms()) {
    const auto out = parse_workflow(r.text);
    INFO(r.text << "\n" << all_of(out.problems));
    CHECK(has_error(out.problems, r.pointer, r.part));
    CHECK_FALSE(out.definition.has_value());
    for (const auto& p : out.problems) CHECK_FALSE(p.message.empty());
  }
}

TEST_CASE("parse: all problems are told at once", "[parse]") {
  const auto out = parse_workflow(R"({"timeout":-1,"blocks":[{"id":"a"},{"id":"b","timeout":0},7],
    "connections":[{},{"from":{"blockId":"a","index":0}}]})");
  INFO(all_of(out.problems));
  CHECK(count_errors(out.problems) == 8);
}

TEST_CASE("parse: what is lenient warns", "[parse]") {
  const auto out = parse_workflow(
      with_block(R"("inputs":["a","b"],"propertes":{},"placement":"gpu","timeout":null)"));
  INFO(all_of(out.problems));
  REQUIRE(out.definition.has_value());
  CHECK(has_warning(out.problems, "/blocks/0/inputs/0", "plain text (2 times)"));
  CHECK(has_warning(out.problems, "/blocks/0/propertes", "did you mean 'properties'?"));
  CHECK(out.definition->blocks[0].inputs == std::vector<std::string>{"a", "b"});
  CHECK(out.definition->blocks[0].placement == std::vector<std::string>{"gpu"});
}

TEST_CASE("parse: limits of the contract", "[parse]") {
  const auto blocks = [](int n) {
    std::string text = R"({"blocks":[)";
    for (int i = 0; i < n; ++i) text += R"({"id":")" + std::to_string(i) + R"(","type":"t"},)";
    text.back() = ']';
    return text + "}";
  };
  CHECK(parsed(blocks(1'000)).blocks.size() == 1'000);
  CHECK(has_error(parse_workflow(blocks(1'001)).problems, "/blocks", "at most 1000"));

  auto large = blocks(1);
  large.resize(limits::max_file_bytes, ' ');
  CHECK(parse_workflow(large).definition.has_value());
  large += ' ';
  CHECK(has_error(parse_workflow(large).problems, "", "1048577 bytes"));
  // A small file may be a large workflow once its numbers are written out.
  std::string numbers = R"({"blocks":[{"id":"a","type":"t","properties":{"p":[0)";
  for (int i = 0; i < 100'000; ++i) numbers += ",1e20";
  numbers += "]}}]}";
  CHECK(has_error(parse_workflow(numbers).problems, "", "written out"));
}

TEST_CASE("parse: concurrency", "[parse]") {
  const auto d = parse_workflow(
      R"({"concurrency":{"max_running":2,"when_full":"queue","max_queued":"7"},
          "blocks":[{"id":"a","type":"t","category":"risk"}]})",
      {});
  REQUIRE(d.definition);
  CHECK(d.definition->concurrency.max_running == 2U);
  CHECK(d.definition->concurrency.max_queued == 7U);
  CHECK(d.definition->concurrency.when_full == "queue");
  const auto bad = parse_workflow(
      R"({"concurrency":{"when_full":"later"},
          "blocks":[{"id":"a","type":"t","category":"risk"}]})",
      {});
  REQUIRE(bad.problems.size() == 1);
  CHECK(bad.problems[0].pointer == "/concurrency/when_full");
}
