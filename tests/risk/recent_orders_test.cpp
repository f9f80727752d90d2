#include "runtime/risk/recent_orders.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

timestamp at(std::chrono::milliseconds ms) { return timestamp(1'000'000s) + ms; }

const order_likeness one{"b", "sim", "BTC/USDT", true, 1, 2, 60'000};

}  // namespace

TEST_CASE("an order like another is known by everything but its id") {
  recent_orders lately;
  CHECK_FALSE(lately.age_of_like(one, "x", at(0ms)));
  lately.note(one, "a", at(0ms));
  CHECK(lately.age_of_like(one, "x", at(5ms)) == 5ms);
  CHECK_FALSE(lately.age_of_like(one, "a", at(5ms)));  // Itself, tried again.
  std::vector<order_likeness> others(7, one);
  others[0].bot_id = "c";
  others[1].venue = "paper";
  others[2].symbol = "ETH/USDT";
  others[3].buys = false;
  others[4].kind = 2;
  others[5].amount = 3;
  others[6].price = 60'001;
  for (const auto& other : others) CHECK_FALSE(lately.age_of_like(other, "x", at(5ms)));
  lately.note(one, "x", at(7ms));
  CHECK(lately.age_of_like(one, "y", at(9ms)) == 2ms);
  CHECK(lately.age_of_like(one, "x", at(9ms)) == 9ms);
  lately.forget("x");
  CHECK(lately.age_of_like(one, "y", at(9ms)) == 9ms);
  // The clock was set back: it is not older than nothing.
  CHECK(lately.age_of_like(one, "y", at(-1h)) == 0ms);
  CHECK_FALSE(lately.age_of_like(one, "y", at(1h)));
  CHECK(lately.size() == 0);
}

TEST_CASE("orders of lately: as a plain list of all of them would answer, and bounded") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return random() % n; };
  struct noted {
    timestamp at;
    order_likeness order;
    std::string id;
  };
  std::vector<noted> model;
  recent_orders lately;
  auto now = at(0ms);
  std::size_t hits = 0;
  for (int i = 0; i < 4'000; ++i) {
    CAPTURE(i);
    now += std::chrono::seconds(below(below(50) == 0 ? 4'000 : 60));
    auto order = one;
    order.amount = static_cast<int>(1 + below(3));
    order.bot_id = below(2) == 0 ? "b" : "c";
    const auto id = std::to_string(below(40));
    std::optional<microseconds> expected;
    for (const auto& m : model)
      if (m.order == order && m.id != id && now - m.at < recent_orders::longest_window)
        expected = std::chrono::duration_cast<microseconds>(now - m.at);
    const auto found = lately.age_of_like(order, id, now);
    REQUIRE(found == expected);
    hits += found ? 1 : 0;
    const auto same = [&](const noted& m) { return m.id == id; };
    if (below(3) == 0) {
      lately.forget(id);
      const auto last = std::find_if(model.rbegin(), model.rend(), [&](const noted& m) {
        return same(m) && now - m.at < recent_orders::longest_window;
      });
      if (last != model.rend()) model.erase(std::next(last).base());
    } else if (std::none_of(model.begin(), model.end(), same)) {
      lately.note(order, id, now);
      model.push_back({now, order, id});
    }
    std::erase_if(model,
                  [&](const noted& m) { return now - m.at >= recent_orders::longest_window; });
  }
  CHECK(hits > 200);
  recent_orders full;
  for (std::size_t i = 0; i < recent_orders::most_kept + 10; ++i)
    full.note(one, std::to_string(i), at(1ms));
  CHECK(full.size() == recent_orders::most_kept);
}
