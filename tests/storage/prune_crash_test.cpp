// Retention while everything goes wrong: the disk fails or the power goes at any write or sync of a
// prune; readers page through what is being removed; islands are damaged.
#include <atomic>
#include <thread>

#include "storage/rocks/anchor.hpp"
#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/events.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;
namespace fs = std::filesystem;
using fault = lossy_fs::fault;

namespace {

constexpr std::uint64_t commits = 40, per_commit = 40, keep = 1'000;

std::uint64_t nth_of(std::uint64_t c, std::uint64_t i) { return 1'000 * c + i; }

/// Executions that ended, and one whose order rests.
std::vector<event_batch> nth_commit(std::uint64_t c) {
  const sample_workflow flow;
  std::vector<event_batch> batches;
  for (std::uint64_t i = 0; i < per_commit; ++i) batches.push_back(flow.whole(nth_of(c, i)));
  batches.push_back(
      {nth_scope(nth_of(c, 900)),
       {flow.started(1), {at_ms(2), order_intent{flow.nodes[1], "o", {}}}, flow.completed(3)}});
  return batches;
}

struct grown_journal {
  temp_directory directory;
  storage_options options = small_options(directory);
  std::uint64_t head = 0;

  grown_journal() {
    options.write_buffer_bytes = 64U << 10U;
    const auto s = must(open_quickly(options));
    for (std::uint64_t c = 0; c < commits; ++c) head = commit(*s.events, nth_commit(c))->last_seq;
  }
  storage_options copy(const temp_directory& to) const {
    storage_options other = options;
    other.directory = to / "data";
    fs::copy(options.directory, other.directory, fs::copy_options::recursive);
    return other;
  }
};
const grown_journal& grown() {
  static const grown_journal journal;
  return journal;
}

void check_proved(const storage_options& options, std::uint64_t at_least) {
  const auto report = must(verify_with(options, quick_disk().env, {}));
  INFO((report.findings.empty() ? std::string() : report.findings[0].what));
  CHECK(report.found == 0);
  CHECK(report.head.seq >= at_least);
}

/// Prunes and commits in turn until something fails or nothing is left; the acknowledged head.
std::uint64_t prune_under_fire(const storage_options& options, const lossy_disk& disk, fault what,
                               std::uint64_t n) {
  auto s = must(open_rocksdb_with(options, disk.env));
  std::uint64_t acknowledged = s.events->head();
  disk.fs->plan(what, n);
  auto request = keep_events(keep);
  request.thorough = true;
  for (std::uint64_t c = commits; c < commits + 8; ++c) {
    const auto step = try_prune(*s.events, request);
    const bool lost_power = what == fault::power && disk.fs->struck();
    if (!step.ok() || lost_power) break;
    const auto made = try_commit(*s.events, nth_commit(c), durability::sync);
    if (!made.ok() || (what == fault::power && disk.fs->struck())) break;
    acknowledged = (*made)->last_seq;
  }
  return acknowledged;
}

/// False: nothing was struck.
bool survive(fault what, std::uint64_t n) {
  const temp_directory directory;
  auto options = grown().copy(directory);
  // No rotation in here: the background would fail at the same log as the commit, and which of both
  // RocksDB hears of first is chance (its own assertion ends the process then).
  options.write_buffer_bytes = 8U << 20U;
  options.max_wal_bytes = 64U << 20U;
  const lossy_disk disk;
  const std::uint64_t acknowledged = prune_under_fire(options, disk, what, n);
  const bool struck = disk.fs->struck();
  disk.fs->heal();
  if (what == fault::power) disk.fs->drop_unsynced(n);
  check_proved(options, acknowledged);
  const auto s = must(open_quickly(options));
  REQUIRE(s.events->head() >= acknowledged);
  const auto first = must(s.events->stats()).first_seq;
  CHECK(read_all(*s.events).size() == s.events->head() - first + 1);
  // What was half done goes on.
  const auto rest = prune(*s.events, keep_events(keep));
  CHECK(s.events->head() - rest.first_seq + 1 < keep + 500);
  for (std::uint64_t c = 0; c < commits; ++c) {
    event_query one;
    one.execution_id = nth_execution_id(nth_of(c, 900));
    REQUIRE(read_all(*s.events, one).size() == 3);
  }
  return struck;
}

/// Ends at once; its text no compression makes small.
event_batch noisy(std::uint64_t n, random_events& random) {
  std::string noise(4'000, ' ');
  for (char& c : noise) c = static_cast<char>(random.below(256));
  const sample_workflow flow;
  auto batch = flow.whole(500'000 + n);
  batch.events.push_back({at_ms(9), notification_sent{flow.nodes[0], noise, ""}});
  return batch;
}

}  // namespace

TEST_CASE("a prune that is cut short anywhere loses nothing and goes on later") {
  for (const auto what : {fault::error_once, fault::error, fault::power}) {
    for (std::uint64_t n = 0;; ++n) {
      CAPTURE(static_cast<int>(what), n);
      if (survive(what, n)) continue;
      CHECK(n > 10);
      break;
    }
  }
}

TEST_CASE("who pages through what is being pruned sees it whole, or is told that it is gone") {
  const temp_directory directory;
  const auto options = grown().copy(directory);
  const auto s = must(open_quickly(options));
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> pages = 0, expired = 0, wrong = 0;
  const auto by_seq = [&] {
    while (!over) {
      event_query query;
      query.limit = 300;
      for (bool more = true; more;) {
        const auto page = s.events->read(query);
        if (!page.ok()) {
          ++(page.error().code == errc::out_of_range ? expired : wrong);
          break;
        }
        ++pages;
        std::uint64_t seq = page->events.empty() ? 0 : page->events.front().seq;
        if (query.after != 0 && !page->events.empty() && seq != query.after + 1) ++wrong;
        for (const auto& e : page->events) wrong += e.seq != seq++ ? 1 : 0;
        query.after = page->next_after;
        more = !page->at_end;
      }
    }
  };
  const auto by_execution = [&] {
    for (std::uint64_t n = 0; !over; ++n) {
      event_query query;
      query.limit = 5;
      query.execution_id = nth_execution_id(nth_of(n % commits, n % per_commit));
      std::size_t seen = 0;
      bool told = false;
      for (bool more = true; more && !told;) {
        const auto page = s.events->read(query);
        told = !page.ok();
        if (told) {
          ++(page.error().code == errc::out_of_range ? expired : wrong);
          break;
        }
        ++pages;
        seen += page->events.size();
        query.after = page->next_after;
        more = !page->at_end;
      }
      if (!told && seen != 0 && seen != 12) ++wrong;
      const auto list =
          s.events->executions({"arb", {}, {}, run_status::completed, {}, {}, {}, 50});
      const auto open = s.events->unsettled({}, 100);
      wrong += list.ok() && open.ok() ? 0 : 1;
    }
  };
  std::thread first(by_seq), second(by_execution);
  for (std::uint64_t c = commits; c < commits + 60 || pages == 0; ++c) {
    commit(*s.events, nth_commit(c));
    must(try_prune(*s.events, keep_events(keep)));
  }
  over = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
  CHECK(pages > 0);
  CHECK(must(s.events->stats()).first_seq > 1);
}

// Where one commit is all that is kept, a reader that stands still between two of its looks finds
// everything gone that it knew of.
TEST_CASE("a reader that retention overtakes sees what is there now, or is told") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  const sample_workflow flow;
  commit(*s.events, {flow.whole(1)});
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> pages = 0, wrong = 0;
  const auto from_the_start = [&] {
    while (!over) {
      const auto page = s.events->read({});
      wrong += page.ok() && !page->events.empty() ? 0 : 1;
      ++pages;
    }
  };
  const auto from_a_cursor = [&] {
    event_query query;
    while (!over) {
      const auto page = s.events->read(query);
      if (page.ok()) {
        wrong += page->next_after < query.after ? 1 : 0;
        query.after = page->next_after;
      } else {
        wrong += page.error().code == errc::out_of_range ? 0 : 1;
        query.after = 0;
      }
      ++pages;
    }
  };
  std::thread first(from_the_start), second(from_a_cursor);
  auto request = keep_events(1);
  request.thorough = true;
  for (std::uint64_t n = 2; n < 6'000 || pages < 3'000; ++n) {
    commit(*s.events, {flow.whole(n)});
    must(try_prune(*s.events, request));
  }
  over = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
  CHECK(must(s.events->stats()).events < 100);
}

TEST_CASE("pruning gives the space back") {
  const temp_directory directory;
  const auto options = grown().copy(directory);
  const auto s = must(open_quickly(options));
  random_events random(5);
  for (std::uint64_t n = 0; n < 3'000; ++n) commit(*s.events, {noisy(n, random)});
  const auto before = must(s.events->stats());
  const auto done = prune(*s.events, keep_events(keep));
  const auto after = must(s.events->stats());
  CAPTURE(before.bytes, after.bytes, done.bytes);
  CHECK(done.bytes > 10'000'000);
  CHECK(before.record_bytes - after.record_bytes == done.bytes);
  CHECK(after.bytes < before.bytes / 3);
}

TEST_CASE("a journal that is pruned in the background all the time does not grow") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  random_events random(6);
  std::uint64_t most = 0;
  for (std::uint64_t n = 0; n < 8'000; ++n) {
    commit(*s.events, {noisy(n, random)});
    // As the retention actor: never thorough.
    if (n % 50 == 0)
      while (must(try_prune(*s.events, keep_events(keep))).more) continue;
    if (n % 200 != 0) continue;
    const auto stats = must(s.events->stats());
    most = std::max(most, stats.bytes);
  }
  // Of 32 MB that were written; 37 where nothing is merged. RocksDB lets about 20 files of 256 KiB
  // wait to be merged, and twice as many where its thread stands still for a while.
  CAPTURE(most);
  CHECK(most < 16'000'000);
}

TEST_CASE("bytes are a limit too") {
  const temp_directory directory;
  const auto options = grown().copy(directory);
  const auto s = must(open_quickly(options));
  const auto before = must(s.events->stats());
  prune_request request;
  request.floor = UINT64_MAX;
  request.keep.max_bytes = before.record_bytes / 4;
  prune(*s.events, request);
  const auto after = must(s.events->stats());
  CHECK(after.record_bytes - after.island_bytes <= before.record_bytes / 4);
  CHECK(after.record_bytes - after.island_bytes > before.record_bytes / 5);
}

TEST_CASE("damage to what a prune left is found") {
  const temp_directory directory;
  const auto pruned = grown().copy(directory);
  {
    const auto s = must(open_quickly(pruned));
    REQUIRE(prune(*s.events, keep_events(keep)).islands > 5);
  }
  check_proved(pruned, grown().head);
  const auto found = [&](const auto& damage) {
    const temp_directory copy;
    storage_options options = pruned;
    options.directory = copy / "data";
    fs::copy(pruned.directory, options.directory, fs::copy_options::recursive);
    {
      raw_database raw(options.directory);
      damage(raw);
    }
    return must(verify_with(options, quick_disk().env, {})).found;
  };
  const std::string second = raw_database::seq_key(484);  // The second commit's.
  CHECK(found([](raw_database&) {}) == 0);
  CHECK(found([&](raw_database& raw) { raw.erase("events", second); }) > 0);
  CHECK(found([&](raw_database& raw) {
          auto bytes = raw.get("events", second);
          bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
          raw.put("events", second, bytes);
        }) > 0);
  CHECK(found([&](raw_database& raw) {  // Another island's record.
          raw.put("events", second, raw.get("events", raw_database::seq_key(1)));
        }) > 0);
  CHECK(found([&](raw_database& raw) {  // With its note.
          raw.erase("events", second);
          raw.erase("default", island_key(484));
        }) > 0);
  CHECK(found([&](raw_database& raw) {  // One that was removed, put back.
          raw.put("events", raw_database::seq_key(3), raw.get("events", second));
        }) > 0);
  CHECK(found([&](raw_database& raw) {  // The anchor forgotten.
          raw.erase("default", std::string(anchor_key));
        }) > 0);
}

TEST_CASE("a broken chain is not pruned away") {
  const temp_directory directory;
  const auto options = grown().copy(directory);
  {
    raw_database raw(options.directory);
    raw.erase("events", raw_database::seq_key(484));
  }
  const auto s = must(open_quickly(options));
  const auto refused = try_prune(*s.events, keep_events(keep));
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == errc::data_loss);
  CHECK(must(s.events->stats()).first_seq == 1);
}

TEST_CASE("the write-ahead log stays under its bound while much is written and pruned") {
  const temp_directory directory;
  auto options = small_options(directory);
  options.max_wal_bytes = 2U << 20U;
  const auto s = must(open_quickly(options));
  std::uint64_t most = 0, written = 0;
  for (std::uint64_t c = 0; c < 300; ++c) {
    commit(*s.events, nth_commit(c));
    if (c % 10 == 9) must(try_prune(*s.events, keep_events(keep)));
    const auto stats = must(s.events->stats());
    most = std::max(most, stats.wal_bytes);
    written = std::max(written, stats.record_bytes);
  }
  CAPTURE(most, written);
  CHECK(written > 0);
  CHECK(most <= options.max_wal_bytes);
}
