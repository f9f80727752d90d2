// Job: a client of OpenSSL's for tests, over TCP: HTTP and WebSocket, trusting one certificate
// alone;
//      every wait has a deadline.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace pitwall::test {

class tls_client {
 public:
  using code = boost::system::error_code;
  using answer = boost::beast::http::response<boost::beast::http::string_body>;
  static constexpr std::chrono::seconds patience{20};

  /// How it went is in `failure`. `most`: the newest version of TLS that it speaks; 0: all.
  tls_client(std::uint16_t port, const std::filesystem::path& trusted, int most = 0) {
    context_.load_verify_file(trusted.string());
    context_.set_verify_mode(boost::asio::ssl::verify_peer);
    if (most != 0) {
      // What Debian no longer offers by itself a client may still ask for.
      SSL_CTX_set_cipher_list(context_.native_handle(), "ALL:@SECLEVEL=0");
      SSL_CTX_set_min_proto_version(context_.native_handle(), most);
      SSL_CTX_set_max_proto_version(context_.native_handle(), most);
    }
    stream_.emplace(io_, context_);
    stream_->set_verify_callback(boost::asio::ssl::host_name_verification("localhost"));
    SSL_set_tlsext_host_name(stream_->native_handle(), "localhost");
    stream_->next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
    failure = wait(
        [&](auto done) { stream_->async_handshake(boost::asio::ssl::stream_base::client, done); });
  }

  std::string version() { return SSL_get_version(stream_->native_handle()); }
  answer ask(boost::beast::http::verb method, const std::string& target, const std::string& token,
             const std::string& body = {}, bool keep_alive = true) {
    boost::beast::http::request<boost::beast::http::string_body> asked(method, target, 11, body);
    asked.set(boost::beast::http::field::host, "localhost");
    if (!token.empty()) asked.set(boost::beast::http::field::authorization, "Bearer " + token);
    asked.keep_alive(keep_alive);
    asked.prepare_payload();
    failure = wait([&](auto done) { boost::beast::http::async_write(*stream_, asked, done); });
    answer out;
    if (!failure) {
      failure =
          wait([&](auto done) { boost::beast::http::async_read(*stream_, buffer_, out, done); });
    }
    return out;
  }
  void send(const std::string& text) {
    failure = wait(
        [&](auto done) { boost::asio::async_write(*stream_, boost::asio::buffer(text), done); });
  }
  /// All up to there.
  std::string read_until(const std::string& mark) {
    std::size_t size = 0;
    failure = wait([&](auto done) {
      boost::asio::async_read_until(*stream_, boost::asio::dynamic_buffer(text_), mark,
                                    [&size, done](code ec, std::size_t n) {
                                      size = n;
                                      done(ec);
                                    });
    });
    std::string front = text_.substr(0, size);
    text_.erase(0, size);
    return front;
  }
  /// What comes after all was read: `eof` where the server has said that it is the end.
  code end() {
    char byte = 0;
    return wait([&](auto done) { stream_->async_read_some(boost::asio::buffer(&byte, 1), done); });
  }

  bool upgrade(const std::string& target, const std::string& origin = {}) {
    ws_.emplace(*stream_);
    if (!origin.empty()) {
      ws_->set_option(boost::beast::websocket::stream_base::decorator(
          [origin](boost::beast::websocket::request_type& r) {
            r.set(boost::beast::http::field::origin, origin);
          }));
    }
    failure = wait([&](auto done) { ws_->async_handshake("localhost", target, done); });
    return !failure;
  }
  void say(const std::string& text) {
    ws_->text(true);
    failure = wait([&](auto done) { ws_->async_write(boost::asio::buffer(text), done); });
  }
  std::optional<std::string> hear() {
    boost::beast::flat_buffer in;
    failure = wait([&](auto done) { ws_->async_read(in, done); });
    if (failure) return {};
    return boost::beast::buffers_to_string(in.data());
  }
  unsigned close_code() const { return ws_->reason().code; }

  code failure;

 private:
  template <class Start>
  code wait(Start start) {
    std::optional<code> out;
    start([&out](code ec, auto...) { out = ec; });
    io_.restart();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!out && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    if (!out) throw std::runtime_error("nothing came within the deadline");
    return *out;
  }

  using tls_stream = boost::beast::ssl_stream<boost::asio::ip::tcp::socket>;

  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::optional<tls_stream> stream_;
  boost::beast::flat_buffer buffer_;
  std::string text_;
  std::optional<boost::beast::websocket::stream<tls_stream&>> ws_;
};

}  // namespace pitwall::test
