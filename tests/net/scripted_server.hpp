// Job: an HTTP server on loopback that answers as a test says, later, or never, and knows which
//      requests have arrived and how many connections are open; in the clear or under TLS. Every
//      wait has a deadline.
// Why its own: a venue that stays silent, and answers to the byte.
// Threads: the script runs on the server's own thread; the rest from any.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/wire_stream.hpp"

namespace pitwall::test {

/// An answer as it stands on the wire; `headers` end with CRLF each.
inline std::string http_answer(unsigned status, const std::string& body,
                               const std::string& headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Said\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class scripted_server {
 public:
  /// Of a request's target; nothing: it is not answered, unless by release(). Empty: the server
  /// hangs up.
  using script = std::function<std::optional<std::string>(const std::string& target)>;

  explicit scripted_server(script answers, std::shared_ptr<http::tls_context> tls = nullptr)
      : answers_(std::move(answers)),
        tls_(std::move(tls)),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~scripted_server() {
    io_.stop();
    thread_.join();
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  std::uint16_t number() const { return port_; }
  std::string port() const { return std::to_string(port_); }
  std::string url() const { return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + port(); }

  std::size_t open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  /// Targets that begin so, of all requests that arrived.
  std::size_t arrived(const std::string& start) {
    const std::lock_guard lock(mutex_);
    return count(start);
  }
  /// Request line and headers of all requests that arrived.
  std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  /// Answers what was not answered of the targets that begin so.
  void release(const std::string& start, const std::string& answer) {
    boost::asio::post(io_, [this, start, answer] {
      for (auto& [target, owed] : std::exchange(owed_, {})) {
        const auto c = owed.lock();
        if (!c) continue;
        if (!target.starts_with(start)) {
          owed_.emplace_back(target, owed);
          continue;
        }
        c->answer = answer;
        boost::asio::async_write(c->stream, boost::asio::buffer(c->answer),
                                 [c](auto, std::size_t) {});
      }
    });
  }
  bool await_open(std::size_t connections) {
    return await([&] { return open_ == connections; });
  }
  /// Fewer connections are open than there were.
  bool await_closed(std::size_t before) {
    return await([&] { return open_ < before; });
  }
  /// So many answers of the script are on their way.
  bool await_answered(std::size_t answers) {
    return await([&] { return answered_ >= answers; });
  }
  bool await_arrived(const std::string& start, std::size_t times = 1) {
    return await([&] { return count(start) >= times; });
  }

 private:
  using tcp = boost::asio::ip::tcp;
  struct connection {
    http::wire_stream stream;
    std::string read{}, answer{};
  };

  template <class Predicate>
  bool await(Predicate reached) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), reached);
  }
  std::size_t count(const std::string& start) const {
    return static_cast<std::size_t>(std::count_if(
        targets_.begin(), targets_.end(), [&](const auto& t) { return t.starts_with(start); }));
  }
  void note(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  void accept() {
    acceptor_.async_accept([this](auto ec, tcp::socket socket) {
      if (ec) return;
      note([this] { ++open_; });
      http::stream_socket plain(std::move(socket));
      const auto c = std::make_shared<connection>(connection{
          tls_ ? http::wire_stream(std::move(plain), tls_) : http::wire_stream(std::move(plain))});
      c->stream.async_handshake([this, c](boost::system::error_code failed) {
        if (failed) return note([this] { --open_; });
        read(c);
      });
      accept();
    });
  }
  // Also while an answer is owed: so the end of a connection is always seen.
  void read(const std::shared_ptr<connection>& c) {
    boost::asio::async_read_until(c->stream, boost::asio::dynamic_buffer(c->read), "\r\n\r\n",
                                  [this, c](auto ec, std::size_t bytes) {
                                    if (ec) {
                                      note([this] { --open_; });
                                      return;
                                    }
                                    const std::string head = c->read.substr(0, bytes);
                                    c->read.erase(0, bytes);
                                    serve(c, head);
                                  });
  }
  void serve(const std::shared_ptr<connection>& c, const std::string& head) {
    const auto from = head.find(' ') + 1;
    const std::string target = head.substr(from, head.find(' ', from) - from);
    note([&] {
      targets_.push_back(target);
      heads_.push_back(head);
    });
    const auto answer = answers_(target);
    if (!answer) {
      owed_.emplace_back(target, c);
      read(c);
      return;
    }
    if (answer->empty()) {
      boost::system::error_code ignored;
      c->stream.next_layer().close(ignored);
      return note([this] { --open_; });
    }
    c->answer = *answer;
    boost::asio::async_write(c->stream, boost::asio::buffer(c->answer),
                             [this, c](auto, std::size_t) {
                               note([this] { ++answered_; });
                               read(c);
                             });
  }

  const script answers_;
  const std::shared_ptr<http::tls_context> tls_;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::vector<std::pair<std::string, std::weak_ptr<connection>>> owed_;  // on the server's thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0, answered_ = 0;  // under mutex_
  std::vector<std::string> targets_;     // under mutex_
  std::vector<std::string> heads_;       // under mutex_
  std::thread thread_;
};

}  // namespace pitwall::test
