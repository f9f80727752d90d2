#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pitwall::test {
namespace {

using clock = std::chrono::steady_clock;

pid_t launch(const std::vector<std::string>& arguments, int out, int err) {
  std::vector<char*> argv;
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const pid_t self = getpid();
  // The signal comes with the death of the thread that forks: of another one it says nothing.
  const bool outlives_child = gettid() == self;
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid > 0) return pid;
  if (outlives_child) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != self) _exit(127);  // It died before it could be said.
  }
  const int in = ::open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  execv(argv[0], argv.data());
  _exit(127);
}

int left(clock::time_point until) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
  return static_cast<int>(std::max<long long>(0, ms.count()));
}

/// Appends what can be read; false at the end.
bool take(int fd, std::string& into) {
  std::array<char, 65536> bytes{};
  const auto n = ::read(fd, bytes.data(), bytes.size());
  if (n > 0) into.append(bytes.data(), static_cast<std::size_t>(n));
  return n > 0;
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  return ends;
}

}  // namespace

finished run_program(const std::vector<std::string>& arguments, std::chrono::seconds patience) {
  const auto out = make_pipe(), err = make_pipe();
  const auto pid = launch(arguments, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  finished f;
  const auto until = clock::now() + patience;
  std::array<pollfd, 2> fds{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  bool late = false;
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds.data(), fds.size(), left(until)) == 0) {
      late = true;
      kill(pid, SIGKILL);
      break;
    }
    if (fds[0].revents != 0 && !take(out[0], f.out)) fds[0].fd = -1;
    if (fds[1].revents != 0 && !take(err[0], f.err)) fds[1].fd = -1;
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!late && WIFEXITED(status)) f.exit_code = WEXITSTATUS(status);
  return f;
}

child_process::child_process(const std::vector<std::string>& arguments) {
  const auto out = make_pipe();
  pid_ = launch(arguments, out[1], 2);
  ::close(out[1]);
  out_ = out[0];
}

child_process::~child_process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  ::close(out_);
}

std::string child_process::read_line(std::chrono::milliseconds patience) {
  const auto until = clock::now() + patience;
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd fd{out_, POLLIN, 0};
    if (poll(&fd, 1, left(until)) <= 0 || !take(out_, buffer_)) return {};
  }
}

bool child_process::await_line(const std::string& prefix) {
  for (;;) {
    const auto line = read_line();
    if (line.empty()) return false;
    if (line.starts_with(prefix)) return true;
  }
}

std::vector<std::string> child_process::rest() {
  std::vector<std::string> lines;
  for (auto line = read_line(); !line.empty(); line = read_line()) lines.push_back(line);
  return lines;
}

void child_process::signal(int number) {
  // Of one that has ended, and was waited for, -1 is left: that would be everybody.
  if (pid_ > 0) kill(pid_, number);
}

std::uint64_t child_process::status_bytes(std::string_view name) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  return 0;
}

std::uint64_t child_process::peak_memory() const { return status_bytes("VmHWM:"); }
std::uint64_t child_process::memory() const { return status_bytes("VmRSS:"); }

std::size_t child_process::open_files() const {
  std::size_t count = 0;
  std::error_code gone;
  for (std::filesystem::directory_iterator at("/proc/" + std::to_string(pid_) + "/fd", gone), end;
       at != end; at.increment(gone))
    ++count;
  return count;
}

std::chrono::milliseconds child_process::busy() const {
  std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(stat, text);
  // Behind the name, which may hold anything: the 14th and 15th figure of the line.
  std::istringstream figures(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::string skipped;
  for (int i = 0; i < 11; ++i) figures >> skipped;
  std::uint64_t user = 0, system = 0;
  figures >> user >> system;
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds((user + system) * 1'000 / per_second);
}

std::size_t child_process::file_limit() const {
  rlimit limit{};
  return ::prlimit(pid_, RLIMIT_NOFILE, nullptr, &limit) == 0 ? limit.rlim_cur : 0;
}

void child_process::limit_files(std::size_t most) const {
  const rlimit limit{most, most};
  if (::prlimit(pid_, RLIMIT_NOFILE, &limit, nullptr) != 0)
    throw std::runtime_error("prlimit failed");
}

int child_process::wait() {
  if (pid_ <= 0) return 0;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

scratch_directory::scratch_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "pitwall-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path scratch_directory::write(const std::string& name,
                                               std::string_view text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

}  // namespace pitwall::test
