#include "storage/state_shape.hpp"
#include "tests/storage/journals_under_test.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("values are stored, replaced, found and erased") {
  for_each_implementation([](const storage_set& s) {
    auto& states = *s.states;
    CHECK(states.get("a").error().code == errc::not_found);
    must(states.put("a", "1", durability::sync));
    must(states.put("a", std::string("2\0x", 3), durability::async));
    CHECK(must(states.get("a")) == std::string("2\0x", 3));
    must(states.put("", "empty key", durability::memory));
    CHECK(must(states.get("")) == "empty key");
    must(states.erase("a", durability::sync));
    must(states.erase("a", durability::sync));
    CHECK_FALSE(states.get("a").ok());
  });
}

TEST_CASE("a scan gives what starts with the prefix, by key, and nothing of the journal's own") {
  for_each_implementation([](const storage_set& s) {
    auto& states = *s.states;
    for (const auto* key : {"workflow/b", "workflow/a", "workflowx", "workflo", "\xff\xff"}) {
      must(states.put(key, key, durability::async));
    }
    const auto found = must(states.scan("workflow/"));
    REQUIRE(found.size() == 2);
    CHECK(found[0].first == "workflow/a");
    CHECK(found[1].second == "workflow/b");
    CHECK(must(states.scan("\xff")).size() == 1);
    CHECK(must(states.scan("")).size() == 5);
    CHECK(must(states.scan("nothing")).empty());
  });
}

TEST_CASE("a definition is named by its text") {
  for_each_implementation([](const storage_set& s) {
    const auto id = must(s.states->put_definition("abc", durability::sync));
    CHECK(id == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(must(s.states->put_definition("abc", durability::async)) == id);
    CHECK(must(s.states->put_definition("abd", durability::async)) != id);
    CHECK(must(s.states->get("definition/" + id)) == "abc");
    CHECK(must(s.states->scan("definition/")).size() == 2);
  });
}
