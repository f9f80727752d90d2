// `pitwall serve` under a service manager: what it tells a real datagram socket, when its watchdog
// is fed, and when not.
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// The manager's side: a datagram socket, and what came.
class manager {
 public:
  explicit manager(const std::string& address) : address_(address) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, address.data(), address.size());
    if (address[0] == '@') at.sun_path[0] = '\0';
    const auto length = offsetof(sockaddr_un, sun_path) + address.size() + (address[0] == '/');
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(length)) == 0);
  }
  ~manager() { ::close(fd_); }
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;

  const std::string& address() const { return address_; }
  /// The next datagram; empty: none came in time.
  std::string next(std::chrono::milliseconds patience) {
    pollfd fd{fd_, POLLIN, 0};
    char text[4096];
    if (::poll(&fd, 1, static_cast<int>(patience.count())) <= 0) return {};
    const auto n = ::recv(fd_, text, sizeof text, 0);
    all.emplace_back(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    return all.back();
  }
  /// Reads until one has this line; all of it.
  std::string await(const std::string& line) {
    const auto until = clock::now() + 60s;
    while (clock::now() < until)
      if (const auto text = next(1s); ("\n" + text + "\n").find("\n" + line) != std::string::npos)
        return text;
    FAIL("the manager was not told: " + line);
    return {};
  }
  /// None for so long.
  bool silent(const std::string& line, std::chrono::milliseconds time) {
    const auto until = clock::now() + time;
    for (auto now = clock::now(); now < until; now = clock::now())
      if (next(std::chrono::duration_cast<std::chrono::milliseconds>(until - now) + 1ms) == line)
        return false;
    return true;
  }
  void drain() {
    while (!next(0ms).empty()) {
    }
  }

  std::vector<std::string> all;

 private:
  std::string address_;
  int fd_ = -1;
};

/// Stops one thread of another process, and no other, while it lives: what is stuck looks like
/// that.
class stopped_thread {
 public:
  stopped_thread(pid_t pid, const std::string& name) {
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      std::ifstream in(entry.path() / "comm");
      std::string comm;
      if (std::getline(in, comm) && comm == name) id_ = std::stoi(entry.path().filename().string());
    }
    REQUIRE(id_ > 0);
    if (::ptrace(PTRACE_SEIZE, id_, nullptr, nullptr) != 0) {
      id_ = -1;
      return;
    }
    REQUIRE(::ptrace(PTRACE_INTERRUPT, id_, nullptr, nullptr) == 0);
    int status = 0;
    REQUIRE(::waitpid(id_, &status, __WALL) == id_);
    REQUIRE(WIFSTOPPED(status));
  }
  ~stopped_thread() {
    if (id_ > 0) ::ptrace(PTRACE_DETACH, id_, nullptr, nullptr);
  }
  stopped_thread(const stopped_thread&) = delete;
  stopped_thread& operator=(const stopped_thread&) = delete;
  /// False where this system lets no process stop another's thread.
  bool done() const { return id_ > 0; }

 private:
  pid_t id_ = -1;
};

class served {
 public:
  served(manager& m, const std::vector<std::string>& variables = {},
         const std::string& configuration = R"({"server": {"drain": "30s"}})")
      : data_(d_.path() / "data") {
    d_.write("host.json", configuration);
    std::vector<std::string> all{"/usr/bin/env", "NOTIFY_SOCKET=" + m.address()};
    all.insert(all.end(), variables.begin(), variables.end());
    for (const auto& a : {pitwall_binary(), std::string("serve"), d_.write("w.json", buys).string(),
                          std::string("--config"), (d_.path() / "host.json").string(),
                          std::string("--data-dir"), data_.string()})
      all.push_back(a);
    process = std::make_unique<child_process>(all);
  }
  std::filesystem::path socket() const { return data_ / "control.sock"; }
  int ask(const std::string& method, const std::string& target,
          const std::string& body = {}) const {
    return ask_socket(socket(), {method, target, body}).status;
  }

 private:
  scratch_directory d_;
  std::filesystem::path data_;

 public:
  std::unique_ptr<child_process> process;
};

std::string abstract_name() { return "@pitwall-test-" + std::to_string(::getpid()); }

}  // namespace

TEST_CASE("a service manager is told of start, reload and end", "[service]") {
  scratch_directory d;
  const auto where = GENERATE(std::string("path"), std::string("abstract"));
  manager m(where == "path" ? (d.path() / "notify").string() : abstract_name());
  served host(m);
  const auto ready = m.await("READY=1");
  CHECK(ready.find("STATUS=trading") != std::string::npos);
  CHECK(host.ask("GET", "/readyz") == 200);
  for (const auto& text : m.all) CHECK((text == ready || text.find("READY") == std::string::npos));
  host.process->signal(SIGHUP);
  CHECK(m.await("RELOADING=1").find("\nMONOTONIC_USEC=") != std::string::npos);
  m.await("READY=1");
  CHECK(host.ask("POST", "/api/v1/config/reload") == 200);
  m.await("RELOADING=1");
  m.await("READY=1");
  CHECK(host.ask("POST", "/api/v1/emergency",
                 R"({"action": "halt", "reason": "a test", "operator": "t"})") == 200);
  m.await("STATUS=halted");
  host.process->signal(SIGTERM);
  CHECK(m.await("STOPPING=1").find("\nEXTEND_TIMEOUT_USEC=") != std::string::npos);
  CHECK(host.process->wait() == 0);
  m.drain();
  for (const auto& text : m.all) CHECK(text.find("WATCHDOG") == std::string::npos);
}

TEST_CASE("the watchdog is fed as long as the host lives, and not by a host that is stuck",
          "[service]") {
  scratch_directory d;
  manager m((d.path() / "notify").string());
  served host(m, {"WATCHDOG_USEC=1000000"});
  m.await("READY=1");
  for (int i = 0; i < 3; ++i) m.await("WATCHDOG=1");
  for (const std::string name : {"pw-emergency", "pw-journal"}) {
    CAPTURE(name);
    std::jthread writes;
    {
      const stopped_thread stuck(host.process->id(), name);
      if (!stuck.done()) {
        std::cerr << "skipped: this system does not let a process stop another's thread\n";
        break;
      }
      // An idle host has nothing that could be stuck in the journal.
      writes = std::jthread(
          [&host] { (void)host.ask("POST", "/api/v1/workflows/w/executions?wait=30", "{}"); });
      // The pulse under way may still come back, and one that left before the journal had work.
      bool silent = false;
      for (int i = 0; i < 10 && !silent; ++i)
        silent = m.silent("WATCHDOG=1", 1'500ms) && m.silent("WATCHDOG=1", 2'000ms);
      CHECK(silent);
    }
    m.await("WATCHDOG=1");
    m.await("WATCHDOG=1");
    writes.join();
  }
  host.process->signal(SIGTERM);
  CHECK(host.process->wait() == 0);
}

TEST_CASE("a watchdog of another process is not this one's, and nobody inherits the socket",
          "[service]") {
  scratch_directory d;
  manager m((d.path() / "notify").string());
  served host(m, {"WATCHDOG_USEC=200000", "WATCHDOG_PID=1"});
  m.await("READY=1");
  CHECK(m.silent("WATCHDOG=1", 1s));
  host.process->signal(SIGTERM);
  CHECK(host.process->wait() == 0);
  const auto bad = served(m, {"NOTIFY_SOCKET=nowhere"});
  CHECK(bad.process->await_line("ready:"));
}

}  // namespace pitwall::test
