// The codes of rejected orders that the documents list are those of the code.
#include <filesystem>
#include <regex>
#include <set>

#include "runtime/workflow/json.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

namespace documents {
namespace {

using words = std::set<std::string>;

/// What the sources of a folder call a rejection: the first literal behind one of these.
void collect(const std::string& folder, words& into) {
  static const std::regex said(
      R"re((?:permit_refusal\{|refusal\(id, |refuse\(|answer_rejected\(at, |never\.code = )re"
      R"re(|rejection\(client_order_id, |message\.token, |who\.second, |r\.code = ))re"
      R"re(\s*"([a-z_]+)")re");
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(pitwall::test::source_path(folder))) {
    if (file.path().extension() != ".cpp") continue;
    const auto text = read_file(file.path());
    for (std::sregex_iterator at(text.begin(), text.end(), said), end; at != end; ++at)
      into.insert((*at)[1]);
  }
}

/// The words of a venue's refusals, which one function returns.
void collect_words(words& into) {
  const auto text = read_file(pitwall::test::source_path("/net/venues/binance_messages.cpp"));
  const auto from = text.find("std::string refusal::word()");
  REQUIRE(from != std::string::npos);
  const auto body = text.substr(from, text.find("\n}\n", from) - from);
  static const std::regex word(R"re("([a-z]+_[a-z_]*[a-z])")re");
  for (std::sregex_iterator at(body.begin(), body.end(), word), end; at != end; ++at)
    into.insert((*at)[1]);
}

/// The last word of each line of the table.
void collect_limits(words& into) {
  const auto text = read_file(pitwall::test::source_path("/runtime/risk/limits.cpp"));
  static const std::regex row(R"re("([a-z_]+)",\s*"[^"]*",\s*"([a-z_]+)",)re");
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
    into.insert((*at)[2]);
}

}  // namespace

TEST_CASE("the codes of rejected orders are listed, all of them") {
  const auto schema =
      pitwall::parse_json(read_file(pitwall::test::source_path("/docs/schema/events.schema.json")));
  REQUIRE(schema.ok());
  words listed;
  for (const auto& code : schema->find("$defs")->find("rejection_code")->find("anyOf")->as_list())
    if (const auto* name = code.find("const")) listed.insert(name->as_text());
  words used;
  for (const char* folder :
       {"/net/venues", "/actors/order_router", "/actors/breaker", "/runtime/ports"})
    collect(folder, used);
  collect_words(used);
  collect_limits(used);
  CHECK(used.size() > 20);
  // Of an order that is in doubt, which is no rejection.
  for (const char* doubt : {"no_answer", "unreadable", "unknown_outcome"}) used.erase(doubt);
  for (const auto& code : used) {
    CAPTURE(code);
    CHECK(listed.count(code) == 1);
  }
}

}  // namespace documents
