#include "net/client/web_socket.hpp"

#include <atomic>
#include <future>

#include "net/client/io_thread.hpp"
#include "net/client/lasting_socket.hpp"
#include "net/client/trust.hpp"
#include "net/server/tls_files.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/scripted_streams.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall {

using test::scripted_streams;

namespace {

std::vector<std::string> echo(const std::string& frame) { return {"echo " + frame}; }

/// What a connection was told, in order.
class heard {
 public:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// The n-th, from 1.
  std::string at(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(15), [&] { return all_.size() >= n; }))
      return "nothing came";
    return all_[n - 1];
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

web_socket_options to(const scripted_streams& s) {
  web_socket_options o;
  o.at.host = "127.0.0.1";
  o.at.port = s.number();
  o.host = "127.0.0.1";
  return o;
}

struct client {
  explicit client(const web_socket_options& o, std::string target = "/ws") {
    home.post([this, o, target] {
      socket =
          web_socket_client::start(home.io(), o, {target, {{"X-Test", "1"}}},
                                   {[this] { told.note("opened"); },
                                    [this](std::string_view text) { told.note(std::string(text)); },
                                    [this](const error& why) {
                                      code = why.code;
                                      retry_after_ms = why.retry_after_ms;
                                      told.note("closed: " + why.message);
                                    }});
    });
  }
  ~client() { home.stop(); }
  void send(const std::string& text) {
    home.post([this, text] { socket->send(text); });
  }

  heard told;
  std::atomic<errc> code{};
  std::atomic<std::uint32_t> retry_after_ms = 0;
  io_thread home;
  std::shared_ptr<web_socket_client> socket;
};

}  // namespace

TEST_CASE("frames go out and come in, in order", "[web_socket]") {
  scripted_streams s({{}, {}, echo});
  client c(to(s));
  CHECK(c.told.at(1) == "opened");
  for (int i = 0; i < 50; ++i) c.send(std::to_string(i));
  for (int i = 0; i < 50; ++i)
    CHECK(c.told.at(2 + static_cast<std::size_t>(i)) == "echo " + std::to_string(i));
  c.home.post([&] { c.socket->close(); });
  CHECK(s.await_closed());
  CHECK(c.told.count() == 51);
}

TEST_CASE("a server under TLS has to be the one that is trusted", "[web_socket]") {
  test::temp_directory dir;
  const auto own = test::make_certificate(dir.path(), "own");
  const auto tls = http::open_tls({own.certificate, own.key});
  REQUIRE(tls.ok());
  scripted_streams s({{}, {}, echo}, *tls);
  auto o = to(s);
  o.at.trust = open_trust(own.certificate).value();
  client good(o);
  CHECK(good.told.at(1) == "opened");
  good.send("x");
  CHECK(good.told.at(2) == "echo x");
  o.at.trust = open_trust({}).value();
  client bad(o);
  CHECK(bad.told.at(1).starts_with("closed: "));
  CHECK(bad.code == errc::unavailable);
}

TEST_CASE("how a connection ends is told once, with the reason", "[web_socket]") {
  scripted_streams s({{}, {}, {}});
  client cut(to(s)), left(to(s));
  CHECK(cut.told.at(1) == "opened");
  CHECK(left.told.at(1) == "opened");
  REQUIRE(s.await_sockets(2));
  s.goodbye("enough");
  CHECK(left.told.at(2) == "closed: the server closed the stream with 1008: enough");
  client again(to(s));
  CHECK(again.told.at(1) == "opened");
  REQUIRE(s.await_sockets(3));
  s.cut();
  CHECK(again.told.at(2).starts_with("closed: the stream broke: "));
  CHECK(again.told.count() == 2);
}

