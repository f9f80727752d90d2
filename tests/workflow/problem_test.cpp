#include "runtime/workflow/problem.hpp"

#include "runtime/workflow/problem_sink.hpp"
#include "runtime/workflow/spelling.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("problem: text says level, place, block, what and remedy", "[problem]") {
  problem p{problem::severity::error, "/blocks/3", "buy", "it is wrong", "do this"};
  CHECK(p.to_string() == "error at /blocks/3 (block 'buy'): it is wrong; do this");
  p = {problem::severity::warning, "", "", "odd", ""};
  CHECK(p.to_string() == "warning: odd");
  p.message = "named \x1b[31m\n";
  CHECK(p.to_string() == "warning: named ?[31m?");
}

TEST_CASE("problem: repeated warnings are told once with their number", "[problem]") {
  problem_sink sink;
  sink.repeated_warning("k", "/a", "", "first");
  sink.error("/b", "", "second");
  sink.repeated_warning("k", "/c", "", "first");
  sink.repeated_warning("other", "/d", "", "third");
  CHECK(sink.errors() == 1);
  const auto found = sink.take();
  REQUIRE(found.size() == 3);
  CHECK(found[0].message == "first (2 times)");
  CHECK(found[0].pointer == "/a");
  CHECK(found[2].message == "third");
  CHECK(has_errors(found));
  CHECK(sink.take().empty());
}

TEST_CASE("problem: what is beyond the bound is counted, and an error stays one", "[problem]") {
  problem_sink sink;
  for (std::size_t i = 0; i < problem_sink::most; ++i) sink.warning("/w", "", "w");
  sink.error("/e", "", "lost");
  sink.warning("/w", "", "w");
  CHECK(sink.errors() == 1);
  const auto found = sink.take();
  REQUIRE(found.size() == problem_sink::most + 1);
  CHECK(found.back().message == "2 more problems are not listed");
  CHECK(has_errors(found));
}

TEST_CASE("problem: the nearest name is suggested, and only a near one", "[problem]") {
  spelling names;
  const std::vector<std::string_view> known{"price_cross", "volume_spike", "if", "Buy"};
  CHECK(names.nearest("price_cros", known) == "price_cross");
  CHECK(names.nearest("pricecross", known) == "price_cross");
  CHECK(names.nearest("VOLUME_SPIKE", known) == "volume_spike");
  CHECK(names.nearest("buy", known) == "Buy");
  CHECK(names.nearest("of", known) == "if");
  CHECK(names.nearest("prot", {"port", "listen"}) == "port");
  CHECK(names.nearest("fi", known) == "if");
  CHECK(names.nearest("teleport", known).empty());
  CHECK(names.nearest("", known).empty());
  CHECK(names.nearest(std::string(1'000, 'x'), known).empty());
  CHECK(names.suggestion("zzzzz", known, "else") == "else");
}

TEST_CASE("problem: suggestions stop costing at some point", "[problem]") {
  spelling names;
  const std::string word(60, 'a'), other(60, 'b');
  const std::vector<std::string_view> many(1'000, other);
  for (int i = 0; i < 10'000; ++i) CHECK(names.nearest(word, many).empty());
  CHECK(names.nearest("pric", {"price"}).empty());  // The budget is spent.
}

TEST_CASE("problem: names in messages are cut at a character", "[problem]") {
  CHECK(in_quotes("abc") == "'abc'");
  std::string long_name(79, 'a');
  long_name += "\xC3\xA4 and more";
  CHECK(in_quotes(long_name) == "'" + std::string(79, 'a') + "...'");
  const std::vector<std::string_view> many(25, "n");
  CHECK(listed(many).ends_with("n ... (5 more)"));
}
