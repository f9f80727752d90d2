#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "storage/execution_entry.hpp"
#include "storage/rocks/checkpoint.hpp"
#include "storage/rocks/open_with.hpp"
#include "storage/rocks/recent_records.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/lossy_fs.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string summary_text(const execution_summary& s) {
  std::string text = s.scope->execution_id + " " + s.scope->bot_id + " " +
                     std::string(to_string(s.status)) + " " + s.definition_id + " " + s.error;
  for (const std::uint64_t n : {std::uint64_t{s.node_count}, std::uint64_t{s.orders}, s.first_seq,
                                s.last_seq, static_cast<std::uint64_t>(s.duration.count())}) {
    text += " " + std::to_string(n);
  }
  return text + " " + to_iso8601(s.started_at) + (s.ended_at ? to_iso8601(*s.ended_at) : "");
}

/// All answers of a journal, as text: two journals are the same where these are.
std::string whole_answer(const journal& j) {
  std::string text;
  for (const auto& e : read_all(j)) {
    text += std::to_string(e.seq) + " " + e.scope->execution_id + " " + describe(e.what) + "\n";
  }
  execution_query query;
  query.limit = 1'000;
  for (const auto& s : must(j.executions(query)).executions) {
    text += summary_text(s) + "\n";
    text += std::to_string(read_all(j, {0, 100, s.scope->execution_id, {}}).size()) + "\n";
  }
  for (const auto& c : must(j.emergency_scopes())) text += c.scope + "=" + c.new_state + "\n";
  const auto stats = must(j.stats());
  for (const auto n : {stats.first_seq, stats.last_seq, stats.events, stats.commits,
                       stats.executions, stats.open_executions}) {
    text += std::to_string(n) + " ";
  }
  return text + std::to_string(must(j.node_state("arb", "node_0")).version);
}

/// Executions that begin, go on and end over many commits, some of them never.
void commit_life(journal& j, std::uint64_t seed, int commits) {
  random_events random(seed);
  const sample_workflow flow;
  std::vector<std::uint64_t> open;
  std::uint64_t next = 1;
  for (int c = 0; c < commits; ++c) {
    std::vector<event_batch> batches{flow.whole(next++)};
    batches.push_back({nth_scope(next), {flow.started(c)}});
    open.push_back(next++);
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t n = open[random.below(open.size())];
      batches.push_back({nth_scope(n), {flow.node_begun(0, c), flow.node_done(0, c)}});
    }
    if (random.below(2) == 0) {
      const auto at = random.below(open.size());
      batches.push_back({nth_scope(open[at]), {flow.completed(c)}});
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      if (open.empty()) open.push_back(1);
    }
    if (c % 10 == 0) {
      batches.push_back(
          {nth_scope(1), {{at_ms(c), order_filled{flow.nodes[0], "pw", {}, {}, true}}}});
      batches.push_back(
          {nth_scope(1),
           {{at_ms(c), node_state_changed{flow.nodes[0], std::uint64_t(c), {}, {}}}}});
      batches.push_back(emergency_batch("bot:" + std::to_string(c % 3), "normal", "halt"));
    }
    commit(j, std::move(batches));
  }
}

}  // namespace

