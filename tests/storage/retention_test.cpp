// How far a journal may be cut, decided without one: against the rule in its plainest words.
#include "storage/retention.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::storage;

namespace {

timestamp at_second(std::int64_t s) { return timestamp(std::chrono::seconds(s)); }

struct world {
  std::vector<record_place> records;
  prune_request request;
  std::uint64_t head = 0, bytes = 0;
};

world random_world(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  world w;
  std::int64_t second = 1'000;
  for (auto n = 1 + below(40); n > 0; --n) {
    second += static_cast<std::int64_t>(below(20));
    const auto first = w.head + 1;
    w.head += 1 + below(30);
    w.records.push_back({first, w.head, at_second(second), 1 + below(1'000)});
    w.bytes += w.records.back().bytes;
  }
  w.request.now = at_second(second + static_cast<std::int64_t>(below(100)) - 20);
  w.request.floor = below(3) == 0 ? below(w.head + 10) : w.head;
  auto& keep = w.request.keep;
  if (below(2) == 0) keep.max_age = std::chrono::seconds(below(300));
  if (below(2) == 0) keep.max_events = below(w.head + 20);
  if (below(2) == 0) keep.max_bytes = below(w.bytes + 500);
  return w;
}

std::size_t cut_of(const world& w) {
  retention_limit limit(w.request, w.head, w.bytes);
  std::size_t n = 0;
  while (n < w.records.size() && limit.is_over(w.records[n]) && limit.is_free(w.records[n])) {
    limit.gone(w.records[n++]);
  }
  return n;
}

}  // namespace

TEST_CASE("what is kept is within every limit, and nothing goes that no limit asks for") {
  const std::uint64_t seed = 77'001;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::size_t cut = 0;
  for (int round = 0; round < 20'000; ++round) {
    CAPTURE(round);
    const world w = random_world(random);
    const auto& keep = w.request.keep;
    const std::size_t n = cut_of(w);
    cut += n;
    REQUIRE(n < w.records.size());  // The newest stays.
    std::uint64_t bytes = w.bytes;
    for (std::size_t i = 0; i < n; ++i) {
      const auto& r = w.records[i];
      const bool old = keep.max_age && w.request.now - r.at > *keep.max_age;
      const bool beyond = keep.max_events && w.head - r.last_seq >= *keep.max_events;
      const bool heavy = keep.max_bytes && bytes > *keep.max_bytes;
      REQUIRE((old || beyond || heavy));
      REQUIRE(r.last_seq <= w.request.floor);
      bytes -= r.bytes;
    }
    const auto& first = w.records[n];
    const bool newest = n + 1 == w.records.size();
    if (newest || first.last_seq > w.request.floor) continue;
    if (keep.max_age) REQUIRE(w.request.now - first.at <= *keep.max_age);
    if (keep.max_events) REQUIRE(w.head - first.last_seq < *keep.max_events);
    if (keep.max_bytes) REQUIRE(bytes <= *keep.max_bytes);
  }
  CHECK(cut > 20'000);
}

TEST_CASE("without a limit everything is kept") {
  prune_request request;
  request.now = at_second(1'000'000'000);
  request.floor = 100;
  const retention_limit limit(request, 100, 1U << 30U);
  CHECK_FALSE(limit.is_over({1, 10, at_second(0), 1'000}));
}

TEST_CASE("a clock that went back makes nothing old") {
  prune_request request;
  request.now = at_second(10);
  request.floor = 100;
  request.keep.max_age = std::chrono::seconds(0);
  const retention_limit limit(request, 100, 0);
  CHECK_FALSE(limit.is_over({1, 10, at_second(20), 1'000}));
  CHECK(limit.is_over({1, 10, at_second(9), 1'000}));
}
