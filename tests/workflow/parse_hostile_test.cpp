// What a file may do to the host: be refused, with problems; nothing else.
#include <fstream>
#include <random>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/problems.hpp"
#include "tests/workflow/tiny_catalog.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::string sample = R"({"id":"w","name":"näme","timeout":"60","blocks":[
{"id":"feed","type":"feed","category":"providers","inputs":[],"outputs":[{"name":"price"}],
"properties":{"symbol":"BTC"},"timeout":5},
{"id":"cross","type":"cross","category":"triggers","inputs":[{"name":"price"},{"name":"threshold"}],
"properties":{"threshold":"2.5","mode":"percent"},"retry":{"max_attempts":3,"jitter":"full"}},
{"id":"buy","type":"buy","category":"actions","properties":{"amount":0.1,"venue":"paper"}}],
"connections":[{"from":{"blockId":"feed","index":0},"to":{"blockId":"cross","index":0}},
{"from":{"blockId":"cross","index":"0"},"to":{"blockId":"buy","index":0}}]})";

/// Parses and, where there is a definition, validates. Either there is a plan or there are errors.
bool accepted(std::string_view text) {
  static const tiny_catalog catalog;
  const auto out = parse_workflow(text);
  REQUIRE(out.definition.has_value() != has_errors(out.problems));
  REQUIRE(out.problems.size() <= 2'001);
  if (!out.definition) return false;
  const auto again = parse_workflow(out.definition->source);
  REQUIRE(again.definition.has_value());
  REQUIRE(again.definition->source == out.definition->source);
  const auto checked =
      validate(std::make_shared<const workflow_definition>(*out.definition), catalog);
  REQUIRE((checked.result != nullptr) != has_errors(checked.problems));
  return checked.result != nullptr;
}

/// Replaces one value somewhere in the tree by another.
value mutated(const value& v, std::mt19937_64& random, const std::vector<value>& strange) {
  const bool here = random() % 6 == 0;
  if (!here && v.is_object() && !v.as_object().empty()) {
    auto members = v.as_object();
    const auto i = random() % members.size();
    switch (random() % 8) {
      case 0:
        members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      case 1:
        members[i].first += "x";
        break;
      default:
        members[i].second = mutated(members[i].second, random, strange);
    }
    return value(std::move(members));
  }
  if (!here && v.is_list() && !v.as_list().empty()) {
    auto items = v.as_list();
    const auto i = random() % items.size();
    switch (random() % 6) {
      case 0:
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      case 1:
        items.push_back(items[i]);
        break;
      default:
        items[i] = mutated(items[i], random, strange);
    }
    return value(std::move(items));
  }
  return strange[random() % strange.size()];
}

}  // namespace

TEST_CASE("hostile: the sample itself is sound", "[hostile]") { CHECK(accepted(sample)); }

TEST_CASE("hostile: cut at any byte it is refused with a place", "[hostile]") {
  for (std::size_t n = 0; n < sample.size(); ++n) {
    CAPTURE(n);
    const auto out = parse_workflow(std::string_view(sample).substr(0, n));
    REQUIRE_FALSE(out.definition.has_value());
    REQUIRE(out.problems.size() == 1);
    REQUIRE_FALSE(out.problems[0].message.empty());
  }
}

TEST_CASE("hostile: any byte replaced by any of these does no harm", "[hostile]") {
  for (std::size_t n = 0; n < sample.size(); ++n) {
    for (const char c : {'\0', '\xFF', '\xC3', '"', '{', ']', ',', '9', '\\', '\n'}) {
      auto text = sample;
      text[n] = c;
      CAPTURE(n, static_cast<int>(c));
      accepted(text);
    }
  }
}

TEST_CASE("hostile: wrong kinds anywhere, seeded", "[hostile]") {
  const auto tree = parse_json(sample).value();
  const std::vector<value> strange{
      value(),
      value(true),
      value(0),
      value(-1),
      value(decimal::parse("1.7e20").value()),
      value(decimal::parse("0.5").value()),
      value(""),
      value("x"),
      value("\x01\n"),
      value("1e999"),
      value("-1"),
      value("feed"),
      value(std::string(2'000, 'y')),
      value(value::list{}),
      value(value::object{}),
      value(value::list{value(value::list{})}),
      value(value::object{{"name", value("price")}, {"blockId", value("feed")}})};
  int sound = 0;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    auto v = tree;
    for (auto n = 1 + random() % 3; n > 0; --n) v = mutated(v, random, strange);
    if (accepted(to_json(v))) ++sound;
  }
  CHECK(sound > 50);  // Some changes are harmless: else this tests only the first check.
  CHECK(sound < 2'500);
}

TEST_CASE("hostile: sizes", "[hostile]") {
  const auto filled = [](std::string head, std::string_view part, std::string_view tail) {
    while (head.size() + part.size() + tail.size() <= limits::max_file_bytes) head += part;
    return head + std::string(tail);
  };
  const std::string block = R"({"blocks":[{"id":"a","type":"feed"}])";
  CHECK_FALSE(accepted(std::string(limits::max_file_bytes, '[')));
  CHECK_FALSE(accepted(std::string(limits::max_file_bytes, '{')));
  CHECK_FALSE(accepted(std::string(limits::max_file_bytes, '1')));
  CHECK_FALSE(accepted("\"" + std::string(limits::max_file_bytes - 1, 'x')));
  CHECK_FALSE(accepted(filled(block + R"(,"connections":[0)", ",0", "]}")));
  CHECK_FALSE(accepted(
      filled(block + R"(,"connections":[0)",
             R"(,{"from":{"blockId":"b","index":0},"to":{"blockId":"zz","index":1}})", "]}")));
  CHECK_FALSE(accepted(filled(R"({"blocks":[0)", ",{}", "]}")));
  CHECK_FALSE(accepted(filled(R"({"templates":[0)", ",{}", "]}")));
  CHECK_FALSE(
      accepted(filled(R"({"blocks":[{"id":"a","type":"feed","inputs":[0)", R"(,"a")", "]}]}")));
}

TEST_CASE("hostile: very many unknown fields and properties", "[hostile]") {
  std::string fields = R"({"blocks":[{"id":"a","type":"feed"}])";
  std::string properties = R"({"blocks":[{"id":"a","type":"feed","properties":{"p":0)";
  for (int i = 0; i < 20'000; ++i) {
    fields += ",\"f" + std::to_string(i) + "\":0";
    properties += ",\"f" + std::to_string(i) + "\":0";
  }
  CHECK(accepted(fields + "}"));
  CHECK(accepted(properties + "}}]}"));
}

TEST_CASE("hostile: numbers that are none", "[hostile]") {
  for (const auto* number : {"1e999", "-1e999", "1e-999", "NaN", "Infinity", "0x10", "1_000"}) {
    CAPTURE(number);
    const std::string text = R"({"blocks":[{"id":"a","type":"feed","timeout":)";
    CHECK_FALSE(accepted(text + number + "}]}"));
    CHECK_FALSE(accepted(text + "\"" + number + "\"}]}"));
  }
  CHECK_FALSE(
      accepted(R"({"blocks":[{"id":"a","type":"feed","timeout":)" + std::string(400, '7') + "}]}"));
}
