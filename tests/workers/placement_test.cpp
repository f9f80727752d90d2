#include <algorithm>
#include <random>

#include "runtime/workers/placement.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using labels = std::vector<std::string>;

std::string chosen(const labels& wanted, const std::vector<candidate>& among) {
  const auto* best = choose_place(wanted, among);
  return best == nullptr ? "" : best->name;
}

}  // namespace

TEST_CASE("a worker must have all labels, and may have more") {
  const std::vector<candidate> among{{"a", {"venue=kraken"}, 4, 0, 0},
                                     {"b", {"zone=eu", "venue=kraken", "gpu"}, 1, 9, 0.9}};
  CHECK(chosen({"venue=kraken"}, among) == "a");
  CHECK(chosen({"venue=kraken", "zone=eu"}, among) == "b");
  CHECK(chosen({"venue=binance"}, among).empty());
  CHECK(chosen({}, among) == "a");
  CHECK(chosen({}, {}).empty());
}

TEST_CASE(
    "among those the one with fewest nodes for its cores, then the least busy, then by name") {
  CHECK(chosen({}, {{"a", {}, 2, 3, 0}, {"b", {}, 4, 5, 0}}) == "b");
  CHECK(chosen({}, {{"a", {}, 2, 3, 0.5}, {"b", {}, 2, 3, 0.1}}) == "b");
  CHECK(chosen({}, {{"b", {}, 2, 3, 0.1}, {"a", {}, 2, 3, 0.1}}) == "a");
  CHECK(chosen({}, {{"b", {}, 0, 3, 0.1}, {"a", {}, 2, 3, 0.1}}) == "a");
}

TEST_CASE("what was chosen depends on the workers, and not on their order") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const labels all{"a", "b", "c", "d"};
  for (int round = 0; round < 2'000; ++round) {
    std::vector<candidate> among;
    for (auto n = random() % 6; n > 0; --n) {
      candidate c{"w" + std::to_string(n),
                  {},
                  static_cast<std::uint32_t>(1 + random() % 4),
                  static_cast<std::uint32_t>(random() % 5),
                  static_cast<double>(random() % 3)};
      for (const auto& l : all)
        if (random() % 2 == 0) c.labels.push_back(l);
      among.push_back(std::move(c));
    }
    labels wanted;
    for (const auto& l : all)
      if (random() % 4 == 0) wanted.push_back(l);
    const auto first = chosen(wanted, among);
    std::shuffle(among.begin(), among.end(), random);
    REQUIRE(chosen(wanted, among) == first);
    for (const auto& c : among) {
      if (!has_labels(c, wanted)) {
        REQUIRE(c.name != first);
        continue;
      }
      REQUIRE_FALSE(first.empty());
      const auto& best = *std::find_if(among.begin(), among.end(),
                                       [&](const auto& one) { return one.name == first; });
      REQUIRE((best.nodes + 1) * c.cores <= (c.nodes + 1) * best.cores);
    }
  }
}

TEST_CASE("where none has the labels, it says which, who comes nearest, and what to do") {
  const labels wanted{"venue=kraken", "zone=eu"};
  const auto nobody = no_place(wanted, {});
  CHECK(nobody.code == errc::unavailable);
  CHECK(nobody.message == "no worker with the labels venue=kraken,zone=eu: no worker is here");
  CHECK(nobody.remedy.find("pitwall worker --join HOST:PORT --labels venue=kraken,zone=eu") !=
        std::string::npos);
  const std::vector<candidate> among{{"a", {}, 1, 0, 0}, {"b", {"zone=eu"}, 1, 0, 0}};
  CHECK(no_place(wanted, among).message ==
        "no worker with the labels venue=kraken,zone=eu: 2 are here, and 'b' lacks venue=kraken");
}

TEST_CASE("who is passed over is not chosen, though it is the only one, and that is said") {
  const labels wanted{"zone=eu"};
  const std::vector<candidate> among{
      {"a", {"zone=eu"}, 1, 0, 0, 11}, {"b", {"zone=eu"}, 1, 9, 0, 12}, {"c", {}, 1, 0, 0, 13}};
  const std::vector<std::uint64_t> one{11}, both{11, 12};
  CHECK(choose_place(wanted, among, one)->name == "b");
  CHECK(choose_place(wanted, among, both) == nullptr);
  const auto why = no_place(wanted, among);
  CHECK(why.code == errc::aborted);
  CHECK(why.message == "no worker with the labels zone=eu but 'a', 'b', passed over for now");
}

TEST_CASE(
    "a block that asks for nothing stays on its host, unless load is spread and it computes") {
  for (const char* category : {"providers", "triggers", "conditions", "actions", "risk", ""}) {
    CAPTURE(category);
    for (const bool pure : {false, true}) {
      CHECK(stays_on_host({}, category, pure, false));
      CHECK_FALSE(stays_on_host(labels{"a"}, category, pure, false));
      CHECK_FALSE(stays_on_host(labels{"a"}, category, pure, true));
    }
    CHECK(stays_on_host({}, category, false, true));
  }
  for (const char* category : {"conditions", "risk"})
    CHECK_FALSE(stays_on_host({}, category, true, true));
  for (const char* category : {"providers", "triggers", "actions", "", "of-some-user"})
    CHECK(stays_on_host({}, category, true, true));
}

}  // namespace pitwall
