// Job: accepts connections of one protocol and makes sessions of them.
// Threads: the engine's I/O thread.
// Errors: a failing accept (mostly: out of file descriptors) is logged once and tried again with a
//      growing pause; it never ends the listener.
// Bounds: beyond max_connections another one is closed (engine::make_room), or the new one told so
//      and closed; on TCP earlier, by what is kept for the Unix socket.
// Tests: tests/net/session_test.cpp
#pragma once

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <string>
#include <type_traits>

#include "net/server/session.hpp"

namespace pitwall::http {

template <class Protocol>
class listener final : public listener_base {
 public:
  using acceptor = asio::basic_socket_acceptor<Protocol>;

  /// `tls`: null to speak in the clear.
  listener(engine& home, acceptor a, std::shared_ptr<tls_context> tls = nullptr)
      : home_(home), acceptor_(std::move(a)), tls_(std::move(tls)), pause_(home.io()) {}

  void start() override { accept(); }

  void close() override {
    closed_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void accept() {
    if (closed_) return;
    acceptor_.async_accept([this](boost::system::error_code ec, typename Protocol::socket socket) {
      if (ec == asio::error::operation_aborted) return;
      if (ec) return back_off(ec.message());
      try {
        admit(std::move(socket));
      } catch (const std::exception& failure) {
        return back_off(failure.what());
      }
      wait_ = shortest_wait;
      accept();
    });
  }

  void admit(typename Protocol::socket socket) {
    if (home_.make_room(where)) {
      auto from = caller_of(socket);
      stream_socket plain(std::move(socket));
      auto stream = tls_ ? wire_stream(std::move(plain), tls_) : wire_stream(std::move(plain));
      std::make_shared<session<wire_stream>>(home_, std::move(stream), std::move(from))->start();
      return;
    }
    if (tls_) return;  // What it would say in the clear no client would understand.
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(no_room_text(home_.places(where))), ignored);
  }

  static caller caller_of(const typename Protocol::socket& socket) {
    caller from{where};
    if constexpr (where == door::open) {
      boost::system::error_code gone;
      from.address = socket.remote_endpoint(gone).address().to_string();
    }
    return from;
  }

  void back_off(const std::string& why) {
    if (wait_ == shortest_wait) {
      home_.log(log_level::warning, "cannot accept connections: " + why);
    }
    pause_.expires_after(wait_);
    wait_ = std::min(wait_ * 2, longest_wait);
    pause_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) accept();
    });
  }

  static constexpr door where =
      std::is_same_v<Protocol, asio::local::stream_protocol> ? door::for_owner : door::open;
  static constexpr milliseconds shortest_wait{10};
  static constexpr milliseconds longest_wait{1'000};

  engine& home_;
  acceptor acceptor_;
  const std::shared_ptr<tls_context> tls_;
  asio::steady_timer pause_;
  milliseconds wait_ = shortest_wait;
  bool closed_ = false;
};

}  // namespace pitwall::http
