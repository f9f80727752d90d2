// Real journals with real damage: whatever was done to them is found, and at its place.
#include "storage/verify.hpp"

#include <algorithm>
#include <fstream>

#include "storage/codec/record_codec.hpp"
#include "storage/execution_entry.hpp"
#include "storage/rocks/execution_index.hpp"
#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t commits = 30;
constexpr std::uint64_t events_per_commit = 26;

constexpr std::uint64_t record_seq(std::uint64_t n) { return 1 + events_per_commit * n; }

/// The nth commit: an execution at once, the end of the one that began with the commit before, and
/// the beginning of the next; an emergency change and a trigger's state.
std::vector<event_batch> nth_commit(std::uint64_t n) {
  const sample_workflow flow;
  std::vector<event_batch> batches{flow.whole(10 * n + 1)};
  if (n > 0) batches.push_back({nth_scope(10 * n - 8), {flow.completed(3)}});
  // It has an order that rests beyond its end, and a key that finds it.
  auto keyed = flow.started(1);
  std::get<execution_started>(keyed.body).idempotency_key = "key-" + std::to_string(n);
  batches.push_back(
      {nth_scope(10 * n + 2), {keyed, {at_ms(2), order_intent{flow.nodes[1], "pw", {}}}}});
  std::vector<event> states(n > 0 ? 10 : 11,
                            {at_ms(5), node_state_changed{flow.nodes[0], n + 1, value(7), {}}});
  batches.push_back({nth_scope(10 * n + 2), std::move(states)});
  batches.push_back(emergency_batch("bot:b", "normal", "alert"));
  return batches;
}

struct journal_on_disk {
  temp_directory directory;
  storage_options options = small_options(directory);
  std::vector<journal_head> heads;

  journal_on_disk() {
    const auto s = must(open_quickly(options));
    must(s.states->put_definition("{\"blocks\": []}", durability::async));
    for (std::uint64_t n = 0; n < commits; ++n) {
      commit(*s.events, nth_commit(n));
      heads.push_back(must(s.events->chain_head()));
    }
  }
  /// A copy to damage.
  storage_options copy(const std::string& name) const {
    storage_options other = options;
    other.directory = directory / name;
    fs::remove_all(other.directory);
    fs::copy(options.directory, other.directory, fs::copy_options::recursive);
    return other;
  }
};

const journal_on_disk& sound_journal() {
  static const journal_on_disk journal;
  return journal;
}

verify_report verified(const storage_options& options,
                       const std::optional<journal_head>& expected = {}) {
  return must(verify_with(options, quick_disk().env, expected));
}

std::string text_of(const verify_report& report) {
  std::string text = std::to_string(report.found) + " findings:";
  for (const auto& f : report.findings) text += "\n  " + std::to_string(f.seq) + " " + f.what;
  return text;
}

/// Damages a copy and expects the first finding at `seq`.
template <class Damage>
void expect_found(std::uint64_t seq, const Damage& damage) {
  const auto options = sound_journal().copy("damaged");
  {
    raw_database raw(options.directory);
    damage(raw);
  }
  const auto report = verified(options);
  INFO(text_of(report));
  REQUIRE(report.found > 0);
  CHECK(report.findings.front().seq == seq);
}

std::string record_of(raw_database& raw, std::uint64_t n) {
  return raw.get("events", raw_database::seq_key(record_seq(n)));
}
void put_record(raw_database& raw, std::uint64_t n, const std::string& bytes) {
  raw.put("events", raw_database::seq_key(record_seq(n)), bytes);
}
/// What the record at place n holds, or other events, sealed as if it had been written there.
std::string forged(raw_database& raw, std::uint64_t n, std::vector<event_batch> batches) {
  const std::string bytes = record_of(raw, n);
  record_encoder encoder;
  std::string out;
  encoder.encode(record_seq(n), must(record_reader::open(bytes, 0)).previous(), batches, out);
  return out;
}
std::vector<event_batch> held_by(raw_database& raw, std::uint64_t n) {
  const std::string bytes = record_of(raw, n);
  return must(must(record_reader::open(bytes, 0)).batches());
}

}  // namespace