TEST_CASE("a reopened journal gives the same answers, and agrees with the one in memory") {
  const std::uint64_t seed = 8;
  const temp_directory directory;
  const auto options = small_options(directory);
  const auto memory = open_memory();
  commit_life(*memory.events, seed, 120);
  auto rocks = must(open_quickly(options));
  commit_life(*rocks.events, seed, 120);
  const std::string expected = whole_answer(*memory.events);
  CHECK(whole_answer(*rocks.events) == expected);
  for (int reopening = 0; reopening < 2; ++reopening) {
    rocks = {};
    rocks = must(open_quickly(options));
    CHECK(whole_answer(*rocks.events) == expected);
  }
  const auto c = commit(*rocks.events, {sample_workflow().whole(9'999)});
  CHECK(c->first_seq == must(memory.events->stats()).last_seq + 1);
}

TEST_CASE("checkpoints keep what a start replays bounded, and lose nothing") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  const auto life = [&](journal& j) {
    for (std::uint64_t n = 1; n <= 600; ++n) commit(j, {{nth_scope(n), {flow.started(1)}}});
    for (std::uint64_t n = 1; n < 2 * storage::checkpoint_commits; ++n) {
      const std::uint64_t id = 1 + n % 600;
      commit(j, {{nth_scope(id), {n > 3'000 ? flow.completed(2) : flow.node_begun(0, 1)}}});
    }
  };
  const auto memory = open_memory();
  life(*memory.events);
  const std::string expected = whole_answer(*memory.events);
  const lossy_disk disk;
  {
    auto rocks = must(storage::open_rocksdb_with(options, disk.env));
    life(*rocks.events);
    must(rocks.states->put("last", "", durability::sync));
    disk.fs->cut_power();  // No orderly end: nothing is stored beyond the last checkpoint.
  }
  disk.fs->drop_unsynced(1);
  {
    raw_database raw(options.directory);
    const auto counts = must(storage::decode_checkpoint(raw.get("default", "checkpoint")));
    CHECK(counts.head >= storage::checkpoint_commits);
    CHECK(counts.head < memory.events->head());
    CHECK(counts.executions == 600);
    CHECK(raw.count("open") == must(memory.events->stats()).open_executions);
  }
  CHECK(whole_answer(*must(open_quickly(options)).events) == expected);
}

TEST_CASE("executions that share their commits are read right, by many at once") {
  const temp_directory directory;
  storage_options options;
  options.directory = directory.path();
  const auto store = must(open_rocksdb(options));
  constexpr std::uint64_t executions = 6;
  const sample_workflow flow;
  for (int c = 0; c < 3 * static_cast<int>(storage::recent_records::max_records); ++c) {
    std::vector<event_batch> batches;
    for (std::uint64_t n = 1; n <= executions; ++n) {
      if (c == 0) batches.push_back({nth_scope(n), {flow.started(0)}});
      batches.push_back({nth_scope(n), {flow.node_begun(n % 5, c), flow.node_done(n % 5, c)}});
    }
    commit(*store.events, std::move(batches));
  }
  std::map<std::string, std::string> expected;
  const auto line = [](const recorded_event& e) {
    return std::to_string(e.seq) + " " + describe(e.what) + "\n";
  };
  for (const auto& e : read_all(*store.events)) expected[e.scope->execution_id] += line(e);
  REQUIRE(expected.size() == executions);

  std::vector<std::future<bool>> readers;
  for (std::uint64_t i = 0; i < 3; ++i)
    readers.push_back(std::async(std::launch::async, [&, i] {
      for (std::uint64_t n = 0; n < 20 * executions; ++n) {
        event_query query;
        query.execution_id = nth_execution_id(1 + (n * (i + 1)) % executions);
        query.limit = 10'000;
        const auto page = store.events->read(query);
        std::string text;
        if (page.ok())
          for (const auto& e : page->events) text += line(e);
        if (text != expected.at(query.execution_id)) return false;
      }
      return true;
    }));
  for (auto& r : readers) CHECK(r.get());
}

TEST_CASE("who sorts what was written is told so, on its own thread") {
  const temp_directory directory;
  auto options = small_options(directory);
  std::mutex mutex;
  std::set<std::thread::id> told;
  options.sorting = [&] {
    const std::lock_guard lock(mutex);
    told.insert(std::this_thread::get_id());
  };
  std::thread::id writer;
  options.writer_started = [&] { writer = std::this_thread::get_id(); };
  {
    const auto s = must(open_quickly(options));
    const sample_workflow flow;
    // Until its files are begun: whenever the log is long enough.
    for (std::uint64_t n = 1;; ++n) {
      commit(*s.events, {flow.whole(n)});
      const std::lock_guard lock(mutex);
      if (!told.empty()) break;
      REQUIRE(n < 1'000'000);
    }
  }
  CHECK_FALSE(told.contains(writer));
  CHECK_FALSE(told.contains(std::this_thread::get_id()));
}

TEST_CASE("a hole in what a start replays is data loss, with its place") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const lossy_disk disk;
  {
    auto s = must(storage::open_rocksdb_with(options, disk.env));
    for (std::uint64_t n = 1; n <= 4; ++n) {
      commit(*s.events, {sample_workflow().whole(n)}, durability::sync);
    }
    disk.fs->cut_power();
  }
  disk.fs->drop_unsynced(1);
  raw_database(options.directory).erase("events", raw_database::seq_key(25));
  const auto r = open_quickly(options);
  REQUIRE_FALSE(r.ok());
  CHECK(r.error().code == errc::data_loss);
  CHECK(r.error().message.find("seq 25 is missing") != std::string::npos);
}

TEST_CASE("after a failed commit every later one fails, and the durable part stays readable") {
  const temp_directory directory;
  const lossy_disk disk;
  const sample_workflow flow;
  {
    auto s = must(storage::open_rocksdb_with(small_options(directory), disk.env));
    commit(*s.events, {flow.whole(1)}, durability::sync);
    disk.fs->fill_up();
    const auto failed = try_commit(*s.events, {flow.whole(2)}, durability::sync);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == errc::io_error);
    CHECK(failed.error().remedy.find("free space") != std::string::npos);
    for (int i = 0; i < 3; ++i) {
      CHECK(try_commit(*s.events, {flow.whole(3)}).error().code == errc::io_error);
    }
    CHECK(s.events->head() == 12);
    CHECK(read_all(*s.events).size() == 12);
    CHECK(s.events->execution(nth_execution_id(2)).error().code == errc::not_found);
  }
  const auto again = must(open_quickly(small_options(directory)));
  CHECK(again.events->head() >= 12);
}

TEST_CASE("a commit after a note that could not be written says why that was") {
  const temp_directory directory;
  const lossy_disk disk;
  const sample_workflow flow;
  auto s = must(storage::open_rocksdb_with(small_options(directory), disk.env));
  disk.fs->fill_up();
  REQUIRE_FALSE(s.states->put("note", "x", durability::sync).ok());
  const auto later = try_commit(*s.events, {flow.whole(1)}, durability::sync);
  REQUIRE_FALSE(later.ok());
  CHECK(later.error().message.find("No space left on device") != std::string::npos);
  CHECK(later.error().remedy.find("free space") != std::string::npos);
}

TEST_CASE("a damaged record is data loss, with its place") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  {
    const auto s = must(open_quickly(options));
    for (std::uint64_t n = 1; n <= 5; ++n) commit(*s.events, {flow.whole(n)});
  }
  const auto expect_loss = [](const auto& r, const std::string& place) {
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == errc::data_loss);
    CHECK(r.error().message.find(place) != std::string::npos);
  };
  SECTION("a flipped byte in the middle") {
    {
      raw_database raw(options.directory);
      std::string bytes = raw.get("events", raw_database::seq_key(25));
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
      raw.put("events", raw_database::seq_key(25), bytes);
    }
    const auto s = must(open_quickly(options));
    expect_loss(s.events->read({}), "seq 25");
    expect_loss(s.events->read({0, 10, nth_execution_id(3), {}}), "seq 25");
    CHECK(must(s.events->read({36, 100, "", {}})).events.size() == 24);
    CHECK(must(s.events->read({0, 24, "", {}})).events.size() == 24);
  }
  SECTION("a flipped byte in the last record") {
    {
      raw_database raw(options.directory);
      std::string bytes = raw.get("events", raw_database::seq_key(49));
      bytes.back() = static_cast<char>(bytes.back() ^ 0x40);
      raw.put("events", raw_database::seq_key(49), bytes);
    }
    expect_loss(open_quickly(options), "seq 49");
  }
  SECTION("an unknown record format") {
    {
      raw_database raw(options.directory);
      std::string bytes = raw.get("events", raw_database::seq_key(13));
      bytes[0] = 9;
      raw.put("events", raw_database::seq_key(13), bytes);
    }
    const auto s = must(open_quickly(options));
    expect_loss(s.events->read({}), "seq 13");
  }
  SECTION("a missing record in the middle") {
    raw_database(options.directory).erase("events", raw_database::seq_key(25));
    const auto s = must(open_quickly(options));
    expect_loss(s.events->read({}), "seq 25 is missing");
    expect_loss(s.events->read({30, 10, "", {}}), "seq 31 is missing");
    expect_loss(s.events->read({0, 10, nth_execution_id(3), {}}), "seq 25 is missing");
  }
  SECTION("a missing end") {
    raw_database(options.directory).erase("events", raw_database::seq_key(49));
    expect_loss(open_quickly(options), "seq 49 is missing");
  }
  SECTION("a record too many, out of the chain") {
    raw_database(options.directory).put("events", raw_database::seq_key(90), "x");
    expect_loss(open_quickly(options), "seq 90");
  }
  SECTION("a damaged summary") {
    {
      raw_database raw(options.directory);
      raw.put("history", storage::execution_key(nth_execution_id(2)), "rubbish");
    }
    const auto s = must(open_quickly(options));
    expect_loss(s.events->execution(nth_execution_id(2)), nth_execution_id(2));
    expect_loss(s.events->executions({}), "damaged");
  }
}

TEST_CASE("the memory journal is bounded and says from where it remembers") {
  const auto s = open_memory(100);
  const sample_workflow flow;
  commit(*s.events, {{nth_scope(1), {flow.started(1)}}});
  for (std::uint64_t n = 2; n <= 50; ++n) commit(*s.events, {flow.whole(n)});
  const auto stats = must(s.events->stats());
  CHECK(stats.last_seq == 1 + 49 * 12);
  CHECK(stats.events >= 100);
  CHECK(stats.events < 100 + 12);
  CHECK(stats.commits == 9);
  CHECK(stats.open_executions == 1);
  const auto kept = read_all(*s.events);
  REQUIRE(kept.size() == stats.events);
  CHECK(kept.front().seq == stats.first_seq);
  CHECK(s.events->read({1, 10, "", {}}).error().code == errc::out_of_range);
  CHECK(must(s.events->read({stats.first_seq - 1, 10, "", {}})).events.size() == 10);
  CHECK(s.events->execution(nth_execution_id(2)).error().code == errc::not_found);
  CHECK(s.events->execution(nth_execution_id(50)).ok());
  CHECK(must(s.events->execution(nth_execution_id(1))).status == run_status::running);
  CHECK(must(s.events->executions({})).executions.size() < 15);
}
