#include "runtime/workers/membership.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

worker_facts facts(std::string name, std::uint64_t incarnation = 1) {
  return {std::move(name), "1.0", incarnation, {"zone=eu"}, 2};
}

}  // namespace

TEST_CASE("a worker joins, is late, is lost, and comes back under another epoch") {
  membership m({seconds(1), milliseconds(2'500), seconds(5), 10, 7});
  const auto first = m.join(facts("a"), seconds(100));
  REQUIRE(first.ok());
  CHECK(first->epoch == 7);
  CHECK_FALSE(first->ended);
  CHECK(m.live(7, seconds(100)));
  CHECK(m.heartbeat(7, 0.5, seconds(101)));
  CHECK(m.look(seconds(103)).empty());
  auto changes = m.look(milliseconds(103'500));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].to == worker_state::suspect);
  CHECK(m.live(7, seconds(104)));
  CHECK(m.heartbeat(7, 0.5, seconds(104)));
  changes = m.look(seconds(104));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].to == worker_state::joined);
  // Whether it is live does not wait for a look.
  CHECK_FALSE(m.live(7, seconds(110)));
  CHECK_FALSE(m.heartbeat(7, 0.5, seconds(110)));
  changes = m.look(seconds(110));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].to == worker_state::lost);
  CHECK(m.look(seconds(111)).empty());
  const auto again = m.join(facts("a"), seconds(111));
  REQUIRE(again.ok());
  CHECK(again->epoch == 8);
  CHECK_FALSE(again->ended);
  CHECK_FALSE(m.live(7, seconds(111)));
  CHECK_FALSE(m.heartbeat(7, 0.5, seconds(111)));
}

TEST_CASE("a worker that joins anew ends the epoch that it had") {
  membership m({});
  REQUIRE(m.join(facts("a"), seconds(1)).ok());
  const auto again = m.join(facts("a"), seconds(2));
  REQUIRE(again.ok());
  REQUIRE(again->ended);
  CHECK(again->ended->epoch == 1);
  CHECK_FALSE(m.live(1, seconds(2)));
  CHECK(m.live(2, seconds(2)));
}

TEST_CASE("of two processes with one name the one that is here stays until it is late") {
  membership m({});
  REQUIRE(m.join(facts("a", 1), seconds(1)).ok());
  const auto other = m.join(facts("a", 2), seconds(2));
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code == errc::failed_precondition);
  CHECK(m.live(1, seconds(2)));
  const auto later = m.join(facts("a", 2), seconds(4));
  REQUIRE(later.ok());
  REQUIRE(later->ended);
  CHECK(later->ended->epoch == 1);
}

TEST_CASE("names and labels that nobody can show or type are refused") {
  membership m({});
  CHECK_FALSE(m.join(facts(""), seconds(1)).ok());
  CHECK_FALSE(m.join(facts("a b"), seconds(1)).ok());
  CHECK_FALSE(m.join(facts(std::string(65, 'a')), seconds(1)).ok());
  auto many = facts("a");
  many.labels.assign(65, "x");
  CHECK_FALSE(m.join(many, seconds(1)).ok());
  many.labels.assign(1, std::string(129, 'x'));
  CHECK_FALSE(m.join(many, seconds(1)).ok());
}

TEST_CASE("past the bound, those that are gone make room, and those that are here do not") {
  membership m({seconds(1), milliseconds(2'500), seconds(5), 2, 1});
  REQUIRE(m.join(facts("a"), seconds(1)).ok());
  REQUIRE(m.join(facts("b"), seconds(2)).ok());
  const auto full = m.join(facts("c"), seconds(3));
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().code == errc::resource_exhausted);
  REQUIRE(m.gone(1, worker_state::left, seconds(3)));
  CHECK(m.join(facts("c"), seconds(3)).ok());
  CHECK(m.all().count("a") == 0);
}

}  // namespace pitwall
