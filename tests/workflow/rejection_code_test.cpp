#include "runtime/workflow/rejection_code.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("rejection codes: each stands in the table once, and its line says whether it had left") {
  std::set<std::string_view> seen;
  for (const auto& r : rejection_codes()) {
    CAPTURE(r.code);
    CHECK(seen.insert(r.code).second);
    const auto said = to_string(r.by);
    const bool by_venue = said.find("venue") != said.npos, by_us = said != "the venue";
    CHECK(had_left(r.code) == (by_venue && by_us ? std::nullopt : std::optional<bool>(by_venue)));
  }
}

TEST_CASE("rejection codes: a venue's number is the venue's, and what is not known is not told") {
  CHECK(had_left("venue_2021") == true);
  for (const char* code : {"", "venue_", "venue_x", "venue_1x", "no_such_code", "NOT_SENT"}) {
    CAPTURE(code);
    CHECK_FALSE(had_left(code));
  }
  CHECK(had_left("venue_busy") == false);
}
