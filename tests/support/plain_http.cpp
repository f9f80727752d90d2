#include "tests/support/plain_http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

namespace pitwall::test {
namespace {

std::string text_of(const plain_request& asked) {
  std::string text = asked.method + " " + asked.target +
                     " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
                     std::to_string(asked.body.size()) + "\r\n";
  for (const auto& [name, value] : asked.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + asked.body;
}

plain_reply read_reply(const std::string& all) {
  plain_reply out;
  const auto end = all.find("\r\n\r\n");
  constexpr std::string_view start = "HTTP/1.1 ";
  if (!all.starts_with(start) || end == std::string::npos) return out;
  std::string head = all.substr(0, end);
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string name = "content-length:";
  const auto length = head.find(name);
  if (length == std::string::npos) return out;
  const std::string kind = "content-type: ";
  if (const auto at = head.find(kind); at != std::string::npos)
    out.content_type = head.substr(at + kind.size(), head.find('\r', at) - at - kind.size());
  out.body = all.substr(end + 4);
  out.head = head + "\r\n";
  if (out.body.size() == std::strtoull(head.c_str() + length + name.size(), nullptr, 10))
    out.status = static_cast<unsigned>(std::strtoul(all.c_str() + start.size(), nullptr, 10));
  return out;
}

plain_reply converse(int fd, const sockaddr* to, socklen_t size, const plain_request& asked,
                     std::chrono::seconds patience) {
  const timeval limit{patience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  std::string all;
  if (::connect(fd, to, size) == 0) {
    const auto text = text_of(asked);
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
      std::array<char, 65536> bytes{};
      // Some servers keep the connection open, whatever they are asked.
      for (ssize_t n = 0;
           read_reply(all).status == 0 && (n = ::recv(fd, bytes.data(), bytes.size(), 0)) > 0;)
        all.append(bytes.data(), static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  return read_reply(all);
}

}  // namespace

plain_reply ask_port(std::uint16_t port, const plain_request& asked,
                     std::chrono::seconds patience) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return converse(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                  reinterpret_cast<const sockaddr*>(&to), sizeof to, asked, patience);
}

plain_reply ask_socket(const std::filesystem::path& socket, const plain_request& asked,
                       std::chrono::seconds patience) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const auto path = socket.string();
  if (path.size() >= sizeof to.sun_path) return {};
  std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
  return converse(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                  reinterpret_cast<const sockaddr*>(&to), sizeof to, asked, patience);
}

}  // namespace pitwall::test
