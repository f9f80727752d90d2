// Job: a server on loopback that answers requests and WebSocket frames as a test says, in the clear
//      or under TLS: a venue that stays silent, skips a number, or hangs up when it is told to.
//      Every wait has a deadline.
// Threads: the scripts run on the server's own thread; the rest from any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
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

class scripted_streams {
 public:
  struct script {
    /// Of a request's target, a whole answer (http_answer()); nothing: none comes.
    std::function<std::optional<std::string>(const std::string& target)> request;
    /// Of an upgrade's target: its refusal; nothing: it is let in.
    std::function<std::optional<std::string>(const std::string& target)> refuse;
    /// Frames in answer to one.
    std::function<std::vector<std::string>(const std::string& frame)> frame;
    bool silent = false;  ///< Upgrades are not answered.
  };

  explicit scripted_streams(script says, std::shared_ptr<http::tls_context> tls = nullptr)
      : says_(std::move(says)),
        tls_(std::move(tls)),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~scripted_streams() {
    io_.stop();
    thread_.join();
  }
  scripted_streams(const scripted_streams&) = delete;
  scripted_streams& operator=(const scripted_streams&) = delete;

  std::uint16_t number() const { return port_; }
  std::string url() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
  }
  /// To every open socket. These three reach each one that its client knows to be open.
  void tell(const std::string& frame) {
    once_let_in([this, frame] {
      for (const auto& c : open_) say(c, frame);
    });
  }
  /// To every request that got no answer so far.
  void answer_held(const std::string& answer) {
    boost::asio::post(io_, [this, answer] {
      for (const auto& c : std::exchange(held_, {})) answer_to(c, answer);
    });
  }
  /// As if the line had broken.
  void cut() {
    once_let_in([this] {
      for (const auto& c : std::exchange(open_, {})) c->ws->next_layer().next_layer().close();
    });
  }
  void goodbye(const std::string& why) {
    once_let_in([this, why] {
      for (const auto& c : std::exchange(open_, {}))
        c->ws->async_close({boost::beast::websocket::close_code::policy_error, why}, [c](auto) {});
    });
  }
  /// Sockets that were let in so far.
  bool await_sockets(std::size_t n) {
    return await([&] { return sockets_ >= n; });
  }
  bool await_frame(const std::string& part, std::size_t times = 1) {
    return await([&] { return count(frames_, part) >= times; });
  }
  bool await_request(const std::string& start, std::size_t times = 1) {
    return await([&] { return count(targets_, start) >= times; });
  }
  bool await_closed(std::size_t n = 1) {
    return await([&] { return closed_ >= n; });
  }
  std::vector<std::string> frames() {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  std::vector<std::string> targets() {
    const std::lock_guard lock(mutex_);
    return targets_;
  }

 private:
  using tcp = boost::asio::ip::tcp;
  struct connection {
    std::optional<http::wire_stream> plain;
    std::unique_ptr<boost::beast::websocket::stream<http::wire_stream>> ws{};
    boost::beast::flat_buffer in{};
    boost::beast::http::request<boost::beast::http::string_body> asked{};
    std::deque<std::string> out{};
  };
  using ptr = std::shared_ptr<connection>;

  template <class Predicate>
  bool await(Predicate reached) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(15), reached);
  }
  static std::size_t count(const std::vector<std::string>& all, const std::string& part) {
    std::size_t n = 0;
    for (const auto& one : all) n += one.find(part) != std::string::npos ? 1 : 0;
    return n;
  }
  void note(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  /// A client may know that it is let in before this server does.
  void once_let_in(std::function<void()> then) {
    boost::asio::post(io_, [this, then = std::move(then)]() mutable {
      if (entering_ == 0) return then();
      deferred_.push_back(std::move(then));
    });
  }
  void entered() {
    if (--entering_ > 0) return;
    for (const auto& then : std::exchange(deferred_, {})) then();
  }
  void accept() {
    acceptor_.async_accept([this](auto ec, tcp::socket socket) {
      if (ec) return;
      http::stream_socket plain(std::move(socket));
      const auto c = std::make_shared<connection>();
      if (tls_) {
        c->plain.emplace(std::move(plain), tls_);
      } else {
        c->plain.emplace(std::move(plain));
      }
      c->plain->async_handshake([this, c](boost::system::error_code failed) {
        if (!failed) read_request(c);
      });
      accept();
    });
  }
  void read_request(const ptr& c) {
    c->asked = {};
    boost::beast::http::async_read(*c->plain, c->in, c->asked, [this, c](auto ec, std::size_t) {
      if (!ec) serve(c);
    });
  }
  void serve(const ptr& c) {
    const std::string target(c->asked.target().data(), c->asked.target().size());
    const bool upgrade = boost::beast::websocket::is_upgrade(c->asked);
    if (!upgrade) {
      const auto method = c->asked.method_string();
      note([&] { targets_.push_back(std::string(method.data(), method.size()) + " " + target); });
    }
    const auto& ask = upgrade ? says_.refuse : says_.request;
    const auto answer = ask ? ask(target) : std::nullopt;
    if (answer) return answer_to(c, *answer);
    if (!upgrade || says_.silent) return held_.push_back(c);
    c->ws =
        std::make_unique<boost::beast::websocket::stream<http::wire_stream>>(std::move(*c->plain));
    ++entering_;
    c->ws->async_accept(c->asked, [this, c](auto ec) {
      if (!ec) {
        open_.push_back(c);
        note([this] { ++sockets_; });
        read_frame(c);
      }
      entered();
    });
  }
  void answer_to(const ptr& c, const std::string& answer) {
    const auto text = std::make_shared<std::string>(answer);
    boost::asio::async_write(*c->plain, boost::asio::buffer(*text),
                             [this, c, text](auto ec, std::size_t) {
                               if (!ec) read_request(c);
                             });
  }
  void read_frame(const ptr& c) {
    c->ws->async_read(c->in, [this, c](auto ec, std::size_t) {
      if (ec) {
        std::erase(open_, c);
        return note([this] { ++closed_; });
      }
      const std::string text = boost::beast::buffers_to_string(c->in.data());
      c->in.consume(c->in.size());
      note([&] { frames_.push_back(text); });
      if (says_.frame) {
        for (const auto& f : says_.frame(text)) say(c, f);
      }
      read_frame(c);
    });
  }
  void say(const ptr& c, const std::string& frame) {
    c->out.push_back(frame);
    if (c->out.size() == 1) write(c);
  }
  void write(const ptr& c) {
    c->ws->text(true);
    c->ws->async_write(boost::asio::buffer(c->out.front()), [this, c](auto ec, std::size_t) {
      if (ec) return;
      c->out.pop_front();
      if (!c->out.empty()) write(c);
    });
  }

  const script says_;
  const std::shared_ptr<http::tls_context> tls_;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::vector<ptr> open_, held_;                 // on the server's thread
  std::size_t entering_ = 0;                     // on the server's thread: upgrades not yet through
  std::vector<std::function<void()>> deferred_;  // on the server's thread: what waits for them
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t sockets_ = 0, closed_ = 0;       // under mutex_
  std::vector<std::string> frames_, targets_;  // under mutex_
  std::thread thread_;
};

}  // namespace pitwall::test
