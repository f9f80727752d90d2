// Job: the two ends of a link within this process: ours, and one that CAF gets. No other program
// can
//      come between them, or connect to CAF: there is no port and no path.
// Threads: the I/O thread of the io_context. Tests: tests/net/worker_gate_test.cpp
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <utility>

namespace pitwall::remote {

using link_socket = boost::asio::local::stream_protocol::socket;

/// A descriptor, closed at the end unless it was released.
class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      if (fd_ >= 0) ::close(fd_);
      fd_ = other.release();
    }
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// Both are closed where it fails: out of descriptors.
inline descriptor open_link(link_socket& ours) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return descriptor();
  descriptor theirs(ends[1]);
  boost::system::error_code ec;
  ours.assign(boost::asio::local::stream_protocol(), ends[0], ec);
  if (!ec) return theirs;
  ::close(ends[0]);
  return descriptor();
}

}  // namespace pitwall::remote
