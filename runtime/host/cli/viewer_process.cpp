#include "runtime/host/cli/viewer_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <sstream>
#include <utility>
#include <vector>

#include "net/thread_turn.hpp"
#include "runtime/host/cli/exit_codes.hpp"

namespace pitwall::cli {
namespace {

constexpr std::chrono::seconds connect_patience{60}, report_patience{60};

error broken(const std::string& why) {
  return {errc::unavailable, "the process of the viewers has failed: " + why, "bench --clients",
          "open files may be bounded: ulimit -n"};
}

std::string line_of(const view_figures& f) {
  return fmt::format("figures {} {} {} {} {} {} {} {} {} {} {} {} {} {}\n", f.viewers, f.complete,
                     f.frames, f.bytes, f.seconds, f.cpu_seconds, f.gaps, f.duplicates, f.cut,
                     f.lost, f.expired, f.silent_cut ? 1 : 0, f.silent_code, f.why);
}

bool read_figures(const std::string& line, view_figures& f) {
  std::istringstream in(line);
  std::string word;
  in >> word >> f.viewers >> f.complete >> f.frames >> f.bytes >> f.seconds >> f.cpu_seconds >>
      f.gaps >> f.duplicates >> f.cut >> f.lost >> f.expired >> f.silent_cut >> f.silent_code;
  std::getline(in >> std::ws, f.why);
  return word == "figures" && (in.eof() || !in.bad());
}

}  // namespace

result<viewer_process> viewer_process::start(const event_viewers::setting& wanted) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return broken("no socket");
  std::vector<std::string> words{"pitwall", "bench", "viewers"};
  words.insert(words.end(), {"--port", std::to_string(wanted.port)});
  words.insert(words.end(), {"--viewers", std::to_string(wanted.viewers)});
  words.insert(words.end(), {"--after", std::to_string(wanted.after)});
  if (wanted.with_silent) words.emplace_back("--with-silent");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed == 0) return viewer_process(pid, ends[0]);
  ::close(ends[0]);
  return broken("it cannot be started");
}

viewer_process::viewer_process(viewer_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      heard_(std::move(other.heard_)),
      said_(other.said_) {}

viewer_process::~viewer_process() {
  if (socket_ >= 0) ::close(socket_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void viewer_process::say(const std::string& line) const {
  // Where it has gone, the next hear() says so.
  (void)::send(socket_, line.data(), line.size(), MSG_NOSIGNAL);
}

result<std::string> viewer_process::hear(milliseconds patience) {
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const auto end = heard_.find('\n', said_); end != std::string::npos) {
      std::string line = heard_.substr(said_, end - said_);
      said_ = end + 1;
      return line;
    }
    heard_.erase(0, std::exchange(said_, 0));
    const auto left =
        std::chrono::duration_cast<milliseconds>(give_up_at - std::chrono::steady_clock::now());
    pollfd there{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&there, 1, static_cast<int>(left.count())) <= 0)
      return broken("it did not answer in time");
    std::array<char, 64U << 10U> bytes;  // NOLINT(*-member-init)
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return broken("it has ended");
    heard_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

status viewer_process::await_connected() {
  PITWALL_TRY(line, hear(connect_patience + std::chrono::seconds(5)));
  if (line == "connected") return done{};
  return broken(line);
}

void viewer_process::begin() { say("begin\n"); }

result<view_figures> viewer_process::end(std::uint64_t target, milliseconds patience) {
  say(fmt::format("end {} {}\n", target, patience.count()));
  PITWALL_TRY(line, hear(patience + report_patience));
  view_figures f;
  if (!read_figures(line, f)) return broken(line);
  PITWALL_TRY(count, hear(report_patience));
  for (auto left = std::stoull(count); left > 0; --left) {
    PITWALL_TRY(one, hear(report_patience));
    std::istringstream in(one);
    std::int64_t at = 0;
    in >> f.arrivals.emplace_back().seq >> at;
    f.arrivals.back().at = std::chrono::nanoseconds(at);
  }
  return f;
}

int run_viewers(const event_viewers::setting& wanted) {
  // Viewers have machines of their own: on this one they leave the cores to the host.
  yield_to_trading();
  event_viewers viewers(wanted);
  if (const auto connected = viewers.connect(connect_patience); !connected.ok()) {
    std::cout << "error " << connected.error().to_string() << std::endl;
    return exit_unreachable;
  }
  std::cout << "connected" << std::endl;
  for (std::string word; std::cin >> word;) {
    if (word == "begin") viewers.begin();
    if (word != "end") continue;
    std::uint64_t target = 0;
    std::int64_t patience = 0;
    std::cin >> target >> patience;
    const auto f = viewers.end(target, milliseconds(patience));
    std::cout << line_of(f) << f.arrivals.size() << '\n';
    for (const auto& a : f.arrivals) std::cout << a.seq << ' ' << a.at.count() << '\n';
    std::cout.flush();
    return exit_done;
  }
  return exit_failed;
}

}  // namespace pitwall::cli
