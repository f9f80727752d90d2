#include "storage/rocks/backup.hpp"

#include <fstream>
#include <thread>

#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;
namespace fs = std::filesystem;

namespace {

journal_head noted_in(const fs::path& directory) {
  std::ifstream file(directory / backup_head_name);
  std::string text;
  std::getline(file, text);
  return must(journal_head_from_string(text));
}

storage_options at(const fs::path& directory) {
  storage_options o;
  o.directory = directory;
  return o;
}

}  // namespace

TEST_CASE("a backup opens like the original, verifies with its head, and goes its own way") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  const sample_workflow flow;
  for (std::uint64_t n = 1; n <= 20; ++n) commit(*s.events, {flow.whole(n)});
  must(s.states->put("key", "value", durability::async));
  const auto target = directory / "backups" / "first";
  const auto head = must(s.events->backup(target));
  CHECK(head == must(s.events->chain_head()));
  CHECK(noted_in(target) == head);
  CHECK((fs::status(target).permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
        fs::perms::none);

  for (std::uint64_t n = 21; n <= 30; ++n) commit(*s.events, {flow.whole(n)});
  const auto report = must(storage::verify_with(at(target), quick_disk().env, noted_in(target)));
  CHECK(report.found == 0);
  CHECK(report.compared == head_comparison::matches);
  CHECK(report.head == head);
  const auto copy = must(open_quickly(at(target)));
  CHECK(copy.events->head() == 240);
  CHECK(must(copy.states->get("key")) == "value");
  const auto original = read_all(*s.events);
  const auto copied = read_all(*copy.events);
  REQUIRE(copied.size() == 240);
  for (std::size_t i = 0; i < copied.size(); ++i) {
    REQUIRE(describe(copied[i].what) == describe(original[i].what));
  }
  commit(*copy.events, {flow.whole(99)});
  CHECK(copy.events->head() == 252);
  CHECK(s.events->head() == 360);
}

TEST_CASE("a backup beside commits holds all that was durable when it was asked for") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  const sample_workflow flow;
  std::atomic<std::uint64_t> written = 0;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::uint64_t n = 1; !stop.load(); ++n) {
      // Catch2's assertions are the main thread's.
      if (!try_commit(*s.events, {flow.whole(n)}).ok()) return;
      written = s.events->head();
    }
  });
  for (int round = 0; round < 4; ++round) {
    const auto before = s.events->head();
    const auto target = directory / ("backup" + std::to_string(round));
    const auto head = s.events->backup(target);
    REQUIRE(head.ok());
    CHECK(head->seq >= before);
    const auto report = must(storage::verify_with(at(target), quick_disk().env, *head));
    CHECK(report.found == 0);
    CHECK(report.compared == head_comparison::matches);
  }
  stop = true;
  writer.join();
  CHECK(read_all(*s.events).size() == written);
}

TEST_CASE("a backup overwrites nothing and leaves nothing half done") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  commit(*s.events, {sample_workflow().whole(1)});
  const auto target = directory / "there";
  fs::create_directory(target);
  SECTION("an empty directory is taken") { CHECK(s.events->backup(target).ok()); }
  SECTION("one with something in it is not") {
    std::ofstream(target / "notes") << "mine";
    CHECK(s.events->backup(target).error().code == errc::already_exists);
    CHECK(fs::exists(target / "notes"));
  }
  SECTION("nor a file, nor no path") {
    std::ofstream(directory / "file") << "mine";
    CHECK(s.events->backup(directory / "file").error().code == errc::already_exists);
    CHECK(s.events->backup({}).error().code == errc::invalid_argument);
  }
  SECTION("a reader makes none") {
    auto reading = small_options(directory);
    reading.read_only = true;
    const auto reader = must(open_quickly(reading));
    CHECK(reader.events->backup(directory / "new").error().code == errc::failed_precondition);
    CHECK_FALSE(fs::exists(directory / "new"));
  }
  SECTION("in memory there is none") {
    CHECK(open_memory().events->backup(directory / "new").error().code ==
          errc::failed_precondition);
  }
}
