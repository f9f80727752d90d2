// Job: journals on the disk for benchmarks: written by another process, which ends in order or
//      dies, so that the one that measures begins with nothing in memory; copies at the cost of
//      their links; their size.
// Where: a new directory in $PITWALL_BENCH_DIR, or in the working directory (/tmp may be memory);
//      removed at the end.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "storage/open.hpp"

namespace pitwall::bench {

/// A benchmark that cannot go on says why, and is over.
template <class T>
T must(result<T> r) {
  if (r.ok()) return std::move(r).value();
  std::fprintf(stderr, "%s\n", r.error().to_string().c_str());
  std::abort();
}

/// PITWALL_BENCH_LARGE: ten million events and a hundred thousand executions, for minutes.
bool large();

struct store_shape {
  std::uint64_t executions = 0;
  std::uint64_t per_commit = 50;
  bool finished = true;  ///< Or all are left half way.
  std::string name() const;
};

struct written_store {
  std::filesystem::path directory;
  std::uint64_t events = 0;
  double seconds = 0;  ///< Of writing it, in order to its end.
};

/// Made once, when it is first asked for.
const written_store& store_of(const store_shape& shape);

/// A further copy, to be opened for writing; removed with this.
class store_copy {
 public:
  /// Files that never change are linked.
  explicit store_copy(const std::filesystem::path& of);
  ~store_copy();
  store_copy(const store_copy&) = delete;
  store_copy& operator=(const store_copy&) = delete;

  const std::filesystem::path& directory() const noexcept { return directory_; }
  /// Another process writes on, nearly as much as a start may have to replay, and dies.
  void write_on_and_die(const store_shape& shape) const;
  /// The next reader finds nothing of it in memory.
  void forget_cached() const;
  /// As small as it gets.
  void compact() const;
  std::uint64_t bytes() const;

 private:
  std::filesystem::path directory_;
};

/// An empty place of one's own, removed with this.
struct new_directory {
  new_directory();
  ~new_directory();
  new_directory(const new_directory&) = delete;
  new_directory& operator=(const new_directory&) = delete;
  std::filesystem::path path;
};

storage_options options_for(const std::filesystem::path& directory);
/// The seq up to which the stored executions reach; a start replays what came after.
std::uint64_t checkpoint_of(const std::filesystem::path& directory);

/// What the other process does; the exit code, or -1 where this process is not the other one.
int other_process(int argc, char** argv);

}  // namespace pitwall::bench
