#include "storage/line_log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/state_shape.hpp"

namespace pitwall {

namespace {

constexpr std::size_t sum_digits = 16, block_bytes = 1U << 20U;

result<std::string> sum_of(const std::string& before, std::string_view text) {
  PITWALL_TRY(hash, storage::sha256_hex(before + std::string(text)));
  hash.resize(sum_digits);
  return hash;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// So that the file's name survives a power cut, too.
bool sync_directory(const std::filesystem::path& directory) {
  const int fd =
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

std::filesystem::path next_name(std::filesystem::path file) { return file += ".new"; }

result<std::string> line_of(const std::string& before, std::string_view text, std::string& sum) {
  PITWALL_TRY(next, sum_of(before, text));
  sum = std::move(next);
  std::string line = sum + " ";
  line.append(text).append("\n");
  return line;
}

}  // namespace

error line_log::failure(const std::string& what) const {
  return {errc::io_error, "the log " + what + ": " + std::strerror(errno), file_.string(),
          "check the disk and the directory's permissions"};
}

result<line_log::opened> line_log::open(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  opened out;
  out.log = std::unique_ptr<line_log>(new line_log(file, fd));
  if (fd < 0) return out.log->failure("cannot be opened");
  PITWALL_CHECK(out.log->take_place());
  PITWALL_CHECK(out.log->read(out));
  if (!sync_directory(file.parent_path())) return out.log->failure("cannot be made durable");
  return out;
}

line_log::~line_log() {
  if (fd_ >= 0) ::close(fd_);
}

status line_log::take_place() {
  struct stat mine {
  }, named{};
  // The file may have been replaced between its opening and its lock.
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 || ::fstat(fd_, &mine) != 0 ||
      ::stat(file_.c_str(), &named) != 0 || mine.st_ino != named.st_ino) {
    return error{errc::already_exists, "another process uses this log", file_.string(),
                 "end it, or choose another data directory"};
  }
  std::error_code ec;
  std::filesystem::remove(next_name(file_), ec);
  return ec ? status(failure("cannot be opened")) : done{};
}

status line_log::read(opened& out) {
  const auto size = ::lseek(fd_, 0, SEEK_END);
  if (size < 0) return failure("cannot be read");
  if (static_cast<std::uint64_t>(size) > max_bytes) {
    return error{errc::resource_exhausted, "the log is too large", file_.string(),
                 "start with a fresh data directory"};
  }
  std::string all(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0; at < all.size();) {
    const auto n = ::pread(fd_, all.data() + at, all.size() - at, static_cast<off_t>(at));
    if (n <= 0) return failure("cannot be read");
    at += static_cast<std::size_t>(n);
  }
  for (std::size_t at = 0; at < all.size();) {
    const auto end = all.find('\n', at);
    if (end == std::string::npos) return cut(at, out);
    const auto line = std::string_view(all).substr(at, end - at);
    const bool formed = line.size() > sum_digits && line[sum_digits] == ' ';
    const auto text = formed ? line.substr(sum_digits + 1) : std::string_view();
    PITWALL_TRY(sum, sum_of(last_sum_, text));
    if (!formed || line.substr(0, sum_digits) != sum) {
      if (end + 1 == all.size()) return cut(at, out);
      return error{errc::data_loss, "a line of the log is damaged",
                   file_.string() + ":" + std::to_string(out.lines.size() + 1),
                   "restore the file from a copy, or start with a fresh data directory"};
    }
    out.lines.emplace_back(text);
    last_sum_ = sum;
    at = end + 1;
  }
  size_ = all.size();
  return done{};
}

status line_log::cut(std::uint64_t size, opened& out) {
  const auto end = ::lseek(fd_, 0, SEEK_END);
  out.cut_bytes = static_cast<std::uint64_t>(end) - size;
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0 || ::fsync(fd_) != 0) {
    return failure("cannot be cut");
  }
  size_ = size;
  return done{};
}

status line_log::append(std::string_view text) {
  if (broken_) return error{errc::io_error, "the log has failed before", file_.string(), {}};
  std::string sum;
  PITWALL_TRY(line, line_of(last_sum_, text, sum));
  broken_ = true;
  if (size_ + line.size() > max_bytes) {
    return error{errc::resource_exhausted, "the log is full", file_.string(),
                 "start with a fresh data directory"};
  }
  if (!write_all(fd_, line)) return failure("cannot be written");
  if (::fdatasync(fd_) != 0) return failure("cannot be made durable");
  broken_ = false;
  size_ += line.size();
  last_sum_ = sum;
  return done{};
}

status line_log::write_all_of(std::span<const std::string> lines) {
  std::string block;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    PITWALL_TRY(line, line_of(std::string(last_sum_), lines[i], last_sum_));
    block += line;
    size_ += line.size();
    if (block.size() < block_bytes && i + 1 < lines.size()) continue;
    if (!write_all(fd_, block)) return failure("cannot be written");
    block.clear();
  }
  if (::fsync(fd_) != 0) return failure("cannot be made durable");
  return done{};
}

status line_log::replace(std::span<const std::string> lines) {
  if (broken_) return error{errc::io_error, "the log has failed before", file_.string(), {}};
  const auto next = next_name(file_);
  line_log fresh(next,
                 ::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  // Locked before the file has its name: nobody comes in between.
  if (fresh.fd_ < 0 || ::flock(fresh.fd_, LOCK_EX | LOCK_NB) != 0) {
    return fresh.failure("cannot be opened");
  }
  auto written = fresh.write_all_of(lines);
  if (written.ok() && ::rename(next.c_str(), file_.c_str()) != 0) {
    written = failure("cannot be replaced");
  }
  if (!written.ok()) {
    ::unlink(next.c_str());
    return written;
  }
  broken_ = true;
  std::swap(fd_, fresh.fd_);
  last_sum_ = fresh.last_sum_;
  size_ = fresh.size_;
  if (!sync_directory(file_.parent_path())) return failure("cannot be made durable");
  broken_ = false;
  return done{};
}

}  // namespace pitwall