TEST_CASE("a sound journal is proved, with any of its heads") {
  const auto& sound = sound_journal();
  const auto report = verified(sound.options);
  INFO(text_of(report));
  CHECK(report.found == 0);
  CHECK(report.compared == head_comparison::none);
  CHECK(report.head == sound.heads.back());
  CHECK(report.first_seq == 1);
  CHECK(report.records == commits);
  CHECK(report.events == commits * events_per_commit);
  CHECK(report.executions == 2 * commits - 1);
  for (const auto& head : sound.heads) {
    const auto compared = verified(sound.options, head);
    CHECK(compared.found == 0);
    CHECK(compared.compared == head_comparison::matches);
  }
  const auto from_the_start = verified(sound.options, journal_head{0, std::string(64, '0')});
  CHECK(from_the_start.compared == head_comparison::matches);
}

TEST_CASE("an empty journal is proved") {
  const temp_directory directory;
  const auto options = small_options(directory);
  must(open_quickly(options));
  const auto report = verified(options, journal_head{0, std::string(64, '0')});
  CHECK(report.found == 0);
  CHECK(report.compared == head_comparison::matches);
  const auto longer = verified(options, sound_journal().heads[0]);
  REQUIRE(longer.found == 1);
  CHECK(longer.findings[0].seq == 1);
}

