#include "runtime/base/scope_name.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("a scope names what is not blank, has no control characters, and fits") {
  for (const char* name : {"a", " a", "a b", "a:b", "\xc3\xa4", "global", "bot:"}) {
    CAPTURE(name);
    CHECK(can_name_scope(bot_scope, name));
  }
  for (const auto& name : {std::string(), std::string(" "), std::string(" \t"), std::string("a\n"),
                           std::string("\x7f"), std::string("a\0b", 3)}) {
    CAPTURE(name);
    CHECK_FALSE(can_name_scope(bot_scope, name));
  }
  for (const auto prefix : {venue_scope, bot_scope, strategy_scope}) {
    CAPTURE(prefix);
    CHECK(can_name_scope(prefix, std::string(max_scope_bytes - prefix.size(), 'a')));
    CHECK_FALSE(can_name_scope(prefix, std::string(max_scope_bytes - prefix.size() + 1, 'a')));
  }
}
