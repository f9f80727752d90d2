#include "tests/support/witness.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

namespace pitwall::test {

namespace {

std::uint16_t number_after(const std::string& line, const std::string& word) {
  if (!line.starts_with(word)) throw std::runtime_error("the witness did not start: " + line);
  return static_cast<std::uint16_t>(std::stoul(line.substr(word.size())));
}

/// A member of one flat JSON object, as its text.
std::string member(const std::string& line, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  auto at = line.find(key);
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + line);
  at += key.size();
  if (line[at] == '"') return line.substr(at + 1, line.find('"', at + 1) - at - 1);
  return line.substr(at, line.find_first_of(",}", at) - at);
}

}  // namespace

witness::witness(const std::string& binary, std::vector<std::string> more)
    : log_(directory_.path() / "orders.jsonl") {
  std::vector<std::string> arguments{binary, "--log", log_.string(), "--with-parent"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  process_ = std::make_unique<child_process>(arguments);
  port_ = number_after(process_->read_line(), "listening ");
  control_port_ = number_after(process_->read_line(), "control ");
}

std::string witness::control(const std::string& method, const std::string& path,
                             const std::string& body) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(control_port_);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string all;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const std::string text = method + " " + path + " HTTP/1.1\r\nHost: witness\r\nConnection: " +
                             "close\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n" + body;
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
      std::array<char, 65536> bytes{};
      for (ssize_t n = 0; (n = ::recv(fd, bytes.data(), bytes.size(), 0)) > 0;) {
        all.append(bytes.data(), static_cast<std::size_t>(n));
      }
    }
  }
  ::close(fd);
  const auto head = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 200") || head == std::string::npos) {
    throw std::runtime_error("the witness does not obey " + path + ": " + all);
  }
  return all.substr(head + 4);
}

void witness::advance_clock(std::chrono::milliseconds by) const {
  control("POST", "/witness/clock", "{\"advance_ms\": " + std::to_string(by.count()) + "}");
}

void witness::fill(const std::string& client_order_id, const std::string& quantity) const {
  std::string body = "{\"clientOrderId\": \"" + client_order_id + "\"";
  if (!quantity.empty()) body += ", \"quantity\": \"" + quantity + "\"";
  control("POST", "/witness/fill", body + "}");
}

bool witness::await_state(const std::string& part) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < until) {
    if (state().find(part) != std::string::npos) return true;
  }
  return false;
}

std::vector<witnessed_order> witness::orders() const {
  std::vector<witnessed_order> out;
  std::ifstream file(log_);
  for (std::string line; std::getline(file, line);) {
    out.push_back({std::stoll(member(line, "n")), member(line, "clientOrderId"),
                   member(line, "symbol"), member(line, "side"), member(line, "quantity"),
                   std::stoll(member(line, "time"))});
  }
  return out;
}

}  // namespace pitwall::test
