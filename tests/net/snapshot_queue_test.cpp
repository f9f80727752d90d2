#include "net/venues/snapshot_queue.hpp"

#include <string>

#include "tests/support/catch.hpp"

namespace pitwall {

namespace {

using queue = snapshot_queue<int>;

queue::time_point at(std::int64_t ms) { return queue::time_point(milliseconds(ms)); }

std::string next(queue& q, std::int64_t ms) {
  const auto n = q.next(at(ms));
  return n ? std::to_string(n->first) + n->second.symbol + std::to_string(n->second.attempt) : "";
}

}  // namespace

TEST_CASE("snapshots are asked for one after another", "[snapshot_queue]") {
  queue q;
  q.push(1, {"A", 1});
  q.push(1, {"B", 1, true});
  q.push(2, {"A", 1});
  q.push(1, {"A", 2});
  CHECK(next(q, 1'000) == "1A2");
  CHECK(next(q, 1'249).empty());
  CHECK(next(q, 1'250) == "1B1");
  CHECK(next(q, 3'749).empty());
  CHECK(next(q, 3'750) == "2A1");
  CHECK(next(q, 9'000).empty());
}

TEST_CASE("a venue that wants no questions gets none, lost connection or not", "[snapshot_queue]") {
  queue q;
  q.push(1, {"A", 1});
  q.push(2, {"B", 1});
  q.hold(at(1'000), milliseconds(7'000));
  q.hold(at(1'000), milliseconds(0));
  q.forget(1);
  q.push(1, {"A", 2});
  CHECK(next(q, 7'999).empty());
  CHECK(next(q, 8'000) == "2B1");
  CHECK(next(q, 8'250) == "1A2");
  // Nobody is asked to wait for ever.
  q.push(1, {"A", 3});
  q.hold(at(10'000), std::chrono::hours(1'000));
  CHECK(next(q, 3'609'999).empty());
  CHECK(next(q, 3'610'000) == "1A3");
}

}  // namespace pitwall
