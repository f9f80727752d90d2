#include <unistd.h>

#include <fstream>

#include "storage/codec/seal.hpp"
#include "storage/look.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

bool says(const error& e, const std::string& text) {
  return e.to_string().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a second opener is told who is in the way") {
  const temp_directory directory;
  const auto options = small_options(directory);
  auto first = must(open_quickly(options));
  const auto second = open_quickly(options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == errc::failed_precondition);
  CHECK(says(second.error(), "this process itself"));
  CHECK_FALSE(second.error().remedy.empty());

  // The lock belongs to all that share the database, and goes with the last of them.
  first.events.reset();
  CHECK_FALSE(open_quickly(options).ok());
  first.states.reset();
  CHECK(open_quickly(options).ok());

  SECTION("another process is named by its id") {
    auto held = must(open_quickly(options));
    std::ofstream(options.directory / "pitwall.lock") << "4242\n";
    const auto third = open_quickly(options);
    REQUIRE_FALSE(third.ok());
    CHECK(says(third.error(), "process 4242"));
  }
}

TEST_CASE("whether a directory is in use is seen without opening it") {
  const temp_directory directory;
  const auto options = small_options(directory);
  CHECK(check_unlocked(options.directory).ok());
  CHECK_FALSE(holds_journal(options.directory));
  {
    const auto held = must(open_quickly(options));
    CHECK(holds_journal(options.directory));
    const auto seen = check_unlocked(options.directory);
    REQUIRE_FALSE(seen.ok());
    CHECK(seen.error().code == errc::failed_precondition);
    CHECK(says(seen.error(), "this process itself"));
  }
  CHECK(check_unlocked(options.directory).ok());
  CHECK(open_quickly(options).ok());
}

TEST_CASE("paths that are no data directory") {
  const temp_directory directory;
  storage_options options = small_options(directory);
  SECTION("a file") {
    std::ofstream(directory / "data") << "text";
    CHECK(open_quickly(options).error().code == errc::failed_precondition);
    options.read_only = true;
    CHECK(open_quickly(options).error().code == errc::failed_precondition);
  }
  SECTION("missing, for reading or without leave to create") {
    options.create = false;
    CHECK(open_quickly(options).error().code == errc::not_found);
    options.create = true;
    options.read_only = true;
    CHECK(open_quickly(options).error().code == errc::not_found);
    CHECK_FALSE(std::filesystem::exists(options.directory));
    std::filesystem::create_directory(options.directory);
    CHECK(open_quickly(options).error().code == errc::not_found);
    CHECK(std::filesystem::is_empty(options.directory));
  }
  SECTION("no path at all") {
    options.directory.clear();
    CHECK(open_quickly(options).error().code == errc::invalid_argument);
  }
}

TEST_CASE("databases that are not ours to open") {
  const temp_directory directory;
  const auto options = small_options(directory);
  must(open_quickly(options));
  SECTION("a newer format") {
    raw_database(options.directory).put("default", "format", std::to_string(format_version + 1));
    const auto r = open_quickly(options);
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == errc::failed_precondition);
    CHECK(says(r.error(), "written by a newer Pitwall"));
  }
  SECTION("a newer format with families we do not know") {
    {
      raw_database raw(options.directory);
      raw.put("default", "format", "4");
      raw.add_family("novelty");
    }
    CHECK(says(open_quickly(options).error(), "written by a newer Pitwall"));
  }
  SECTION("a pre-release's format, also where its families are not ours") {
    for (const auto* format : {"1", "2"}) {
      raw_database(options.directory).put("default", "format", format);
      for (const bool read_only : {false, true}) {
        auto how = options;
        how.read_only = read_only;
        const auto r = open_quickly(how);
        REQUIRE_FALSE(r.ok());
        CHECK(r.error().code == errc::failed_precondition);
        CHECK(says(r.error(), "written by a pre-release of Pitwall"));
      }
    }
    raw_database(options.directory).drop_family("latest");
    CHECK(says(open_quickly(options).error(), "written by a pre-release of Pitwall"));
  }
  SECTION("an unreadable format") {
    raw_database(options.directory).put("default", "format", "one");
    CHECK(open_quickly(options).error().code == errc::data_loss);
  }
  SECTION("the head of the files is gone: nothing is made in their place") {
    std::filesystem::remove(options.directory / "CURRENT");
    CHECK(open_quickly(options).error().code == errc::data_loss);
    CHECK_FALSE(std::filesystem::exists(options.directory / "CURRENT"));
  }
  SECTION("another program's") {
    const auto path = directory / "other";
    rocksdb::Options create;
    create.create_if_missing = true;
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open(create, path.string(), &raw).ok());
    REQUIRE(raw->Put({}, "some", "thing").ok());
    delete raw;
    storage_options other = options;
    other.directory = path;
    const auto r = open_quickly(other);
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == errc::failed_precondition);
    CHECK(says(r.error(), "not a journal"));
  }
}

TEST_CASE("the front door, on the real file system") {
  const temp_directory directory;
  const auto options = small_options(directory);
  commit(*must(open_rocksdb(options)).events, {sample_workflow().whole(1)}, durability::sync);
  CHECK(must(open_rocksdb(options)).events->head() == 12);
  const auto rights = std::filesystem::status(options.directory).permissions();
  CHECK((rights & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
}

TEST_CASE("a creation that was cut short is taken up again") {
  const temp_directory directory;
  const auto options = small_options(directory);
  must(open_quickly(options));
  {
    raw_database raw(options.directory);
    raw.erase("default", "format");
    raw.erase("default", "checkpoint");
  }
  const auto again = must(open_quickly(options));
  commit(*again.events, {sample_workflow().whole(1)});
}

TEST_CASE("reading only: the same answers, no change, also beside a writer") {
  const temp_directory directory;
  auto options = small_options(directory);
  auto writer = must(open_quickly(options));
  const sample_workflow flow;
  commit(*writer.events, {flow.whole(1), {nth_scope(2), {flow.started(2)}}});
  must(writer.states->put("k", "v", durability::async));
  storage_options reading = options;
  reading.read_only = true;

  const auto beside = must(open_quickly(reading));
  CHECK(beside.events->head() == 13);
  commit(*writer.events, {flow.whole(3)});
  CHECK(beside.events->head() == 13);
  CHECK(read_all(*beside.events).size() == 13);
  CHECK(must(beside.events->executions({})).executions.size() == 2);
  CHECK(must(beside.events->stats()).open_executions == 1);
  CHECK(must(beside.states->get("k")) == "v");
  CHECK(beside.states->put("k", "w", durability::async).error().code == errc::failed_precondition);
  CHECK(try_commit(*beside.events, {flow.whole(4)}).error().code == errc::failed_precondition);

  writer = {};
  const auto alone = must(open_quickly(reading));
  CHECK(read_all(*alone.events).size() == 25);
}
