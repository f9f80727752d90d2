#include "storage/codec/record_codec.hpp"

#include <algorithm>

#include "storage/codec/seal.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

std::string encoded(std::uint64_t first, const std::vector<event_batch>& batches) {
  record_encoder encoder;
  std::string out;
  encoder.encode(first, no_record, batches, out);
  return out;
}

std::vector<event_batch> random_batches(random_events& random, std::size_t most = 5) {
  std::vector<event_batch> batches(1 + random.below(most));
  for (auto& batch : batches) {
    batch.scope = nth_scope(random.below(3), random.text());
    const auto events = 1 + random.below(8);
    for (std::size_t i = 0; i < events; ++i) batch.events.push_back(random.any_event());
  }
  return batches;
}

}  // namespace

TEST_CASE("every event type survives with all its contents") {
  const std::uint64_t seed = 4711;
  CAPTURE(seed);
  random_events random(seed);
  for (std::size_t tag = 0; tag < event_tags; ++tag) {
    for (int round = 0; round < 50; ++round) {
      const std::vector<event_batch> batches{{nth_scope(1), {random.of_type(tag)}}};
      REQUIRE(batches[0].events[0].body.index() == tag);
      const std::string bytes = encoded(9, batches);
      auto record = record_reader::open(bytes, 9);
      REQUIRE(record.ok());
      const auto back = record->batches();
      REQUIRE(back.ok());
      REQUIRE(describe(back->at(0)) == describe(batches[0]));
    }
  }
}

TEST_CASE("a record of many batches comes back as it was, and by selection") {
  const std::uint64_t seed = 99;
  CAPTURE(seed);
  random_events random(seed);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const auto batches = random_batches(random);
    const std::uint64_t first = 1 + random.below(1'000'000);
    const std::string bytes = encoded(first, batches);
    auto record = record_reader::open(bytes, first);
    REQUIRE(record.ok());
    const auto back = record->batches();
    REQUIRE(back.ok());
    REQUIRE(back->size() == batches.size());
    std::vector<std::string> all;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      REQUIRE(describe(back->at(i)) == describe(batches[i]));
      for (const auto& e : batches[i].events) all.push_back(describe(e));
    }
    CHECK(record->last_seq() == first + all.size() - 1);

    record_filter filter;
    filter.after = first - 1 + random.below(all.size() + 1);
    filter.up_to = first - 1 + random.below(all.size() + 2);
    filter.tags = random.source()();
    filter.limit = 1 + random.below(10);
    std::vector<recorded_event> selected;
    const auto looked_at = record->select(filter, selected);
    REQUIRE(looked_at.ok());
    std::size_t next = 0;
    for (std::uint64_t seq = first; seq < first + all.size(); ++seq) {
      const auto tag = static_cast<unsigned>(std::stoul(all[seq - first]));
      if (seq <= filter.after || seq > filter.up_to || seq > *looked_at) continue;
      if ((filter.tags >> tag & 1U) == 0) continue;
      REQUIRE(next < selected.size());
      CHECK(selected[next].seq == seq);
      CHECK(describe(selected[next].what) == all[seq - first]);
      ++next;
    }
    CHECK(next == selected.size());
    CHECK(selected.size() <= filter.limit);
  }
}

TEST_CASE("a selection by execution returns its events alone") {
  const sample_workflow flow;
  const auto batches = std::vector{flow.whole(1), flow.whole(2), flow.whole(1)};
  const std::string bytes = encoded(1, batches);
  auto record = record_reader::open(bytes, 1);
  REQUIRE(record.ok());
  event_query wanted;
  wanted.execution_id = nth_execution_id(2);
  record_filter filter;
  filter.whose = &wanted;
  std::vector<recorded_event> selected;
  const auto looked_at = record->select(filter, selected);
  REQUIRE(looked_at.ok());
  CHECK(*looked_at == 36);
  REQUIRE(selected.size() == 12);
  CHECK(selected.front().seq == 13);
  CHECK(selected.front().scope->execution_id == wanted.execution_id);
}

