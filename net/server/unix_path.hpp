// Job: the right to a Unix socket's path: a dead process's file is replaced, a living one's is
//      respected.
// Owns: the lock beside the socket ("<path>.lock"), which ends with the process however it dies,
//      and the socket file from the bind on; both are released, the socket file removed, in the
//      destructor. The lock file stays: removing it would let two processes hold two locks.
// Errors: already_exists (a host lives there, or the path is no socket), invalid_argument (path
//      too long), io_error.
// Threads: one owner.
// Tests: tests/net/unix_path_test.cpp
#pragma once

#include <filesystem>

#include "runtime/base/result.hpp"

namespace pitwall {

class unix_path {
 public:
  static result<unix_path> claim(std::filesystem::path socket);
  /// Whether the path fits into a socket address.
  static status check_length(const std::filesystem::path& socket);

  unix_path(unix_path&& other) noexcept;
  unix_path& operator=(unix_path&&) = delete;
  ~unix_path();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  unix_path(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pitwall
