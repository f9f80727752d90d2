// Job: one writer per data directory: the file `pitwall.lock` in it, locked as long as this lives,
//      with the owner's process id as its text, so that the next one can say who is in the way.
// Owns: the lock; the operating system lifts it when the process dies, however it dies.
// Errors: failed_precondition naming the owner; io_error where the file cannot be made.
// Tests: tests/storage/rocksdb_open_test.cpp
#pragma once

#include <filesystem>
#include <utility>

#include "runtime/base/result.hpp"

namespace pitwall::storage {

class directory_lock {
 public:
  static result<directory_lock> take(const std::filesystem::path& directory);
  /// Whether it could be taken, as far as can be seen without making the file.
  static status look(const std::filesystem::path& directory);

  directory_lock() noexcept = default;
  directory_lock(directory_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  directory_lock& operator=(directory_lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~directory_lock();

 private:
  int fd_ = -1;
};

}  // namespace pitwall::storage
