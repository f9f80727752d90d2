#include "runtime/host/cli/door_halts.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

using std::chrono::duration;

// Longer than a halt may take until it says that it is not durable.
constexpr std::chrono::seconds patience{5};
constexpr std::chrono::milliseconds between{5};

bool connect_to(int fd, const std::filesystem::path& socket) {
  sockaddr_un there{};
  there.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof there.sun_path) return false;
  socket.native().copy(there.sun_path, sizeof there.sun_path - 1);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
}

bool connect_to(int fd, std::uint16_t port) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
}

}  // namespace

/// A connection that stays open; one request at a time.
struct door_halts::line {
  int fd;
  bool open;
  std::vector<double> closed{}, acknowledged{};
  std::size_t failures = 0;

  template <class Place>
  line(int family, const Place& there)
      : fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)), open(connect_to(fd, there)) {}
  ~line() { ::close(fd); }
  line(const line&) = delete;
  line& operator=(const line&) = delete;

  /// The answer's body; empty: there was none, or it was no success.
  std::string ask(std::string_view action) const {
    const std::string body = R"({"scope":"bot:bench-halts","reason":"measured","operator":"bench",)"
                             R"("action":")" +
                             std::string(action) + "\"}";
    const std::string asked =
        "POST /api/v1/emergency HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (::send(fd, asked.data(), asked.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(asked.size()))
      return {};
    return answer();
  }
  std::string answer() const {
    std::string in;
    while (true) {
      pollfd there{fd, POLLIN, 0};
      std::array<char, 4096> bytes;  // NOLINT(*-member-init)
      if (::poll(&there, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0)
        return {};
      const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (count <= 0) return {};
      in.append(bytes.data(), static_cast<std::size_t>(count));
      const auto head = in.find("\r\n\r\n");
      const auto length = in.find("Content-Length: ");
      if (head == std::string::npos || length > head) continue;
      const auto body = std::stoul(in.substr(length + 16));
      if (in.size() < head + 4 + body) continue;
      return in.starts_with("HTTP/1.1 200") ? in.substr(head + 4) : std::string();
    }
  }
  void halt_once() {
    const auto at = std::chrono::system_clock::now();
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = parse_json(ask("halt"));
    const duration<double> took = std::chrono::steady_clock::now() - begin;
    const value* closed_at = answer.ok() ? answer->find("closed_at") : nullptr;
    const auto when = closed_at != nullptr && closed_at->is_text()
                          ? parse_iso8601(closed_at->as_text())
                          : result<timestamp>(errc::not_found, "no time");
    if (!when.ok() || ask("resume").empty()) {
      ++failures;
      return;
    }
    acknowledged.push_back(took.count());
    closed.push_back(std::max(0.0, duration<double>(*when - at).count()));
  }
  figures_of_halts figures() {
    figures_of_halts f;
    f.halts = closed.size();
    f.failures = failures;
    f.closed_us = percentiles_of(std::move(closed));
    f.acknowledged_us = percentiles_of(std::move(acknowledged));
    return f;
  }
};

door_halts::door_halts(const std::filesystem::path& socket, std::uint16_t port, std::size_t count)
    : thread_([this, socket, port, count] { run(socket, port, count); }) {}

door_halts::~door_halts() { end(); }

door_halts::figures door_halts::end() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  return told_;
}

void door_halts::run(const std::filesystem::path& socket, std::uint16_t port, std::size_t count) {
  line by_socket(AF_UNIX, socket), by_port(AF_INET, port);
  for (std::size_t i = 0; i < count && !ending_ && by_socket.open && by_port.open; ++i) {
    by_socket.halt_once();
    by_port.halt_once();
    ::poll(nullptr, 0, static_cast<int>(between.count()));
  }
  told_ = {by_socket.figures(), by_port.figures()};
  if (!by_socket.open) ++told_.by_socket.failures;
  if (!by_port.open) ++told_.by_port.failures;
}

}  // namespace pitwall::cli
