// Job: many orders at once on one connection of the exchange, without waiting for answers.
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"

namespace pitwall::test {

class burst {
 public:
  explicit burst(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~burst() { ::close(fd_); }
  burst(const burst&) = delete;
  burst& operator=(const burst&) = delete;

  void order(const std::string& name) const {
    const std::string text =
        "POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&"
        "newClientOrderId=" +
        name + "&timestamp=" + std::to_string(wall_ms()) +
        " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  /// The names of orders that were answered, read until there are so many, or no more.
  void read(std::vector<std::string>& names, std::size_t wanted) {
    std::array<char, 65536> bytes{};
    while (names.size() < wanted) {
      const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (n <= 0) return;
      text_.append(bytes.data(), static_cast<std::size_t>(n));
      static const std::string mark = "\"clientOrderId\":\"";
      for (auto at = text_.find(mark); at != std::string::npos; at = text_.find(mark)) {
        const auto end = text_.find('"', at + mark.size());
        if (end == std::string::npos) break;
        names.push_back(text_.substr(at + mark.size(), end - at - mark.size()));
        text_.erase(0, end);
      }
    }
  }

 private:
  int fd_;
  std::string text_;
};

}  // namespace pitwall::test
