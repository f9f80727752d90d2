#include "runtime/host/cli/spawned_worker.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace pitwall::cli {

result<spawned_worker> spawned_worker::start(std::uint16_t port, const std::string& labels,
                                             const remote::identity_files& papers) {
  std::vector<std::string> words{"pitwall",       "worker",
                                 "--join",        "127.0.0.1:" + std::to_string(port),
                                 "--labels",      labels,
                                 "--certificate", papers.certificate.string(),
                                 "--key",         papers.key.string(),
                                 "--authority",   papers.authority.string()};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return spawned_worker(pid);
  return error{errc::unavailable, "a worker cannot be started", "bench --workers", {}};
}

spawned_worker::spawned_worker(spawned_worker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)) {}

spawned_worker& spawned_worker::operator=(spawned_worker&& other) noexcept {
  if (this != &other) {
    bury();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

spawned_worker::~spawned_worker() { bury(); }

void spawned_worker::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void spawned_worker::bury() {
  kill();
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

double spawned_worker::cpu_seconds() const {
  std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(stat, text);
  // Behind the name, which may hold anything: the 14th and 15th figure of the line.
  std::istringstream figures(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::string skipped;
  for (int i = 0; i < 11; ++i) figures >> skipped;
  double user = 0, system = 0;
  figures >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace pitwall::cli
