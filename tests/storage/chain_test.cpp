#include "storage/codec/chain.hpp"

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

TEST_CASE("a hasher gives SHA-256, one input after the other") {
  record_hasher hasher;
  // FIPS 180-2, appendix B, and the empty text.
  CHECK(to_hex(must(hasher.of("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(must(hasher.of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(must(hasher.of(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("hashes as text") {
  record_hasher hasher;
  const auto hash = must(hasher.of("abc"));
  CHECK(hash_from_hex(to_hex(hash)) == hash);
  CHECK(to_hex(no_record) == std::string(64, '0'));
  CHECK_FALSE(hash_from_hex(to_hex(hash).substr(1)));
  CHECK_FALSE(hash_from_hex(std::string(63, '0') + "g"));
  CHECK_FALSE(hash_from_hex(""));
}

TEST_CASE("every record holds the hash of the stored bytes before it, across reopenings") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  journal_head head;
  for (int opening = 0; opening < 3; ++opening) {
    const auto s = must(open_quickly(options));
    if (opening > 0) CHECK(must(s.events->chain_head()) == head);
    for (std::uint64_t n = 1; n <= 4; ++n) {
      commit(*s.events, {flow.whole(10 * opening + n)});
    }
    head = must(s.events->chain_head());
  }
  record_hasher hasher;
  record_hash before = no_record;
  std::size_t records = 0;
  for (const auto& [key, bytes] : raw_database(options.directory).all("events")) {
    CHECK(must(record_reader::open(bytes, 0)).previous() == before);
    before = must(hasher.of(bytes));
    ++records;
  }
  CHECK(records == 12);
  CHECK(head == journal_head{12 * 12, to_hex(before)});
}

TEST_CASE("a start refuses a record that was not written after the one before it") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  const lossy_disk disk;
  {
    const auto s = must(storage::open_rocksdb_with(options, disk.env));
    for (std::uint64_t n = 1; n <= 4; ++n) {
      commit(*s.events, {flow.whole(n)}, durability::sync);
    }
    disk.fs->cut_power();  // No checkpoint: the next start replays all.
  }
  disk.fs->drop_unsynced(1);
  const auto refused = [&](const std::string& why) {
    const auto r = open_quickly(options);
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == errc::data_loss);
    CHECK(r.error().message.find(why) != std::string::npos);
  };
  record_encoder encoder;
  std::string forged;
  SECTION("one in the middle was changed, and sealed again") {
    {
      raw_database raw(options.directory);
      const std::string first = raw.get("events", raw_database::seq_key(1));
      record_hasher hasher;
      encoder.encode(13, must(hasher.of(first)), {flow.whole(99)}, forged);
      raw.put("events", raw_database::seq_key(13), forged);
    }
    refused("record at seq 25 was not written after");
  }
  SECTION("one was put behind the end") {
    encoder.encode(49, no_record, {flow.whole(99)}, forged);
    raw_database(options.directory).put("events", raw_database::seq_key(49), forged);
    refused("record at seq 49 was not written after");
  }
}

TEST_CASE("a start refuses another last record than the checkpoint's") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  {
    const auto s = must(open_quickly(options));
    commit(*s.events, {flow.whole(1)});
  }
  record_encoder encoder;
  std::string forged;
  encoder.encode(1, no_record, {flow.whole(2)}, forged);
  raw_database(options.directory).put("events", raw_database::seq_key(1), forged);
  const auto r = open_quickly(options);
  REQUIRE_FALSE(r.ok());
  CHECK(r.error().code == errc::data_loss);
  CHECK(r.error().message.find("not the one that the checkpoint") != std::string::npos);
}
