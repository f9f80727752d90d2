// How large a commit may be, by what the commits before it cost.
#include "actors/journal_writer/commit_size.hpp"

#include <random>

#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

using std::chrono::microseconds;

/// A disk and a processor, and a writer that always has more to write.
std::size_t settles_at(microseconds each, microseconds disk, double spikes = 0) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> chance(0, 1);
  commit_size size;
  std::size_t n = 500;
  for (int i = 0; i < 2'000; ++i) {
    const auto late = chance(random) < spikes ? microseconds(4'000) : microseconds(0);
    size.note(n, {static_cast<int>(n) * each, disk + late});
    n = size.most();
  }
  return n;
}

}  // namespace

TEST_CASE("a commit works about as long as the disk, or a quarter of a millisecond") {
  CHECK(settles_at(microseconds(8), microseconds(100)) == 31);
  CHECK(settles_at(microseconds(8), microseconds(4'000)) == 500);
  CHECK(settles_at(microseconds(5), microseconds(0)) == 50);
  CHECK(settles_at(microseconds(100), microseconds(100)) == commit_size::least);
  CHECK(settles_at(microseconds(1), microseconds(1'000'000)) == limits::max_commit_batches);
}

TEST_CASE("a writer that waits for a core now and then does not take that for the disk") {
  const auto calm = settles_at(microseconds(8), microseconds(400));
  CHECK(calm == 50);
  CHECK(settles_at(microseconds(8), microseconds(400), 0.05) < 2 * calm);
}

TEST_CASE(
    "what was not measured bounds nothing, and small commits do not make the next ones small") {
  commit_size size;
  CHECK(size.most() == limits::max_commit_batches);
  size.note(0, {microseconds(100), microseconds(100)});
  size.note(10, {});
  CHECK(size.most() == limits::max_commit_batches);
  size.note(100, {microseconds(800), microseconds(100)});
  const auto before = size.most();
  for (int i = 0; i < 100; ++i) size.note(1, {microseconds(90), microseconds(100)});
  CHECK(size.most() == before);
  CHECK(before == 31);
}

TEST_CASE("the size follows a disk that becomes slow, and one that is fast again") {
  commit_size size;
  const auto run = [&](microseconds disk) {
    for (int i = 0; i < 500; ++i) {
      const auto n = size.most();
      size.note(n, {static_cast<int>(n) * microseconds(8), disk});
    }
    return size.most();
  };
  CHECK(run(microseconds(100)) == 31);
  CHECK(run(microseconds(8'000)) > 990);
  CHECK(run(microseconds(100)) == 31);
}

}  // namespace pitwall::test
