#include "storage/rocks/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace pitwall::storage {

namespace {

constexpr const char* lock_name = "pitwall.lock";

/// The process id in the lock file; 0 where it cannot be read.
long owner_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  long pid = 0;
  if (n > 0) std::from_chars(text.data(), text.data() + n, pid);
  return pid;
}

bool write_owner(int fd) {
  const std::string text = std::to_string(::getpid()) + "\n";
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

error in_use(const std::filesystem::path& directory, long owner) {
  std::string by = "another process";
  if (owner == ::getpid()) {
    by = "this process itself";
  } else if (owner > 0) {
    by = "process " + std::to_string(owner);
  }
  return {errc::failed_precondition, "the data directory is in use by " + by, directory.string(),
          "stop that process, ask it instead (its commands work while it runs), or choose another "
          "data directory"};
}

error cannot_lock(const std::filesystem::path& file, int cause) {
  return {errc::io_error,
          "cannot lock the data directory: " + std::generic_category().message(cause),
          file.string(), "check the permissions and the free space of the data directory"};
}

}  // namespace

status directory_lock::look(const std::filesystem::path& directory) {
  directory_lock shared;
  shared.fd_ = ::open((directory / lock_name).c_str(), O_RDONLY | O_CLOEXEC);
  // What keeps it from being opened is told by who takes it.
  if (shared.fd_ < 0 || ::flock(shared.fd_, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return done{};
  return in_use(directory, owner_of(shared.fd_));
}

result<directory_lock> directory_lock::take(const std::filesystem::path& directory) {
  const auto file = directory / lock_name;
  directory_lock lock;
  lock.fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.fd_ < 0) return cannot_lock(file, errno);
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(directory, owner_of(lock.fd_));
    return cannot_lock(file, errno);
  }
  if (!write_owner(lock.fd_)) return cannot_lock(file, errno);
  return lock;
}

directory_lock::~directory_lock() {
  // The file stays: removing it would let two openers lock two files of the same name.
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace pitwall::storage
