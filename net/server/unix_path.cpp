#include "net/server/unix_path.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace pitwall {
namespace {

error disk_error(const std::string& what, const std::filesystem::path& where) {
  return {errc::io_error, what + ": " + std::strerror(errno), where.string(),
          "check that the directory exists and that you may write to it"};
}

error taken(const std::filesystem::path& socket) {
  return {errc::already_exists, "another host is already listening here", socket.string(),
          "stop it, or give this host a data directory of its own"};
}

bool somebody_listens(const std::filesystem::path& socket) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int rc = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // EAGAIN: its queue is full, so somebody is there.
  const bool alive = rc == 0 || errno == EAGAIN;
  ::close(fd);
  return alive;
}

status remove_stale(const std::filesystem::path& socket) {
  struct stat found {};
  if (::lstat(socket.c_str(), &found) != 0) {
    if (errno == ENOENT) return done{};
    return disk_error("the control socket's path cannot be looked at", socket);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return {errc::already_exists, "the control socket's path is taken by something else",
            socket.string(), "remove it, or give this host a data directory of its own"};
  }
  if (somebody_listens(socket)) return taken(socket);
  if (::unlink(socket.c_str()) != 0 && errno != ENOENT) {
    return disk_error("a dead host's control socket cannot be removed", socket);
  }
  return done{};
}

}  // namespace

status unix_path::check_length(const std::filesystem::path& socket) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (!socket.empty() && socket.native().size() <= longest) return done{};
  return {errc::invalid_argument,
          "the control socket's path has " + std::to_string(socket.native().size()) +
              " bytes, and the system allows " + std::to_string(longest),
          socket.string(), "choose a data directory with a shorter path, or a relative one"};
}

result<unix_path> unix_path::claim(std::filesystem::path socket) {
  PITWALL_CHECK(check_length(socket));
  const std::string lock_file = socket.native() + ".lock";
  const int fd = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return disk_error("the control socket's lock cannot be opened", lock_file);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK;
    auto failure =
        held ? taken(socket) : disk_error("the control socket's lock cannot be taken", lock_file);
    ::close(fd);
    return failure;
  }
  if (const status free = remove_stale(socket); !free.ok()) {
    ::close(fd);
    return free.error();
  }
  return unix_path(std::move(socket), fd);
}

unix_path::unix_path(unix_path&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

unix_path::~unix_path() {
  if (lock_ < 0) return;
  ::unlink(path_.c_str());
  ::close(lock_);
}

}  // namespace pitwall
