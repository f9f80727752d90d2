#include "net/venues/sequence_judge.hpp"

#include "tests/net/feed_fixture.hpp"

namespace pitwall {

using test::beginning;
using test::counted;
using verdict = sequence_verdict;

TEST_CASE("counted updates follow each other without a hole", "[sequence_judge]") {
  sequence_judge j;
  CHECK(j.judge(counted("a", 10, 12)) == verdict::next);
  CHECK(j.judge(counted("a", 13, 13)) == verdict::next);
  CHECK(j.judge(counted("a", 13, 13)) == verdict::old);
  CHECK(j.judge(counted("b", 1, 1)) == verdict::next);
  CHECK(j.judge(counted("a", 15, 16)) == verdict::gap);
  // A loss is told once.
  CHECK(j.judge(counted("a", 17, 17)) == verdict::next);
  CHECK(j.judge(counted("a", 14, 14)) == verdict::old);
  j.forget_all();
  CHECK(j.judge(counted("a", 3, 3)) == verdict::next);
}

TEST_CASE("an update that reaches back over a snapshot is taken, unless it is a sum",
          "[sequence_judge]") {
  sequence_judge j;
  CHECK(j.judge(beginning("a", 100)) == verdict::next);
  CHECK(j.judge(counted("a", 90, 100)) == verdict::old);
  CHECK(j.judge(counted("a", 98, 103)) == verdict::next);
  CHECK(j.judge(counted("a", 102, 104), true) == verdict::gap);
  CHECK(j.judge(beginning("a", 7)) == verdict::next);
  CHECK(j.judge(counted("a", 8, 8)) == verdict::next);
}

TEST_CASE("linked updates name the one before, rising ones only rise", "[sequence_judge]") {
  sequence_judge j;
  const auto linked = [](std::uint64_t previous, std::uint64_t last) {
    return sequence_facts{sequence_rule::linked, "l", last, last, previous, false};
  };
  CHECK(j.judge(linked(0, 5)) == verdict::next);
  CHECK(j.judge(linked(5, 90)) == verdict::next);
  CHECK(j.judge(linked(5, 90)) == verdict::old);
  CHECK(j.judge(linked(91, 92)) == verdict::gap);
  const auto rising = [](std::uint64_t n) {
    return sequence_facts{sequence_rule::rising, "r", n, n, 0, false};
  };
  CHECK(j.judge(rising(5)) == verdict::next);
  CHECK(j.judge(rising(50)) == verdict::next);
  CHECK(j.judge(rising(49)) == verdict::old);
  CHECK(j.judge({}) == verdict::next);
  CHECK(j.judge({}) == verdict::next);
}

TEST_CASE("of several updates at one time all are taken, and one of before is a loss",
          "[sequence_judge]") {
  sequence_judge j;
  const auto timed = [](std::uint64_t at) {
    return sequence_facts{sequence_rule::timed, "t", at, at, 0, false};
  };
  CHECK(j.judge(timed(5)) == verdict::next);
  CHECK(j.judge(timed(5)) == verdict::next);
  CHECK(j.judge(timed(500)) == verdict::next);
  CHECK(j.judge(timed(499)) == verdict::gap);
  CHECK(j.judge(timed(499)) == verdict::gap);
  CHECK(j.judge(timed(500)) == verdict::next);
}

TEST_CASE("a venue cannot name channels without end", "[sequence_judge]") {
  sequence_judge j;
  for (std::size_t i = 0; i < sequence_judge::max_channels; ++i)
    REQUIRE(j.judge(counted(std::to_string(i), 1, 1)) == verdict::next);
  CHECK(j.judge(counted("one more", 1, 1)) == verdict::gap);
  CHECK(j.judge(counted("0", 2, 2)) == verdict::next);
}

}  // namespace pitwall
