// Job: a file system for RocksDB that can lose its power: what was written and not synced is gone
//      afterwards; or that has no space left.
//      Nothing is ever really synced: the account of what would be is kept here, and so tests that
//      need no power cut run fast on it too.
// Threads: any. Bounds: forgetting a file's name needs a synced directory on a real disk; here
//      names are durable at once.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace pitwall::test {

class lossy_fs final : public rocksdb::FileSystemWrapper {
 public:
  using io = rocksdb::IOStatus;
  using io_options = rocksdb::IOOptions;
  using io_debug = rocksdb::IODebugContext;

  lossy_fs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "lossy_fs"; }

  /// From now on nothing reaches the disk, though every call says it does.
  void cut_power() { dead_ = true; }
  /// Every write fails from now on.
  void fill_up() { full_ = true; }
  /// What happens at one write or sync, counted from now.
  enum class fault : std::uint8_t {
    none,
    error_once,  ///< It fails, and the next ones work again.
    error,       ///< It fails, and so do all that follow.
    power        ///< The power is cut right before it.
  };
  void plan(fault what, std::uint64_t at) {
    counted_ = 0;
    fault_at_ = at;
    planned_ = what;
  }
  /// Whether the planned fault has happened.
  bool struck() const { return counted_ > fault_at_; }
  /// No more faults; after a power cut drop_unsynced() is next.
  void heal() { planned_ = fault::none; }
  /// After the database is closed: what the disk holds when power comes back. Of what was not
  /// synced, the kernel may have written any beginning, of each file on its own.
  void drop_unsynced(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::lock_guard lock(mutex_);
    for (const auto& [path, size] : synced_) {
      std::error_code ignored;
      const auto there = std::filesystem::file_size(path, ignored);
      if (ignored || there <= size) continue;
      const std::uint64_t lost[] = {0, random() % (there - size + 1), there - size};
      std::filesystem::resize_file(path, there - lost[random() % 3]);
    }
    synced_.clear();
    dead_ = false;
  }

  io NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                     std::unique_ptr<rocksdb::FSWritableFile>* file, io_debug* debug) override;
  io NewDirectory(const std::string& path, const io_options& options,
                  std::unique_ptr<rocksdb::FSDirectory>* directory, io_debug* debug) override;
  io RenameFile(const std::string& from, const std::string& to, const io_options& options,
                io_debug* debug) override {
    if (dead_) return io::OK();
    const io s = target()->RenameFile(from, to, options, debug);
    const std::lock_guard lock(mutex_);
    if (auto moved = synced_.extract(from); s.ok() && !moved.empty()) {
      synced_[to] = moved.mapped();
    }
    return s;
  }
  io DeleteFile(const std::string& path, const io_options& options, io_debug* debug) override {
    return dead_ ? io::OK() : target()->DeleteFile(path, options, debug);
  }

 private:
  class file;
  void mark(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    synced_[path] = size;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> synced_;  ///< Bytes that are on the disk, by path.
  /// Whether this write or sync fails.
  bool strikes() {
    if (planned_ == fault::none) return false;
    const auto n = counted_++;
    if (n < fault_at_) return false;
    if (planned_ == fault::power) dead_ = true;
    return planned_ == fault::error || (planned_ == fault::error_once && n == fault_at_);
  }
  std::atomic<bool> dead_ = false, full_ = false;
  std::atomic<fault> planned_ = fault::none;
  std::atomic<std::uint64_t> counted_ = 0, fault_at_ = 0;
};

class lossy_fs::file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  file(std::unique_ptr<rocksdb::FSWritableFile> inner, std::string path, lossy_fs& fs)
      : FSWritableFileOwnerWrapper(std::move(inner)), path_(std::move(path)), fs_(fs) {
    fs_.mark(path_, 0);
  }
  io Append(const rocksdb::Slice& bytes, const io_options& options, io_debug* debug) override {
    return append(bytes.size(), [&] { return target()->Append(bytes, options, debug); });
  }
  io Append(const rocksdb::Slice& bytes, const io_options& options,
            const rocksdb::DataVerificationInfo& check, io_debug* debug) override {
    return append(bytes.size(), [&] { return target()->Append(bytes, options, check, debug); });
  }
  io Sync(const io_options& /*options*/, io_debug* /*debug*/) override { return sync(); }
  io Fsync(const io_options& /*options*/, io_debug* /*debug*/) override { return sync(); }

 private:
  template <class Write>
  io append(std::uint64_t size, const Write& write) {
    if (fs_.full_) return io::NoSpace("no space left on device");
    if (fs_.strikes()) return io::IOError("the disk does not answer");
    if (fs_.dead_) return io::OK();
    size_ += size;
    return write();
  }
  io sync() {
    if (fs_.strikes()) return io::IOError("the disk does not answer");
    if (!fs_.dead_) fs_.mark(path_, size_);
    return io::OK();
  }

  std::string path_;
  lossy_fs& fs_;
  std::atomic<std::uint64_t> size_ = 0;
};

inline rocksdb::IOStatus lossy_fs::NewWritableFile(const std::string& path,
                                                   const rocksdb::FileOptions& options,
                                                   std::unique_ptr<rocksdb::FSWritableFile>* made,
                                                   io_debug* debug) {
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  const io s = target()->NewWritableFile(path, options, &inner, debug);
  if (s.ok()) *made = std::make_unique<file>(std::move(inner), path, *this);
  return s;
}

class unsynced_directory final : public rocksdb::FSDirectory {
 public:
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& /*options*/,
                          rocksdb::IODebugContext* /*debug*/) override {
    return rocksdb::IOStatus::OK();
  }
};

inline rocksdb::IOStatus lossy_fs::NewDirectory(const std::string& /*path*/,
                                                const rocksdb::IOOptions& /*options*/,
                                                std::unique_ptr<rocksdb::FSDirectory>* directory,
                                                rocksdb::IODebugContext* /*debug*/) {
  *directory = std::make_unique<unsynced_directory>();
  return io::OK();
}

/// RocksDB rests a second after each failure in the background: not here.
class restless_clock final : public rocksdb::SystemClockWrapper {
 public:
  restless_clock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "restless_clock"; }
  void SleepForMicroseconds(int /*how_long*/) override { std::this_thread::yield(); }
};

class restless_env final : public rocksdb::EnvWrapper {
 public:
  explicit restless_env(const std::shared_ptr<rocksdb::FileSystem>& fs)
      : EnvWrapper(rocksdb::NewCompositeEnv(fs)) {
    system_clock_ = std::make_shared<restless_clock>();
  }
};

struct lossy_disk {
  std::shared_ptr<lossy_fs> fs = std::make_shared<lossy_fs>();
  std::shared_ptr<rocksdb::Env> env = std::make_shared<restless_env>(fs);
};

/// One that never fails, for tests that only want to be quick.
inline const lossy_disk& quick_disk() {
  static const lossy_disk disk;
  return disk;
}

}  // namespace pitwall::test
