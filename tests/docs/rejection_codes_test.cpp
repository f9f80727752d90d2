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

/// What the sources of a folder call a rejection: the first literal behind one of these, whatever
/// the order's id or the call's token is called there.
const std::regex& said() {
  static const std::regex all(
      R"re((?:permit_refusal\{|refuse\(|(?:refusal|rejection|answer_rejected|unsent)\(\s*\w+,|)re"
      R"re(order_state::rejected,|\w\.code = |(?:token|\.second|call),))re"
      R"re(\s*"([a-z_]+)")re");
  return all;
}

void collect(const std::string& folder, words& into) {
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(pitwall::test::source_path(folder))) {
    if (file.path().extension() != ".cpp") continue;
    const auto text = read_file(file.path());
    for (std::sregex_iterator at(text.begin(), text.end(), said()), end; at != end; ++at)
      into.insert((*at)[1]);
  }
}

/// The first group of each match in a part of a source: from a text on, up to the next other one.
void collect_part(const std::string& path, const std::string& from, const std::string& to,
                  const std::string& pattern, words& into) {
  CAPTURE(path);
  const auto text = read_file(pitwall::test::source_path(path));
  const auto first = text.find(from);
  REQUIRE(first != std::string::npos);
  const auto part = text.substr(first, text.find(to, first) - first);
  const std::regex word(pattern);
  const auto before = into.size();
  for (std::sregex_iterator at(part.begin(), part.end(), word), end; at != end; ++at)
    into.insert((*at)[1]);
  CHECK(into.size() > before);
}

/// What is no literal where an order is rejected.
void collect_named(words& into) {
  const std::string returned = R"re(return "([a-z_]+)";)re";
  collect_part("/net/venues/binance_messages.cpp", "std::string refusal::word()", "\n}\n", returned,
               into);
  collect_part("/runtime/matching/exchange.cpp", "to_string(refusal r)", "\n}\n", returned, into);
  collect_part("/runtime/risk/limits.cpp", "limit_description, 9> table", "\n}};",
               R"re("[a-z_]+",\s*"[^"]*",\s*"([a-z_]+)",)re", into);
  collect_part("/runtime/risk/pre_trade.hpp", "constexpr std::string_view duplicate_order", ";",
               R"re(= "([a-z_]+)")re", into);
  collect_part("/runtime/workflow/run_decide.cpp", "case order_state::rejected:", "\n    }\n",
               R"re(std::string\("([a-z_]+)"\))re", into);
}

}  // namespace

TEST_CASE("a code is found however its call is written") {
  for (const std::string call :
       {"refusal(id, \"dry_run\", why)", "desk_->refusal(client_order_id, \"dry_run\",",
        "refusal(\n    order_id,\n    \"dry_run\")", "unsent(id, \"dry_run\", why)",
        "without_word(id, order_state::rejected, \"dry_run\",", "never.code = \"dry_run\";",
        "call_refused{who.second, \"dry_run\"", "permit_refusal{\"dry_run\", \"why\"}"}) {
    CAPTURE(call);
    std::smatch found;
    REQUIRE(std::regex_search(call, found, said()));
    CHECK(found[1] == "dry_run");
  }
}

TEST_CASE("the codes of rejected orders are listed, all of them") {
  const auto schema =
      pitwall::parse_json(read_file(pitwall::test::source_path("/docs/schema/events.schema.json")));
  REQUIRE(schema.ok());
  words listed;
  for (const auto& code : schema->find("$defs")->find("rejection_code")->find("anyOf")->as_list())
    if (const auto* name = code.find("const")) listed.insert(name->as_text());
  words used;
  for (const char* folder :
       {"/net/venues", "/actors/order_router", "/actors/breaker", "/actors/risk",
        "/actors/placed_venue", "/actors/venue_desk", "/runtime/ports"})
    collect(folder, used);
  collect_named(used);
  // Of an order that is in doubt or was accepted, or of none: no rejection.
  for (const char* other :
       {"no_answer", "unreadable", "unknown_outcome", "canceled", "expired", "none"})
    used.erase(other);
  CHECK(used == listed);
}

}  // namespace documents
