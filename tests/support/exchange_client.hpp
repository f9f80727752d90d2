// Job: `pitwall exchange` as a process that a test starts, and a small client of it over plain
//      sockets. Every wait has a deadline.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/signature.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

struct wire_answer {
  int status = 0;  ///< 0: the connection was closed without an answer.
  std::string head, body;

  value json() const {
    auto parsed = parse_json(body);
    if (!parsed.ok()) throw std::runtime_error("no JSON: " + body);
    return std::move(*parsed);
  }
  /// A member of the body as its text.
  std::string at(std::string_view name) const {
    const value whole = json();
    const value* v = whole.find(name);
    if (v == nullptr) return "<none>";
    return v->is_text() ? v->as_text() : to_json(*v);
  }
  bool has_header(std::string_view start) const {
    return head.find("\r\n" + std::string(start)) != std::string::npos;
  }
};

inline wire_answer ask_port(std::uint16_t port, const std::string& text) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{20, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string all;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
    std::array<char, 65536> bytes{};
    for (ssize_t n = 0; (n = ::recv(fd, bytes.data(), bytes.size(), 0)) > 0;) {
      all.append(bytes.data(), static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  wire_answer out;
  const auto end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return out;
  out.status = std::stoi(all.substr(9, 3));
  out.head = all.substr(0, end);
  out.body = all.substr(end + 4);
  return out;
}

inline std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class exchange_process {
 public:
  exchange_process(const std::string& binary, std::vector<std::string> more) {
    std::vector<std::string> all{binary, "exchange"};
    if (std::find(more.begin(), more.end(), "--port") == more.end())
      all.insert(all.end(), {"--port", "0"});
    all.insert(all.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(all);
    for (auto line = process_->read_line(); !line.empty(); line = process_->read_line()) {
      head_ += line + "\n";
      if (line.starts_with("listening ")) {
        port_ = static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
        url_ = line.substr(std::string_view("listening ").size());
      }
      if (line.starts_with("api key ")) key.key = line.substr(8);
      if (line.starts_with("api secret ")) key.secret = line.substr(11);
      if (line.starts_with("ready")) return;
    }
    throw std::runtime_error("the exchange did not start: " + head_);
  }

  const std::string& url() const { return url_; }
  std::uint16_t port() const noexcept { return port_; }
  const std::string& printed() const noexcept { return head_; }
  child_process& process() { return *process_; }

  wire_answer raw(const std::string& method, const std::string& target,
                  const std::string& headers = {}, const std::string& body = {}) const {
    return ask_port(
        port_, method + " " + target + " HTTP/1.1\r\nHost: exchange\r\nConnection: close\r\n" +
                   headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  wire_answer get(const std::string& target) const { return raw("GET", target); }
  /// A private request, signed where there is a key; the timestamp may be off.
  wire_answer ask(const std::string& method, const std::string& path, std::string parameters,
                  std::int64_t off_ms = 0) const {
    if (!parameters.empty()) parameters += '&';
    parameters += "timestamp=" + std::to_string(wall_ms() + off_ms);
    if (!key.secret.empty()) parameters += "&signature=" + hmac_sha256_hex(key.secret, parameters);
    return raw(method, path + "?" + parameters, key_header());
  }
  wire_answer faults(const std::string& json) const {
    return raw("POST", "/sim/faults", key_header(), json);
  }
  std::string key_header() const {
    return key.key.empty() ? std::string{} : "X-MBX-APIKEY: " + key.key + "\r\n";
  }

  api_key key;

 private:
  std::string url_;
  std::unique_ptr<child_process> process_;
  std::string head_;
  std::uint16_t port_ = 0;
};

}  // namespace pitwall::test