TEST_CASE("what events share is stored once and shared again after reading") {
  const sample_workflow flow;
  std::vector<event_batch> batches;
  for (std::uint64_t n = 0; n < 50; ++n) batches.push_back(flow.whole(n));
  const std::string bytes = encoded(1, batches);
  CHECK(bytes.size() < 50 * 12 * 40);  // An event of this shape takes less than 40 bytes.
  auto record = record_reader::open(bytes, 1);
  REQUIRE(record.ok());
  const auto back = record->batches();
  REQUIRE(back.ok());
  const auto node = [&](std::size_t batch, std::size_t at) {
    return std::get<node_completed>(back->at(batch).events[at].body);
  };
  CHECK(node(0, 2).node == node(49, 2).node);
  CHECK(node(0, 2).outputs->names == node(49, 2).outputs->names);
  CHECK(node(0, 2).node != node(0, 4).node);
}

TEST_CASE("batches without events or scope are well defined") {
  const sample_workflow flow;
  const std::vector<event_batch> batches{
      {nth_scope(1), {}}, {nullptr, {flow.started(1)}}, {nth_scope(2), {flow.started(2)}}};
  const std::string bytes = encoded(5, batches);
  auto record = record_reader::open(bytes, 5);
  REQUIRE(record.ok());
  const auto back = record->batches();
  REQUIRE(back.ok());
  REQUIRE(back->size() == 2);
  REQUIRE(back->at(0).scope != nullptr);
  CHECK(back->at(0).scope->execution_id.empty());
}

TEST_CASE("damage is found and placed, never believed, never fatal") {
  const std::uint64_t seed = 20'260'301;
  CAPTURE(seed);
  random_events random(seed);
  const auto try_all = [](const std::string& bytes) {
    auto record = record_reader::open(bytes, 17);
    if (!record.ok()) return record.error().code;
    std::vector<recorded_event> events;
    const auto selected = record->select({}, events);
    const auto batches = record->batches();
    CHECK(selected.ok() == batches.ok());
    return batches.ok() ? errc{} : batches.error().code;
  };

  SECTION("random bytes") {
    for (int round = 0; round < 5'000; ++round) {
      std::string bytes(random.below(200), '\0');
      for (char& c : bytes) c = static_cast<char>(random.source()());
      REQUIRE(try_all(bytes) == errc::data_loss);
    }
  }
  SECTION("flipped bits and cuts under a wrong checksum") {
    const std::string good = encoded(17, random_batches(random));
    for (int round = 0; round < 2'000; ++round) {
      std::string bytes = good.substr(0, good.size() - random.below(2) * random.below(good.size()));
      if (bytes.size() == good.size()) {
        bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
      }
      REQUIRE(try_all(bytes) == errc::data_loss);
    }
  }
  SECTION("flipped bits and cuts under a right checksum: an error or other events, no crash") {
    for (int round = 0; round < 5'000; ++round) {
      std::string bytes = encoded(17, random_batches(random, 2));
      for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
        const auto at = seal_bytes + random.below(bytes.size() - seal_bytes);
        bytes[at] = static_cast<char>(random.source()());
      }
      if (random.below(3) == 0) {
        bytes.resize(seal_bytes + random.below(bytes.size() - seal_bytes));
      }
      seal(bytes);
      const errc code = try_all(bytes);
      REQUIRE((code == errc{} || code == errc::data_loss));
    }
  }
}

TEST_CASE("an unknown event tag and a foreign key are data loss with their seq") {
  const sample_workflow flow;
  const std::vector<event_batch> batches{{nth_scope(1), {flow.started(1), flow.completed(2)}}};
  std::string bytes = encoded(41, batches);
  CHECK(record_reader::open(bytes, 40).error().code == errc::data_loss);

  // The tag of the second event: the one byte whose change to 63 spoils nothing before it.
  record_reader good = *record_reader::open(bytes, 41);
  bool found = false;
  for (std::size_t at = bytes.size() - 1; at > seal_bytes && !found; --at) {
    std::string bent = bytes;
    if (bent[at] != '\1') continue;
    bent[at] = 63;
    seal(bent);
    auto record = record_reader::open(bent, 41);
    if (!record.ok()) continue;
    std::vector<recorded_event> events;
    const auto r = record->select({}, events);
    if (r.ok() || events.size() != 1) continue;
    CHECK(r.error().code == errc::data_loss);
    CHECK(r.error().message.find("42") != std::string::npos);
    found = true;
  }
  CHECK(found);
}
