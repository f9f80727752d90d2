// What is acknowledged survives: kill -9 of a process in the middle of its commits, and a power cut
// below RocksDB. What may be lost is the end, never the middle.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/lossy_fs.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"

extern char** environ;

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr std::uint64_t events_per_commit = 13;

/// The nth commit, from 0: the same in the child, which writes it, and in the parent, who checks.
std::vector<event_batch> nth_commit(std::uint64_t n) {
  const sample_workflow flow;
  return {flow.whole(n + 1), emergency_batch("global", "normal", std::to_string(n))};
}

/// Every event up to the head is there, and is the one that was committed.
void check_whole(const journal& j) {
  const auto events = read_all(j);
  REQUIRE(events.size() == j.head());
  REQUIRE(j.head() % events_per_commit == 0);  // A commit is there as a whole or not at all.
  for (std::uint64_t n = 0; n < j.head() / events_per_commit; ++n) {
    std::uint64_t at = n * events_per_commit;
    for (const auto& batch : nth_commit(n)) {
      for (const auto& e : batch.events) {
        REQUIRE(events[at].seq == at + 1);
        REQUIRE(describe(events[at].what) == describe(e));
        ++at;
      }
    }
    REQUIRE(j.execution(nth_execution_id(n + 1)).ok());
  }
  const auto scopes = must(j.emergency_scopes());
  if (j.head() == 0) return;
  REQUIRE(scopes.size() == 1);
  CHECK(scopes[0].new_state == std::to_string(j.head() / events_per_commit - 1));
}

std::string setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

/// A process of its own that commits until it is killed and writes each acknowledged seq to a pipe.
struct committing_child {
  pid_t pid = -1;
  int acknowledged = -1;

  committing_child(const std::filesystem::path& directory, const std::string& mode) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    acknowledged = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    ::setenv("PITWALL_TEST_DIRECTORY", directory.c_str(), 1);
    ::setenv("PITWALL_TEST_DURABILITY", mode.c_str(), 1);
    std::string program = "/proc/self/exe";
    std::string test = "child of the crash test: commits until it is killed";
    std::array<char*, 3> arguments{program.data(), test.data(), nullptr};
    REQUIRE(::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ) ==
            0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  ~committing_child() {
    kill();
    ::close(acknowledged);
  }
  /// The next acknowledged seq; 0 at the end of the pipe.
  std::uint64_t next() const {
    std::uint64_t seq = 0;
    const ssize_t n = ::read(acknowledged, &seq, sizeof seq);
    return n == sizeof seq ? seq : 0;
  }
  void kill() {
    if (pid < 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
};

}  // namespace

TEST_CASE("child of the crash test: commits until it is killed", "[.]") {
  storage_options options;
  options.directory = setting("PITWALL_TEST_DIRECTORY");
  options.write_buffer_bytes = 64U << 10U;
  REQUIRE_FALSE(options.directory.empty());
  const auto how =
      setting("PITWALL_TEST_DURABILITY") == "sync" ? durability::sync : durability::async;
  auto s = must(open_rocksdb(options));
  for (std::uint64_t n = s.events->head() / events_per_commit; n < 1'000'000; ++n) {
    const std::uint64_t seq = commit(*s.events, nth_commit(n), how)->last_seq;
    // A pipe takes eight bytes at once or not at all.
    if (::write(STDOUT_FILENO, &seq, sizeof seq) != sizeof seq) return;
  }
}

TEST_CASE("kill -9 in the middle of commits loses nothing that was acknowledged") {
  const std::uint64_t seed = 2'718'281;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const std::string mode : {"sync", "async"}) {
    CAPTURE(mode);
    const temp_directory directory;
    storage_options options;
    options.directory = directory / "data";
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      committing_child child(options.directory, mode);
      const std::uint64_t commits = 1 + random() % (mode == "sync" ? 60 : 400);
      for (std::uint64_t n = 0; n < commits; ++n) {
        const std::uint64_t seq = child.next();
        REQUIRE(seq > acknowledged);
        acknowledged = seq;
      }
      child.kill();
      while (const std::uint64_t seq = child.next()) acknowledged = seq;
      options.read_only = round == 1;
      const auto s = must(open_rocksdb(options));
      REQUIRE(s.events->head() >= acknowledged);
      check_whole(*s.events);
      acknowledged = s.events->head();
    }
  }
}

TEST_CASE("a power cut takes nothing that was synced, and never something from the middle") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const temp_directory directory;
    auto options = small_options(directory);
    options.write_buffer_bytes = 64U << 10U;  // Rotations happen on the way.
    const lossy_disk disk;
    const std::uint64_t commits = 50 + random() % 300;
    // Every commit synced, one in forty, or none (`memory` alone never syncs an emergency change).
    const std::uint64_t every = std::array<std::uint64_t, 3>{1, 40, 1'000'000}[seed % 3];
    std::uint64_t synced = 0;
    {
      auto s = must(storage::open_rocksdb_with(options, disk.env));
      for (std::uint64_t n = 0; n < commits; ++n) {
        const bool sync = n % every == every - 1;
        const auto c =
            commit(*s.events, nth_commit(n), sync ? durability::sync : durability::memory);
        if (sync) synced = c->last_seq;
      }
      disk.fs->cut_power();
      // Says that it is synced, but the disk is dead; or fails, where a flush in the background has
      // met the dead disk before.
      static_cast<void>(try_commit(*s.events, nth_commit(commits), durability::sync));
    }
    disk.fs->drop_unsynced(seed);
    const auto s = must(open_quickly(options));
    CHECK(s.events->head() >= synced);
    CHECK(s.events->head() <= commits * events_per_commit);
    check_whole(*s.events);
  }
}

TEST_CASE("an emergency change is synced in async mode too") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const temp_directory directory;
    const auto options = small_options(directory);
    const lossy_disk disk;
    {
      auto s = must(storage::open_rocksdb_with(options, disk.env));
      commit(*s.events, {sample_workflow().whole(1)}, durability::async);
      commit(*s.events, {emergency_batch("global", "normal", "halt")}, durability::async);
      commit(*s.events, {sample_workflow().whole(2)}, durability::async);
      disk.fs->cut_power();
    }
    disk.fs->drop_unsynced(seed);
    const auto s = must(open_quickly(options));
    CHECK(s.events->head() >= 13);
    REQUIRE(must(s.events->emergency_scopes()).size() == 1);
  }
}
