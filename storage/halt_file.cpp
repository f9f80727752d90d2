#include "storage/halt_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace pitwall {
namespace {

std::filesystem::path file_in(const std::filesystem::path& directory) {
  return directory / "HALTED";
}

error failure(const std::filesystem::path& file, const char* what,
              const char* then = "without it the next start is not halted") {
  return {errc::io_error,
          file.string() + " cannot be " + what + ": " + std::strerror(errno),
          {},
          std::string(then) + ": look at the disk"};
}

bool sync_of(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  return synced;
}

status write_marker(const std::filesystem::path& directory, const std::string& line) {
  const auto file = file_in(directory);
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failure(file, "written");
  std::size_t written = 0;
  while (written < line.size()) {
    const auto n = ::write(fd, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const auto why = failure(
          file, "filled", "it is there, and halts the next start unless the power fails first");
      ::close(fd);
      return why;
    }
    written += static_cast<std::size_t>(n);
  }
  if (::fsync(fd) != 0) {
    const auto why = failure(file, "made durable");
    ::close(fd);
    return why;
  }
  ::close(fd);
  if (!sync_of(directory, O_RDONLY | O_DIRECTORY)) return failure(file, "made durable");
  return done{};
}

}  // namespace

/// Shared with the thread, which may outlive the marker on a disk that hangs.
struct halt_file::work {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  bool runs = false, over = false;

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return over || !jobs.empty(); });
      if (jobs.empty()) break;
      const auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
    runs = false;
    changed.notify_all();
  }
};

halt_file::halt_file(const std::filesystem::path& data_directory, std::shared_ptr<log_port> log)
    : directory_(data_directory), log_(std::move(log)), work_(std::make_shared<work>()) {
  work_->runs = true;
  std::thread([shared = work_] { shared->run(); }).detach();
}

halt_file::~halt_file() {
  std::unique_lock lock(work_->mutex);
  work_->over = true;
  work_->changed.notify_all();
  work_->changed.wait_for(lock, patience, [&] { return !work_->runs; });
}

void halt_file::enqueue(std::function<void()> job) {
  const std::lock_guard lock(work_->mutex);
  work_->jobs.push_back(std::move(job));
  work_->changed.notify_all();
}

void halt_file::leave(const emergency_command& command, std::function<void(status)> then) {
  enqueue([directory = directory_, log = log_, line = command.scope + ' ' + command.reason + '\n',
           then = std::move(then)] {
    auto outcome = write_marker(directory, line);
    if (!outcome.ok()) log->write(log_level::error, "emergency", outcome.error().to_string());
    then(std::move(outcome));
  });
}

void halt_file::lift() {
  enqueue([directory = directory_, log = log_] {
    const auto outcome = remove(directory);
    if (!outcome.ok()) log->write(log_level::error, "emergency", outcome.error().to_string());
  });
}

std::optional<std::string> halt_file::read(const std::filesystem::path& data_directory) {
  std::error_code unknown;
  const auto file = file_in(data_directory);
  if (!std::filesystem::exists(file, unknown) && !unknown) return std::nullopt;
  std::ifstream in(file);
  std::string said;
  std::getline(in, said);
  // Not what an empty one is: that was put there.
  if (!in.is_open() || in.bad()) return "the file itself cannot be read";
  return said;
}

status halt_file::remove(const std::filesystem::path& data_directory) {
  const auto file = file_in(data_directory);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT)
    return error{errc::io_error,
                 file.string() + " cannot be removed: " + std::strerror(errno),
                 {},
                 "remove it by hand: while it is there, every start is halted"};
  if (!sync_of(data_directory, O_RDONLY | O_DIRECTORY)) return failure(file, "removed for good");
  return done{};
}

}  // namespace pitwall
