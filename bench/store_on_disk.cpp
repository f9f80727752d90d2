#include "bench/store_on_disk.hpp"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/checkpoint.hpp"
#include "storage/rocks/database.hpp"
#include "storage/rocks/options.hpp"
#include "tests/support/long_history.hpp"

namespace pitwall::bench {
namespace {

using clock = std::chrono::steady_clock;
using test::long_history;

/// Removed with everything in it when the process ends.
struct base_directory {
  std::filesystem::path path;
  base_directory() {
    const char* wanted = std::getenv("PITWALL_BENCH_DIR");
    std::filesystem::path parent = wanted != nullptr && *wanted != '\0' ? wanted : ".";
    std::filesystem::create_directories(parent);
    std::string pattern = (std::filesystem::absolute(parent) / "history-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~base_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

std::filesystem::path next_directory(const std::string& name) {
  static const base_directory base;
  static int made = 0;
  return base.path / (name + "-" + std::to_string(made++));
}

void run_other(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/proc/self/exe", "other-process"});
  std::vector<char*> argv;
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  int code = 0;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0 ||
      ::waitpid(pid, &code, 0) != pid || code != 0) {
    std::fprintf(stderr, "the other process failed: %d\n", code);
    std::abort();
  }
}

/// Commits until one more would begin the next checkpoint.
void write_a_window(journal& j, std::uint64_t first, std::uint64_t per_commit) {
  long_history history(per_commit);
  storage::record_encoder encoder;
  std::string record;
  std::uint64_t bytes = 0;
  for (std::uint64_t commits = 1; commits < storage::checkpoint_commits; ++commits) {
    auto commit = history.next_commit(first, per_commit, true);
    first += per_commit;
    encoder.encode(1, storage::no_record, commit, record);
    bytes += record.size();
    if (bytes >= storage::checkpoint_bytes) return;
    long_history::commit_now(j, std::move(commit));
  }
}

}  // namespace

bool large() {
  const char* set = std::getenv("PITWALL_BENCH_LARGE");
  return set != nullptr && *set != '\0' && std::string(set) != "0";
}

std::string store_shape::name() const {
  return std::to_string(executions) + (finished ? "-ended-" : "-open-") +
         std::to_string(per_commit);
}

storage_options options_for(const std::filesystem::path& directory) {
  storage_options options;
  options.directory = directory;
  return options;
}

const written_store& store_of(const store_shape& shape) {
  static std::map<std::string, written_store> stores;
  auto& made = stores[shape.name()];
  if (!made.directory.empty()) return made;
  made.directory = next_directory(shape.name());
  const auto begin = clock::now();
  run_other({shape.finished ? "ended" : "open", made.directory.string(),
             std::to_string(shape.executions), std::to_string(shape.per_commit)});
  made.seconds = std::chrono::duration<double>(clock::now() - begin).count();
  auto options = options_for(made.directory);
  options.read_only = true;
  made.events = must(open_rocksdb(options)).events->head();
  return made;
}

store_copy::store_copy(const std::filesystem::path& of) : directory_(next_directory("copy")) {
  std::filesystem::create_directories(directory_);
  for (const auto& entry : std::filesystem::directory_iterator(of)) {
    const auto to = directory_ / entry.path().filename();
    if (!entry.is_regular_file()) continue;
    if (entry.path().extension() == ".sst")
      std::filesystem::create_hard_link(entry.path(), to);
    else
      std::filesystem::copy_file(entry.path(), to);
  }
}

store_copy::~store_copy() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

new_directory::new_directory() : path(next_directory("new")) {}

new_directory::~new_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

void store_copy::write_on_and_die(const store_shape& shape) const {
  run_other({"die", directory_.string(), std::to_string(shape.executions),
             std::to_string(shape.per_commit)});
}

void store_copy::forget_cached() const {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const int fd = ::open(entry.path().c_str(), O_RDONLY);
    if (fd < 0) continue;
    ::fdatasync(fd);  // What is not on the disk yet cannot be forgotten.
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

void store_copy::compact() const {
  const auto options = options_for(directory_);
  const auto families = storage::family_options(options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  if (!rocksdb::DB::Open(storage::database_options(options), directory_.string(), families,
                         &handles, &raw)
           .ok())
    std::abort();
  const std::unique_ptr<rocksdb::DB> db(raw);
  for (auto* handle : handles) {
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    if (!db->CompactRange(all, handle, nullptr, nullptr).ok()) std::abort();
  }
  for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
}

std::uint64_t store_copy::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

std::uint64_t checkpoint_of(const std::filesystem::path& directory) {
  auto options = options_for(directory);
  options.read_only = true;
  const auto db = must(storage::database::open(options, nullptr));
  const auto bytes = db->get(storage::family::meta, storage::checkpoint_key);
  return bytes.ok() ? must(storage::decode_checkpoint(*bytes)).head : 0;
}

int other_process(int argc, char** argv) {
  if (argc != 6 || std::string(argv[1]) != "other-process") return -1;
  const std::string what = argv[2];
  const auto executions = std::strtoull(argv[4], nullptr, 10);
  const auto per_commit = std::strtoull(argv[5], nullptr, 10);
  const auto store = must(open_rocksdb(options_for(argv[3])));
  if (what == "die") {
    write_a_window(*store.events, executions, per_commit);
    ::_exit(0);  // As SIGKILL: no destructor runs.
  }
  long_history(per_commit).write(*store.events, 0, executions, what == "ended");
  return 0;
}

}  // namespace pitwall::bench
