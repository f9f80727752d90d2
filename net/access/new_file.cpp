#include "net/access/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pitwall::access {
namespace {

bool write_all(int fd, std::string_view rest) {
  while (!rest.empty()) {
    const auto n = ::write(fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_directory_of(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

}  // namespace

status write_new_file(const std::filesystem::path& file, std::string_view text, ::mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0)
    return error{errno == EEXIST ? errc::already_exists : errc::io_error,
                 std::string("the file cannot be made: ") + std::strerror(errno), file.string(),
                 "choose another directory, or look at its permissions"};
  // Whatever the umask says.
  bool good = ::fchmod(fd, mode) == 0 && write_all(fd, text) && ::fsync(fd) == 0;
  const int why = errno;
  good = ::close(fd) == 0 && good;
  if (good && sync_directory_of(file)) return done{};
  ::unlink(file.c_str());
  return error{errc::io_error, std::string("the file cannot be written: ") + std::strerror(why),
               file.string(), "look for room on the disk"};
}

}  // namespace pitwall::access
