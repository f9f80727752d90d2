#include "net/access/token_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace pitwall::access {
namespace {

// Nor waits for whoever writes into a pipe: the host's I/O thread reads.
constexpr int how_to_read = O_RDONLY | O_NONBLOCK | O_CLOEXEC;

/// A descriptor that is closed at the end.
class open_file {
 public:
  explicit open_file(int fd) : fd_(fd) {}
  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

error failed(const std::string& what, const std::filesystem::path& file) {
  return {errno == ENOENT ? errc::not_found : errc::io_error,
          "the tokens cannot be " + what + ": " + std::strerror(errno), file.string(),
          "check the data directory and its permissions"};
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Whose file is believed: ours, root's, and that of whom the directory belongs to, who could
/// replace it anyway. By the last, root changes the tokens of a service.
bool is_trusted(::uid_t owner, const std::filesystem::path& file) {
  if (owner == ::geteuid() || owner == 0) return true;
  struct stat directory {};
  return ::stat(directory_of(file).c_str(), &directory) == 0 && directory.st_uid == owner;
}

/// From the start; the descriptor's place is not used.
result<token_set> read_from(int fd, const std::filesystem::path& file) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return failed("read", file);
  if (!S_ISREG(about.st_mode)) {
    return {errc::failed_precondition, "the tokens are not read: this is no file", file.string(),
            "remove it, and make the tokens with `pitwall token create`"};
  }
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return {errc::failed_precondition,
            "the tokens are not read: others than the file's owner may write it", file.string(),
            "chmod 600 it, and see that its tokens are yours"};
  }
  if (!is_trusted(about.st_uid, file)) {
    return {errc::failed_precondition, "the tokens are not read: the file is another user's",
            file.string(), "chown it to the user the host runs as"};
  }
  std::string text(max_file_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto n = ::pread(fd, text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (n < 0) return failed("read", file);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  auto read = token_set::decode(std::string_view(text).substr(0, size));
  if (read.ok()) return read;
  error e = read.error();
  e.where = file.string();
  return e;
}

/// What root makes in the directory of a service is the service's.
bool give_away(int fd, int directory) {
  if (::geteuid() != 0) return true;
  struct stat about {};
  return ::fstat(directory, &about) == 0 && ::fchown(fd, about.st_uid, about.st_gid) == 0;
}

status write_beside(const std::filesystem::path& next, int directory, const std::string& text) {
  // Left by a writer that died, or put there for us to write through.
  if (::unlink(next.c_str()) != 0 && errno != ENOENT) return failed("written", next);
  constexpr int anew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const open_file out(::open(next.c_str(), anew, 0600));
  if (out.get() < 0 || ::fchmod(out.get(), 0600) != 0 || !give_away(out.get(), directory))
    return failed("written", next);
  for (std::string_view rest = text; !rest.empty();) {
    const auto n = ::write(out.get(), rest.data(), rest.size());
    if (n < 0) return failed("written", next);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(out.get()) != 0) return failed("made durable", next);
  return done{};
}

}  // namespace

result<token_set> read_tokens(const std::filesystem::path& file) {
  const open_file in(::open(file.c_str(), how_to_read));
  if (in.get() < 0) return failed("read", file);
  return read_from(in.get(), file);
}

status change_tokens(const std::filesystem::path& file,
                     const std::function<status(token_set&)>& change) {
  const open_file directory(::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::flock(directory.get(), LOCK_EX) != 0) return failed("locked", file);
  token_set tokens;
  if (auto read = read_tokens(file); read.ok()) {
    tokens = std::move(*read);
  } else if (read.error().code != errc::not_found) {
    return read.error();
  }
  PITWALL_CHECK(change(tokens));
  auto next = file;
  next += ".new";
  auto written = write_beside(next, directory.get(), tokens.encode());
  if (written.ok() && ::rename(next.c_str(), file.c_str()) != 0) written = failed("replaced", file);
  if (!written.ok()) {
    ::unlink(next.c_str());
    return written;
  }
  if (::fsync(directory.get()) != 0) return failed("made durable", file);
  return done{};
}

token_watch::~token_watch() {
  if (fd_ >= 0) ::close(fd_);
}

token_watch::identity token_watch::identity_of(const std::filesystem::path& file) {
  struct stat s {};
  if (::stat(file.c_str(), &s) != 0) return {};
  return {s.st_dev, s.st_ino, s.st_size, s.st_ctim.tv_sec, s.st_ctim.tv_nsec};
}

void token_watch::refresh() {
  const auto now = identity_of(file_);
  if (seen_ && *seen_ == now) return;
  open_file in(::open(file_.c_str(), how_to_read));
  const int why = errno;
  if (in.get() >= 0 || why != ENOENT) required_ = true;
  auto read = in.get() < 0 ? result<token_set>(failed("read", file_)) : read_from(in.get(), file_);
  tokens_ = read.ok() ? std::move(*read) : token_set();
  failure_.reset();
  const bool absent = in.get() < 0 && why == ENOENT;
  if (!read.ok() && !absent) failure_ = read.error();
  if (fd_ >= 0) ::close(fd_);
  fd_ = in.release();
  // What could not be opened is tried again each time: the cause may lie outside of the file.
  seen_ = fd_ < 0 && !absent ? std::nullopt : std::optional(now);
}

}  // namespace pitwall::access
