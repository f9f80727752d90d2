// Outgoing connections: whom they reach, and what is said where they do not. Real servers.
#include "net/client/dialer.hpp"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <fstream>
#include <thread>

#include "net/client/host_client.hpp"
#include "net/client/trust.hpp"
#include "net/server/tls_files.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::optional<std::string> says_target(const std::string& target) {
  return http_answer(200, target);
}

std::shared_ptr<http::tls_context> speaks_as(const made_certificate& c) {
  return http::open_tls({c.certificate, c.key}).value();
}

std::string at(const std::string& host, const scripted_server& server) {
  return "https://" + host + ":" + server.port();
}

/// The answer's body, or why there is none.
std::string asked(const std::string& url, const std::filesystem::path& ca_file) {
  const auto client = host_client::over(url, {}, ca_file);
  if (!client.ok()) return client.error().message;
  const auto reply = client->request("GET", "/hello");
  if (reply.ok()) return reply->body;
  CHECK(reply.error().code == errc::unavailable);
  CHECK_FALSE(reply.error().remedy.empty());
  return reply.error().message;
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

/// Takes one connection, and answers whatever comes in the clear.
class plain_server {
 public:
  ~plain_server() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // It may wait for a client yet.
    thread_.join();
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

 private:
  using tcp = boost::asio::ip::tcp;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_{[this] {
    boost::system::error_code none;
    auto peer = acceptor_.accept(none);
    if (none) return;
    std::array<char, 64> bytes{};
    peer.read_some(boost::asio::buffer(bytes));
    boost::asio::write(peer, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")));
  }};
};

struct outcome {
  std::optional<result<http::wire_stream>> got;
  int words = 0;
};

/// Dials until there is a word, or nothing left to do.
outcome dial(wire_place to) {
  outcome out;
  boost::asio::io_context io;
  dialer::start(io, std::move(to), [&](result<http::wire_stream> r) {
    ++out.words;
    out.got.emplace(std::move(r));
  });
  io.run_for(std::chrono::seconds(20));
  // It must not outlive its context.
  if (out.got && out.got->ok())
    out.got = result<http::wire_stream>(error{errc::internal, "open", {}, {}});
  return out;
}

}  // namespace

TEST_CASE("a server is believed by its own certificate, or by that of who issued it", "[dialer]") {
  temp_directory d;
  const auto ca = make_certificate(d.path(), "ca");
  certificate_words words;
  words.issuer = &ca;
  const auto mine = make_certificate(d.path(), "mine", words);
  scripted_server server(says_target, speaks_as(mine));
  for (const char* host : {"localhost", "127.0.0.1"}) {
    CHECK(asked(at(host, server), ca.certificate) == "/hello");
    CHECK(asked(at(host, server), mine.certificate) == "/hello");
  }
}

TEST_CASE("a certificate that proves nothing is refused, and it is said why", "[dialer]") {
  temp_directory d;
  const auto trusted = make_certificate(d.path(), "trusted");
  const auto refused = [&](certificate_words words, const std::string& host = "localhost") {
    const auto mine = make_certificate(d.path(), "mine", words);
    scripted_server server(says_target, speaks_as(mine));
    const auto why = asked(at(host, server), words.issuer ? trusted.certificate : mine.certificate);
    CHECK(server.arrived("/") == (why == "/hello" ? 1 : 0));
    return why;
  };
  certificate_words words;
  words.issuer = &trusted;
  CHECK(refused(words) == "/hello");
  words.names = "DNS:desk.example,DNS:localhost.desk.example,IP:127.0.0.2";
  CHECK(has(refused(words), "is not for localhost"));
  CHECK(has(refused(words, "127.0.0.1"), "is not for 127.0.0.1"));
  words = {.from_s = -7'200, .until_s = -3'600, .issuer = &trusted};
  CHECK(has(refused(words), "has expired"));
  words = {.from_s = 3'600, .until_s = 7'200, .issuer = &trusted};
  CHECK(has(refused(words), "not valid yet"));
  const auto stranger = make_certificate(d.path(), "stranger");
  scripted_server server(says_target, speaks_as(stranger));
  CHECK(has(asked(at("localhost", server), trusted.certificate), "nobody trusted here"));
  CHECK(has(asked(at("localhost", server), {}), "nobody trusted here"));
  CHECK(server.arrived("/") == 0);
}

TEST_CASE("what does not speak TLS, or only an old one, is told apart", "[dialer]") {
  temp_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  {
    plain_server plain;
    CHECK(has(asked("https://localhost:" + plain.port(), mine.certificate), "does not speak TLS"));
  }
  const auto old = speaks_as(mine);
  SSL_CTX_set_cipher_list(old->native_handle(), "ALL:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_1_VERSION);
  scripted_server behind(says_target, old);
  CHECK(has(asked(at("localhost", behind), mine.certificate), "no TLS from 1.2 on"));
  scripted_server secure(says_target, speaks_as(mine));
  const auto in_the_clear = host_client::over("http://localhost:" + secure.port(), {}, {});
  const auto reply = in_the_clear.value().request("GET", "/hello");
  REQUIRE_FALSE(reply.ok());
  CHECK(has(reply.error().to_string(), "https://"));
}

TEST_CASE("where nobody is, the connection says what failed", "[dialer]") {
  std::uint16_t gone = 0;
  { gone = scripted_server(says_target).number(); }
  auto out = dial({.host = "127.0.0.1", .port = gone});
  REQUIRE(out.got);
  CHECK(out.words == 1);
  CHECK(has(out.got->error().message, "cannot connect to 127.0.0.1:" + std::to_string(gone)));
  out = dial({.host = "nowhere.invalid", .port = gone});
  REQUIRE(out.got);
  CHECK(has(out.got->error().message, "nowhere.invalid cannot be resolved"));
  CHECK(out.got->error().code == errc::unavailable);
}

TEST_CASE("localhost and what is under it is this machine, where no resolver knows", "[dialer]") {
  scripted_server server(says_target);
  for (const char* host : {"localhost", "LocalHost.", "desk.localhost"})
    CHECK(dial({.host = host, .port = server.number()}).got->error().message == "open");
  for (const char* host : {"mylocalhost.invalid", "localhost.invalid", "desk.localhosts.invalid"})
    CHECK(has(dial({.host = host, .port = server.number()}).got->error().message, "be resolved"));
}

TEST_CASE("an address that is not admitted is never connected to, whatever its name", "[dialer]") {
  scripted_server server(says_target);
  std::vector<std::string> looked_at;
  wire_place to{.host = "localhost", .port = server.number()};
  to.admits = [&](const boost::asio::ip::address& a) {
    looked_at.push_back(a.to_string());
    return a.is_loopback() ? status(error{errc::failed_precondition, "not there", {}, {}})
                           : status(done{});
  };
  const auto out = dial(to);
  REQUIRE(out.got);
  CHECK(out.got->error() == error{errc::failed_precondition, "not there", {}, {}});
  CHECK_FALSE(looked_at.empty());
  CHECK(server.open() == 0);
  to.admits = [](const boost::asio::ip::address& a) {
    return a.is_v4() ? status(done{}) : status(error{errc::failed_precondition, "no", {}, {}});
  };
  CHECK(dial(to).got->error().message == "open");
}

TEST_CASE("who cancels hears nothing more, and leaves nothing open", "[dialer]") {
  scripted_server plain(says_target);
  boost::asio::io_context io;
  int words = 0;
  const auto count = [&](const auto&) { ++words; };
  dialer::start(io, {.host = "localhost", .port = plain.number()}, count)->cancel();
  // Within the handshake: a server in the clear waits for a whole request.
  const auto mute = dialer::start(
      io, {.host = "127.0.0.1", .port = plain.number(), .trust = open_trust({}).value()}, count);
  std::thread cut([&] {
    plain.await_open(1);
    boost::asio::post(io, [&] { mute->cancel(); });
  });
  const auto work = boost::asio::make_work_guard(io);
  // Until nobody else holds it.
  while (mute.use_count() > 1 && io.run_one_for(std::chrono::seconds(10)) > 0) continue;
  cut.join();
  CHECK(words == 0);
  CHECK(mute.use_count() == 1);
  CHECK(plain.await_open(0));
}

TEST_CASE("a CA file that holds none is an error that names it", "[dialer]") {
  temp_directory d;
  std::ofstream(d / "empty");
  std::ofstream(d / "text") << "no certificate";
  for (const auto& [file, code] : {std::pair{"none", errc::io_error},
                                   {"empty", errc::io_error},
                                   {"text", errc::invalid_argument}}) {
    const auto opened = open_trust(d / file);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == code);
    CHECK(opened.error().where == (d / file).string());
  }
}

TEST_CASE("a token leaves under TLS, and in the clear for this machine alone", "[dialer]") {
  temp_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  scripted_server secure(says_target, speaks_as(mine)), plain(says_target);
  const std::string token = "pw_SECRET";
  const auto has_token = [](scripted_server& s) {
    return s.heads().at(0).find("Authorization: Bearer pw_SECRET\r\n") != std::string::npos;
  };
  CHECK(host_client::over(secure.url(), token, mine.certificate)->request("GET", "/").ok());
  CHECK(has_token(secure));
  CHECK(host_client::over(plain.url(), token, {})->request("GET", "/").ok());
  CHECK(has_token(plain));
  for (const char* elsewhere : {"http://desk.example", "http://10.0.0.1:8080", "http://[::2]",
                                "http://localhost.evil.example"}) {
    const auto refused = host_client::over(elsewhere, token, {});
    REQUIRE_FALSE(refused.ok());
    CHECK(has(refused.error().message, "in the clear"));
    CHECK(refused.error().to_string().find("SECRET") == std::string::npos);
    CHECK(host_client::over(elsewhere, {}, {}).ok());
  }
  CHECK_FALSE(host_client::over("https://desk.example/api", token, {}).ok());
  CHECK_FALSE(host_client::over("desk.example", token, {}).ok());
  CHECK_FALSE(host_client::over("http://localhost", {}, mine.certificate).ok());
}
