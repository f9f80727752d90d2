// Job: a real server on a real Unix socket in a directory of its own, and clients for it.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "net/client/host_client.hpp"
#include "net/server/control_server.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/net/fake_control.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

class scratch_directory {
 public:
  scratch_directory() {
    static std::atomic<unsigned> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("pw-net-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Bytes in, bytes out; a read gives up after ten seconds, so that a broken server fails a test.
class raw_client {
 public:
  explicit raw_client(const std::filesystem::path& socket) : raw_client() { connect(socket); }
  /// By TCP.
  explicit raw_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    be_patient();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  raw_client() : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) { be_patient(); }
  ~raw_client() { close(); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void connect(const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// Whether all of it was taken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }
  void finish_reading() { ::shutdown(fd_, SHUT_RD); }
  /// Whether anything has come by then, be it the end.
  bool answered_within(milliseconds wait) const {
    pollfd asked{fd_, POLLIN, 0};
    return !text_.empty() || ::poll(&asked, 1, static_cast<int>(wait.count())) > 0;
  }
  /// So many bytes, or fewer where the end comes first.
  std::string read_bytes(std::size_t count) {
    while (text_.size() < count && read_more()) {
    }
    std::string front = text_.substr(0, count);
    text_.erase(0, front.size());
    return front;
  }
  std::string read_until(std::string_view end) {
    while (text_.find(end) == std::string::npos) {
      if (!read_more()) break;
    }
    const std::size_t at = std::min(text_.find(end), text_.size());
    const std::size_t length = std::min(at + end.size(), text_.size());
    std::string front = text_.substr(0, length);
    text_.erase(0, length);
    return front;
  }
  /// Bytes that have arrived and were not read.
  int unread() const {
    int bytes = 0;
    return ::ioctl(fd_, FIONREAD, &bytes) == 0 ? bytes : -1;
  }
  std::string read_to_end() {
    while (read_more()) {
    }
    return std::exchange(text_, {});
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  void be_patient() {
    timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  bool read_more() {
    char bytes[16384];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) text_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }
  int fd_;
  std::string text_;
};

/// Keeps log lines and lets a test wait for one.
class log_lines final : public log_port {
 public:
  void write(log_level, std::string_view, std::string_view message, const log_context&) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(message);
    added_.notify_all();
  }
  bool await(std::string_view part) {
    std::unique_lock lock(mutex_);
    return added_.wait_for(lock, std::chrono::seconds(10), [&] { return contains(part); });
  }
  bool has(std::string_view part) {
    const std::lock_guard lock(mutex_);
    return contains(part);
  }
  std::size_t count(std::string_view part) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(lines_.begin(), lines_.end(),
                      [&](const auto& line) { return line.find(part) != std::string::npos; }));
  }

 private:
  bool contains(std::string_view part) const {
    for (const auto& line : lines_) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::string> lines_;
};

struct server_fixture {
  explicit server_fixture(const server_options& options = {}, live::live_options live = {},
                          access::gate_options access = {},
                          std::shared_ptr<peers::host_relay> others = nullptr) {
    if (live.clock == nullptr) live.clock = std::make_shared<system_wall_clock>();
    access.tokens = tokens;
    auto opened = control_server::open({socket, control_server::tcp_place{}, std::move(live),
                                        options, std::move(access), std::move(others)},
                                       host, &log);
    if (!opened.ok()) FAIL(opened.error().to_string());
    server = std::move(*opened);
  }

  host_client client() const {
    auto connected = host_client::connect(socket);
    if (!connected.ok()) FAIL(connected.error().to_string());
    return std::move(*connected);
  }
  http_reply ask(std::string_view method, std::string_view target,
                 std::string_view body = {}) const {
    auto reply = client().request(method, target, body);
    if (!reply.ok()) FAIL(reply.error().to_string());
    return std::move(*reply);
  }
  http_reply get(std::string_view target) const { return ask("GET", target); }

  scratch_directory directory;
  std::filesystem::path socket = directory / "control.sock";
  std::filesystem::path tokens = directory / "tokens.json";  ///< Not there: none are needed.
  fake_control host;
  log_lines log;
  std::unique_ptr<control_server> server;
};

/// The answer's body as JSON.
inline value json_of(const http_reply& reply) {
  auto parsed = parse_json(reply.body);
  if (!parsed.ok()) FAIL(parsed.error().to_string() + " in: " + reply.body);
  return std::move(*parsed);
}
inline std::string text_at(const value& object, std::string_view name) {
  const value* member = object.find(name);
  if (member == nullptr || !member->is_text()) return "<none>";
  return member->as_text();
}

}  // namespace pitwall::test
