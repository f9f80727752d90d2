// The codes of rejected orders that the documents list are those of the code and of its one table,
// which says as well who gives them.
#include <filesystem>
#include <regex>
#include <set>

#include "runtime/workflow/json.hpp"
#include "runtime/workflow/rejection_code.hpp"
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
                  const std::regex& word, words& into) {
  CAPTURE(path);
  const auto text = read_file(pitwall::test::source_path(path));
  const auto first = text.find(from);
  REQUIRE(first != std::string::npos);
  const auto part = text.substr(first, text.find(to, first) - first);
  std::sregex_iterator at(part.begin(), part.end(), word), end;
  CHECK(at != end);
  for (; at != end; ++at) into.insert((*at)[1]);
}

/// What a venue says no to, by functions that name it.
void collect_of_venues(words& into) {
  const std::regex returned(R"re(return "([a-z_]+)";)re");
  collect_part("/net/venues/binance_messages.cpp", "std::string refusal::word()", "\n}\n", returned,
               into);
  collect_part("/runtime/matching/exchange.cpp", "to_string(refusal r)", "\n}\n", returned, into);
  collect_part("/runtime/workflow/run_decide.cpp", "case order_state::rejected:", "\n    }\n",
               std::regex(R"re(std::string\("([a-z_]+)"\))re"), into);
}

/// What is said of an order before it leaves.
void collect_unsent(words& into) {
  const std::regex row(R"re("[a-z_]+",\s*"[^"]*",\s*"([a-z_]+)",)re");
  collect_part("/runtime/risk/limits.cpp", "limit_description, 9> table", "\n}};", row, into);
  collect_part("/runtime/risk/pre_trade.hpp", "constexpr std::string_view duplicate_order", ";",
               std::regex(R"re(= "([a-z_]+)")re"), into);
  collect_part("/net/venues/binance_desk.cpp", "void binance_desk::submit",
               "\nvoid binance_desk::pl", said(), into);
  for (const char* adapter : {"/net/venues/binance_venue.cpp", "/net/venues/market_venue.cpp"})
    collect_part(adapter, "_venue::submit(", "_venue::query(", said(), into);
  for (const char* folder : {"/actors/order_router", "/actors/breaker", "/actors/risk",
                             "/actors/placed_venue", "/actors/venue_desk", "/runtime/ports"})
    collect(folder, into);
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
  words listed, used, documented, in_table;
  for (const auto& c : schema->find("$defs")->find("rejection_code")->find("anyOf")->as_list()) {
    const auto* name = c.find("const");
    if (name == nullptr) continue;
    listed.insert(name->as_text());
    documented.insert(name->as_text() + ": " + c.find("title")->as_text());
  }
  collect("/net/venues", used);
  collect_of_venues(used);
  collect_unsent(used);
  // Of an order that is in doubt or was accepted, or of none: no rejection.
  for (const char* other :
       {"no_answer", "unreadable", "unknown_outcome", "canceled", "expired", "none"})
    used.erase(other);
  CHECK(used == listed);
  for (const auto& r : pitwall::rejection_codes())
    in_table.insert(std::string(r.code) + ": " + std::string(pitwall::to_string(r.by)));
  CHECK(in_table == documented);
}

TEST_CASE("a rejection's code says that its order had left only where no other order has it") {
  words by_venues, unsent;
  collect_of_venues(by_venues);
  collect_unsent(unsent);
  for (const auto& code : unsent) {
    CAPTURE(code);
    CHECK(pitwall::had_left(code) != true);
  }
  for (const auto& code : by_venues) {
    CAPTURE(code);
    CHECK(pitwall::had_left(code) != false);
  }
}

}  // namespace documents