TEST_CASE("damage to a record is found at its place, wherever it is") {
  const std::uint64_t seed = 20'261'123;
  CAPTURE(seed);
  random_events random(seed);
  for (int round = 0; round < 8; ++round) {
    // The first and the last one too.
    const std::uint64_t n = round == 0 ? 0 : round == 1 ? commits - 1 : random.below(commits);
    const std::uint64_t m = (n + 1 + random.below(commits - 1)) % commits;
    CAPTURE(round, n, m);
    const std::uint64_t seq = record_seq(n);
    expect_found(seq, [&](raw_database& raw) {  // One bit.
      std::string bytes = record_of(raw, n);
      auto& byte = bytes[random.below(bytes.size())];
      byte = static_cast<char>(byte ^ (1U << random.below(8)));
      put_record(raw, n, bytes);
    });
    expect_found(seq, [&](raw_database& raw) {  // Cut short.
      const std::string bytes = record_of(raw, n);
      put_record(raw, n, bytes.substr(0, random.below(bytes.size())));
    });
    expect_found(seq, [&](raw_database& raw) {  // Removed.
      raw.erase("events", raw_database::seq_key(seq));
    });
    expect_found(seq, [&](raw_database& raw) {  // Rewritten by someone who knows the format.
      auto batches = held_by(raw, n);
      auto& events = batches[random.below(batches.size())].events;
      events[random.below(events.size())].at += microseconds(1);
      put_record(raw, n, forged(raw, n, std::move(batches)));
    });
    expect_found(seq, [&](raw_database& raw) {  // Written after something else.
      record_encoder encoder;
      std::string bytes;
      record_hash other{};
      other[random.below(other.size())] = 1;
      encoder.encode(seq, other, held_by(raw, n), bytes);
      put_record(raw, n, bytes);
    });
    expect_found(std::min(seq, record_seq(m)), [&](raw_database& raw) {  // Two changed places.
      const std::string one = record_of(raw, n);
      put_record(raw, n, record_of(raw, m));
      put_record(raw, m, one);
    });
    expect_found(std::min(seq, record_seq(m)), [&](raw_database& raw) {  // The same, renumbered.
      const std::string one = forged(raw, n, held_by(raw, m));
      put_record(raw, m, forged(raw, m, held_by(raw, n)));
      put_record(raw, n, one);
    });
    const std::uint64_t inside = seq + 1 + random.below(events_per_commit - 1);
    expect_found(inside, [&](raw_database& raw) {  // One too many.
      record_encoder encoder;
      std::string bytes;
      encoder.encode(inside, no_record, {sample_workflow().whole(9'999)}, bytes);
      raw.put("events", raw_database::seq_key(inside), bytes);
    });
  }
}

TEST_CASE("what was put behind the end is found") {
  const std::uint64_t behind = record_seq(commits);
  for (const bool with_gap : {false, true}) {
    expect_found(behind, [&](raw_database& raw) {
      record_encoder encoder;
      std::string bytes;
      const std::uint64_t at = behind + (with_gap ? 4 : 0);
      encoder.encode(at, no_record, {sample_workflow().whole(9'999)}, bytes);
      raw.put("events", raw_database::seq_key(at), bytes);
    });
  }
}

TEST_CASE("a tail that was cut off is found by whatever still knows of it") {
  const std::uint64_t seed = 77;
  CAPTURE(seed);
  random_events random(seed);
  const auto cut = [](raw_database& raw, std::uint64_t from) {
    for (std::uint64_t n = from; n < commits; ++n) {
      raw.erase("events", raw_database::seq_key(record_seq(n)));
    }
  };
  for (int round = 0; round < 4; ++round) {
    const std::uint64_t n = random.below(commits);
    CAPTURE(n);
    expect_found(record_seq(n), [&](raw_database& raw) { cut(raw, n); });
    expect_found(record_seq(n), [&](raw_database& raw) {
      cut(raw, n);
      raw.erase("default", "checkpoint");  // The history still knows.
    });
  }
  SECTION("an older copy of the whole directory is found by a later head alone") {
    const temp_directory directory;
    const auto options = small_options(directory);
    std::vector<journal_head> heads;
    for (std::uint64_t n = 0; n < 3; ++n) {
      const auto s = must(open_quickly(options));
      commit(*s.events, nth_commit(n));
      heads.push_back(must(s.events->chain_head()));
    }
    storage_options older = options;
    older.directory = directory / "older";
    {
      const auto s = must(open_quickly(older));
      for (std::uint64_t n = 0; n < 2; ++n) commit(*s.events, nth_commit(n));
    }
    CHECK(verified(older).found == 0);
    CHECK(verified(older, heads[1]).compared == head_comparison::matches);
    const auto report = verified(older, heads[2]);
    INFO(text_of(report));
    REQUIRE(report.found == 1);
    CHECK(report.compared == head_comparison::differs);
    CHECK(report.findings[0].seq == record_seq(2));
  }
}

TEST_CASE("another journal does not pass for ours") {
  const auto& sound = sound_journal();
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{7}, commits - 1}) {
    journal_head other = sound.heads[n];
    other.hash[0] = other.hash[0] == '0' ? '1' : '0';
    const auto report = verified(sound.options, other);
    CHECK(report.compared == head_comparison::differs);
    REQUIRE(report.found > 0);
    CHECK(report.findings.front().seq == record_seq(n));
    other = sound.heads[n];
    --other.seq;  // No record ends there.
    CHECK(verified(sound.options, other).found == 1);
  }
  journal_head rubbish = sound.heads[0];
  rubbish.hash.pop_back();
  CHECK(verify_with(sound.options, quick_disk().env, rubbish).error().code ==
        errc::invalid_argument);
}

TEST_CASE("what was derived from the records has to agree with them") {
  const std::string finished = execution_key(nth_execution_id(51));
  SECTION("a history that is gone") {
    expect_found(record_seq(5) + 11, [&](raw_database& raw) { raw.erase("history", finished); });
  }
  SECTION("a history that was changed") {
    expect_found(0, [&](raw_database& raw) { raw.put("history", finished, "rubbish"); });
  }
  SECTION("a history that names another record") {
    expect_found(record_seq(4), [&](raw_database& raw) {
      auto entry = must(decode_entry(raw.get("history", finished), "it"));
      entry.records = {record_seq(4)};
      raw.put("history", finished, encode_entry(entry));
    });
  }
  SECTION("a history under another key") {
    expect_found(record_seq(5), [&](raw_database& raw) {
      raw.put("history", execution_key(nth_execution_id(5'000)), raw.get("history", finished));
    });
  }
  SECTION("a history of something that never was") {
    expect_found(record_seq(2), [&](raw_database& raw) {
      auto entry = must(decode_entry(raw.get("history", finished), "it"));
      entry.summary.scope = nth_scope(7'000);
      entry.summary.first_seq = entry.summary.last_seq = record_seq(2);
      entry.records = {record_seq(2)};
      raw.put("history", execution_key(nth_execution_id(7'000)), encode_entry(entry));
    });
  }
  SECTION("an open execution, an emergency state, a trigger's state") {
    for (const std::string family : {"open", "latest"}) {
      std::vector<std::string> keys;
      {
        raw_database raw(sound_journal().copy("looked_at").directory);
        for (const auto& [key, bytes] : raw.all(family)) keys.push_back(key);
      }
      REQUIRE_FALSE(keys.empty());
      for (const auto& key : keys) {
        CAPTURE(family, key);
        expect_found(0, [&](raw_database& raw) {
          std::string bytes = raw.get(family, key);
          bytes.back() = static_cast<char>(bytes.back() ^ 1);
          raw.put(family, key, bytes);
        });
      }
    }
  }
  SECTION("a list that lacks an execution, or has one too many") {
    const auto summary = [](raw_database& raw, const std::string& key) {
      return must(decode_entry(raw.get("history", key), "it")).summary;
    };
    // Rows of the commit in which it ended; another one is in them too.
    const auto rows = [&](raw_database& raw, run_status status) {
      auto s = summary(raw, finished);
      s.status = status;
      std::vector<std::string> all;
      for (std::size_t which = 0; which < index_terms; ++which) {
        std::string front;
        REQUIRE(index_front(s, finished, which, front));
        all.push_back(front + raw_database::seq_key(record_seq(5)));
      }
      return all;
    };
    for (std::size_t which = 0; which < index_terms; ++which) {
      expect_found(record_seq(5), [&](raw_database& raw) {
        const auto row = rows(raw, run_status::completed).at(which);
        auto keys = must(decode_index_row(row, raw.get("index", row))).keys;
        CHECK(std::erase(keys, finished) == 1);
        raw.put("index", row, encode_index_row(keys));
      });
      expect_found(0, [&](raw_database& raw) {
        const auto row = rows(raw, run_status::completed).at(which);
        auto keys = must(decode_index_row(row, raw.get("index", row))).keys;
        keys.push_back(execution_key(nth_execution_id(9'000)));
        raw.put("index", row, encode_index_row(keys));
      });
      expect_found(record_seq(5), [&](raw_database& raw) {
        raw.put("index", rows(raw, run_status::failed).at(which), encode_index_row({finished}));
      });
    }
  }
  SECTION("a workflow's text") {
    expect_found(0, [&](raw_database& raw) {
      const auto rows = raw.all("states");
      REQUIRE(rows.size() == 1);
      raw.put("states", rows[0].first, rows[0].second + " ");
    });
  }
}

TEST_CASE("a journal is proved after an unclean end, and beside its writer") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const lossy_disk disk;
  {
    const auto s = must(open_rocksdb_with(options, disk.env));
    for (std::uint64_t n = 0; n < commits; ++n) {
      commit(*s.events, nth_commit(n), durability::sync);
      if (n % 10 != 0) continue;
      const auto report = verified(options, must(s.events->chain_head()));
      INFO(text_of(report));
      CHECK(report.found == 0);
      CHECK(report.head.seq == s.events->head());
    }
    disk.fs->cut_power();
  }
  disk.fs->drop_unsynced(3);
  const auto report = verified(options, sound_journal().heads.back());
  INFO(text_of(report));
  CHECK(report.found == 0);
  CHECK(report.compared == head_comparison::matches);
}

TEST_CASE("a file with a flipped byte is found, and what cannot be opened is an error") {
  const auto options = sound_journal().copy("damaged");
  SECTION("a table") {
    { const raw_database sorted(options.directory); }  // The log becomes tables.
    fs::path largest;                                  // It holds the events.
    for (const auto& file : fs::directory_iterator(options.directory)) {
      if (file.path().extension() != ".sst") continue;
      if (largest.empty() || file.file_size() > fs::file_size(largest)) largest = file.path();
    }
    REQUIRE_FALSE(largest.empty());
    std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('\x55');
    file.close();
    const auto report = verify_with(options, quick_disk().env, {});
    if (report.ok()) {
      CHECK(report->found > 0);
    } else {
      CHECK(report.error().code == errc::data_loss);
    }
  }
  SECTION("no journal") {
    fs::remove_all(options.directory);
    CHECK(verify_with(options, quick_disk().env, {}).error().code == errc::not_found);
  }
}
