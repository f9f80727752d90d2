#include "bench/bare_echo.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <string>
#include <thread>

#include "bench/order_statistics.hpp"

namespace pitwall::bench {
namespace {

namespace beast = boost::beast;
using tcp = boost::asio::ip::tcp;
using clock = std::chrono::steady_clock;
using stream = beast::websocket::stream<tcp::socket>;

/// Reads a frame, writes it, reads the next one.
class echo_end {
 public:
  explicit echo_end(tcp::socket socket) : ws_(std::move(socket)) {
    ws_.next_layer().set_option(tcp::no_delay(true));
    ws_.async_accept([this](beast::error_code e) {
      if (!e) read();
    });
  }

 private:
  void read() {
    ws_.async_read(buffer_, [this](beast::error_code e, std::size_t) {
      if (!e) write();
    });
  }
  void write() {
    ws_.text(true);
    ws_.async_write(buffer_.data(), [this](beast::error_code e, std::size_t) {
      buffer_.consume(buffer_.size());
      if (!e) read();
    });
  }

  stream ws_;
  beast::flat_buffer buffer_;
};

/// Keeps frames under way until the time is over, and then reads the last of them.
class asking_end {
 public:
  asking_end(boost::asio::io_context& io, tcp::endpoint to, std::size_t bytes,
             std::size_t in_flight)
      : ws_(io), frame_(bytes, 'x'), free_(in_flight) {
    ws_.next_layer().connect(to);
    ws_.next_layer().set_option(tcp::no_delay(true));
    ws_.handshake("localhost", "/");
    ws_.text(true);
  }
  void begin(clock::time_point end) {
    end_ = end;
    began_ = clock::now();
    read();
    write();
  }
  echo_figures figures() {
    echo_figures f;
    f.frames = took_.size();
    f.per_second =
        static_cast<double>(f.frames) / std::chrono::duration<double>(last_ - began_).count();
    f.p50_us = quantile(took_, 0.5) * 1e6;
    f.p99_us = quantile(took_, 0.99) * 1e6;
    return f;
  }

 private:
  void write() {
    if (writing_ || free_ == 0) return;
    if (clock::now() >= end_) {
      over_ = true;
      if (sent_.empty()) ws_.next_layer().close();
      return;
    }
    writing_ = true;
    --free_;
    sent_.push_back(clock::now());
    ws_.async_write(boost::asio::buffer(frame_), [this](beast::error_code e, std::size_t) {
      writing_ = false;
      if (!e) write();
    });
  }
  void read() {
    ws_.async_read(buffer_, [this](beast::error_code e, std::size_t) {
      if (e) return;
      buffer_.consume(buffer_.size());
      last_ = clock::now();
      took_.push_back(std::chrono::duration<double>(last_ - sent_.front()).count());
      sent_.pop_front();
      ++free_;
      if (over_ && sent_.empty()) return ws_.next_layer().close();
      read();
      write();
    });
  }

  stream ws_;
  std::string frame_;
  std::size_t free_;
  beast::flat_buffer buffer_;
  std::deque<clock::time_point> sent_;
  std::vector<double> took_;
  clock::time_point began_, end_, last_;
  bool writing_ = false, over_ = false;
};

}  // namespace

echo_figures run_echo(std::size_t bytes, std::size_t in_flight,
                      std::chrono::duration<double> time) {
  boost::asio::io_context far, near;
  tcp::acceptor listening(far, {boost::asio::ip::address_v4::loopback(), 0});
  const auto to = listening.local_endpoint();
  std::thread other([&] {
    echo_end end(listening.accept());
    far.run();
  });
  asking_end end(near, to, bytes, in_flight);
  end.begin(clock::now() + std::chrono::duration_cast<clock::duration>(time));
  near.run();
  other.join();
  return end.figures();
}

}  // namespace pitwall::bench
