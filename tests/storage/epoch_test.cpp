#include "storage/epoch.hpp"

#include <set>

#include "storage/salvage.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// Starts of a host on one directory, one after another.
struct lives {
  std::string begin(durability how) {
    set = must(open_quickly(options));
    return must(begin_epoch(*set.states, how, options.directory, "e" + std::to_string(++count)));
  }
  void die() { set = {}; }
  void end() {
    set.events.reset();
    REQUIRE(end_epoch(*set.states).ok());
    die();
  }
  temp_directory directory;
  storage_options options = small_options(directory);
  storage_set set;
  int count = 0;
};

}  // namespace

TEST_CASE("an epoch outlives orderly ends, and in sync mode every end") {
  lives host;
  CHECK(host.begin(durability::sync) == "e1");
  host.end();
  CHECK(host.begin(durability::sync) == "e1");
  host.die();
  CHECK(host.begin(durability::async) == "e1");
  host.end();
  CHECK(host.begin(durability::async) == "e1");
  host.end();
  CHECK(host.begin(durability::sync) == "e1");
}

TEST_CASE("a life in async that did not end in order ends its epoch, whatever comes after") {
  for (const auto next : {durability::sync, durability::async}) {
    lives host;
    CHECK(host.begin(durability::async) == "e1");
    host.die();
    CHECK(host.begin(next) == "e2");
    host.end();
    CHECK(host.begin(durability::sync) == "e2");
  }
}

TEST_CASE("a backup of a restored backup, taken before anything happened, is another life, too") {
  lives host;
  host.begin(durability::sync);
  const auto first = host.directory / "first", second = host.directory / "second";
  const sample_workflow flow;
  commit(*host.set.events, {flow.whole(1)});
  must(host.set.events->backup(first));
  host.end();
  host.options.directory = first;
  CHECK(host.begin(durability::sync) == "e2");
  must(host.set.events->backup(second));
  host.end();
  host.options.directory = second;
  CHECK(host.begin(durability::sync) == "e3");
  host.end();
  // Files that somebody copied without the note beside them.
  std::filesystem::remove(second / epoch_file);
  CHECK(host.begin(durability::sync) == "e4");
}

TEST_CASE("memory has an epoch of its own each time") {
  for (int life = 0; life < 2; ++life) {
    const auto set = open_memory();
    CHECK(must(begin_epoch(*set.states, durability::memory, {}, std::to_string(life))) ==
          std::to_string(life));
    CHECK(end_epoch(*set.states).ok());
  }
}

TEST_CASE("a backup put in place of the journal, and what was salvaged, begin a new epoch") {
  lives host;
  CHECK(host.begin(durability::sync) == "e1");
  const sample_workflow flow;
  commit(*host.set.events, {flow.whole(1)});
  const auto copy = host.directory / "copy";
  must(host.set.events->backup(copy));
  host.end();
  const auto salvaged = host.directory / "salvaged";
  REQUIRE(salvage_journal(host.options.directory, salvaged).ok());
  CHECK(host.begin(durability::sync) == "e1");
  host.end();
  host.options.directory = copy;
  CHECK(host.begin(durability::sync) == "e3");
  host.die();
  CHECK(host.begin(durability::sync) == "e3");
  host.end();
  host.options.directory = salvaged;
  CHECK(host.begin(durability::sync) == "e5");
}
