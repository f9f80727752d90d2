#include "runtime/host/service/notify_socket.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace pitwall {
namespace {

std::string take(const char* name) {
  const char* text = std::getenv(name);
  std::string out = text == nullptr ? "" : text;
  ::unsetenv(name);
  return out;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

}  // namespace

service_words take_service_words() {
  service_words words;
  words.address = take("NOTIFY_SOCKET");
  const auto watchdog = number(take("WATCHDOG_USEC"));
  const auto pid = take("WATCHDOG_PID");
  const bool ours = pid.empty() || number(pid) == static_cast<std::uint64_t>(::getpid());
  constexpr std::uint64_t longest = 24ULL * 3'600 * 1'000'000;
  if (watchdog && *watchdog > 0 && ours)
    words.watchdog = std::chrono::microseconds(std::min(*watchdog, longest));
  return words;
}

result<notify_socket> notify_socket::open(const std::string& address) {
  notify_socket s;
  if (address.size() < 2 || (address[0] != '/' && address[0] != '@') ||
      address.size() >= sizeof s.to_.sun_path)
    return error{errc::invalid_argument, "the service manager cannot be told anything there",
                 "NOTIFY_SOCKET=" + address, "a path or an abstract name of up to 107 characters"};
  s.to_.sun_family = AF_UNIX;
  std::memcpy(s.to_.sun_path, address.data(), address.size());
  if (address[0] == '@') s.to_.sun_path[0] = '\0';
  s.length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() +
                                     (address[0] == '/' ? 1 : 0));
  s.fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s.fd_ < 0)
    return error{errc::io_error, std::string("no socket: ") + std::strerror(errno), address, {}};
  const timeval second{1, 0};
  ::setsockopt(s.fd_, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  return s;
}

notify_socket::notify_socket(notify_socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), to_(other.to_), length_(other.length_) {}

notify_socket::~notify_socket() {
  if (fd_ >= 0) ::close(fd_);
}

bool notify_socket::send(std::string_view text) const {
  for (;;) {
    const auto n = ::sendto(fd_, text.data(), text.size(), MSG_NOSIGNAL,
                            reinterpret_cast<const sockaddr*>(&to_), length_);
    if (n >= 0 || errno != EINTR) return n == static_cast<ssize_t>(text.size());
  }
}

}  // namespace pitwall