TEST_CASE("an upgrade may be refused, and how is told", "[web_socket]") {
  scripted_streams s({{},
                      [](const std::string& target) -> std::optional<std::string> {
                        return target == "/busy"
                                   ? test::http_answer(429, "{}", "Retry-After: 7\r\n")
                               : target == "/down" ? test::http_answer(503, "{}")
                                                   : test::http_answer(404, "{}");
                      },
                      {}});
  client busy(to(s), "/busy"), down(to(s), "/down"), none(to(s), "/none");
  CHECK(busy.told.at(1) == "closed: the server answered 429 to a WebSocket");
  CHECK(busy.code == errc::resource_exhausted);
  CHECK(busy.retry_after_ms == 7'000);
  CHECK(down.told.at(1).starts_with("closed: the server answered 503"));
  CHECK(down.code == errc::unavailable);
  CHECK(none.told.at(1).starts_with("closed: "));
  CHECK(none.code == errc::invalid_argument);
}

TEST_CASE("a server that does not answer in time, or falls silent, is left", "[web_socket]") {
  scripted_streams silent({{}, {}, {}, true});
  auto o = to(silent);
  o.connect_patience = milliseconds(50);
  client c(o);
  CHECK(c.told.at(1).starts_with("closed: "));
  CHECK(c.code == errc::unavailable);

  // Its thread is busy: not even pings are answered.
  std::promise<void> go_on;
  scripted_streams busy({{}, {}, [&](const std::string&) {
                           go_on.get_future().wait();
                           return std::vector<std::string>{};
                         }});
  o = to(busy);
  o.silence = milliseconds(100);
  client waits(o);
  CHECK(waits.told.at(1) == "opened");
  waits.send("x");
  CHECK(waits.told.at(2) == "closed: nothing was heard for 100 ms");
  go_on.set_value();
}

TEST_CASE("neither what comes nor what waits to go is without bound", "[web_socket]") {
  scripted_streams s({{}, {}, [](const std::string&) {
                        return std::vector<std::string>{std::string(2'000, 'x')};
                      }});
  auto o = to(s);
  o.max_message_bytes = 1'000;
  o.max_queue_bytes = 10'000;
  client c(o);
  CHECK(c.told.at(1) == "opened");
  c.send("x");
  CHECK(c.told.at(2) == "closed: a message was larger than 1000 bytes");
  client talks(o);
  CHECK(talks.told.at(1) == "opened");
  talks.send(std::string(10'001, 'x'));
  CHECK(talks.told.at(2) == "closed: the server does not read what is sent to it");
}

TEST_CASE("a lasting socket comes back, until it is stopped", "[web_socket]") {
  scripted_streams s({{}, {}, echo});
  heard told;
  std::atomic<int> prepared = 0;
  io_thread home;
  const auto socket = lasting_socket::start(
      home.io(), to(s), {milliseconds(10), milliseconds(50), milliseconds(10'000)},
      {[&](const lasting_socket::prepared& then) {
         // The first preparation fails.
         if (prepared++ == 0) return then(error{errc::unavailable, "no key", {}, {}});
         then(web_socket_request{"/ws", {}});
       },
       [&] { told.note("opened"); }, [&](std::string_view text) { told.note(std::string(text)); },
       [&](const error& why) { told.note("lost: " + why.message); }});
  CHECK(told.at(1) == "lost: no key");
  CHECK(told.at(2) == "opened");
  REQUIRE(s.await_sockets(1));
  s.cut();
  CHECK(told.at(3).starts_with("lost: "));
  CHECK(told.at(4) == "opened");
  home.post([&] { socket->renew({errc::unavailable, "a gap", {}, {}}); });
  CHECK(told.at(5) == "lost: a gap");
  CHECK(told.at(6) == "opened");
  home.post([&] { socket->send("x"); });
  CHECK(told.at(7) == "echo x");
  CHECK(prepared == 4);
  home.post([&] { socket->stop(); });
  CHECK(s.await_closed(3));
  home.stop();
  CHECK(told.count() == 7);
}

}  // namespace pitwall
