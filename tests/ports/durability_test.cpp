#include "runtime/ports/journal.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("durability modes have texts") {
  for (auto d : {durability::memory, durability::async, durability::sync}) {
    CHECK(*durability_from_string(to_string(d)) == d);
  }
  CHECK(to_string(durability::sync) == "sync");
  for (const char* text : {"", "Sync", "fsync", "none"}) {
    auto d = durability_from_string(text);
    REQUIRE_FALSE(d.ok());
    CHECK(d.error().code == errc::invalid_argument);
    CHECK_FALSE(d.error().remedy.empty());
  }
}
