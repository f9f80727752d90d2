// Which executions are unsettled, and that retention leaves those alone: both journals against a
// naive model.
#include "storage/execution_entry.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/order_world.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

TEST_CASE("whatever is said of orders, unsettled executions are known, and nothing of them goes") {
  for (const auto& each : implementations()) {
    std::size_t gone = 0, unsettled = 0;
    for (std::uint64_t seed = 9'100; seed < 9'130; ++seed) {
      CAPTURE(each.name, seed);
      const temp_directory directory;
      auto s = each.open(directory);
      order_world w(seed);
      for (int step = 0; step < 60; ++step) {
        CAPTURE(step);
        commit(*s.events, w.next_commit(s.events->head() + 1));
        if (w.below(6) == 0) w.pruned(prune(*s.events, keep_events(1 + w.below(40))).first_seq);
        if (w.below(15) == 0 && each.name == "rocksdb") {
          s = {};
          s = each.open(directory);
        }
        if (w.below(4) == 0) compare(*s.events, w);
      }
      compare(*s.events, w);
      gone += w.gone().size();
      unsettled += unsettled_of(*s.events).size();
      if (each.name != "rocksdb") continue;
      s = {};
      CHECK(must(verify_with(small_options(directory), quick_disk().env, {})).found == 0);
    }
    CHECK(gone > 200);
    CHECK(unsettled > 150);
  }
}
