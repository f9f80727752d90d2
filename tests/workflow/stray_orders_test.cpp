#include "runtime/workflow/stray_orders.hpp"

#include <random>
#include <set>

#include "runtime/base/ids.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("an order of ours is known by its id") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const auto ulid = to_ulid(random() >> 16U, random() & 0xffffU, random());
    const auto node = static_cast<std::uint32_t>(random() >> (random() % 32U));
    for (const auto& execution : {make_execution_id("w", ulid), std::string("by hand")}) {
      const auto id = make_client_order_id(execution, node);
      CAPTURE(id);
      CHECK(looks_like_ours(id));
      CHECK_FALSE(looks_like_ours(id.substr(1)));
      CHECK_FALSE(looks_like_ours("x" + id));
      CHECK_FALSE(looks_like_ours(id.substr(0, 30)));
      CHECK_FALSE(looks_like_ours(id + "_"));
      CHECK_FALSE(looks_like_ours(id + "00000000"));
    }
  }
  for (const char* not_ours : {"", "pw-", "web_1234", "pw-1-0", "x-R4BD3S82-1"})
    CHECK_FALSE(looks_like_ours(not_ours));
}

TEST_CASE("what a venue has open is ours and known, ours and unknown, or somebody else's") {
  const auto mine = [](std::uint32_t n) { return make_client_order_id("e", n); };
  const std::set<std::string> known{mine(1), mine(2), "odd"};
  const auto strays = find_strays({mine(1), mine(3), "web_1", "odd", mine(4)},
                                  [&](const std::string& id) { return known.contains(id); });
  CHECK(strays.ours == std::vector<std::string>{mine(3), mine(4)});
  CHECK(strays.foreign == std::vector<std::string>{"web_1"});
  CHECK(find_strays({}, [](const auto&) { return false; }).ours.empty());
}

TEST_CASE("many orders are counted, and a few named") {
  CHECK(count_and_name({"a"}) == "1: a");
  CHECK(count_and_name({"a", "b", "c", "d", "e"}) == "5: a, b, c and 2 more");
}
