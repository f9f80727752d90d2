// /ws over real sockets.
#include <future>
#include <random>
#include <thread>

#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/plain_http.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::string everything = R"({"op":"subscribe","all":true,"after":)";

std::uint64_t seq_of(const value& frame, std::string_view name = "seq") {
  const value* member = frame.find(name);
  if (member == nullptr)
    throw std::runtime_error("no " + std::string(name) + ": " + to_json(frame));
  return static_cast<std::uint64_t>(member->as_number().to_int().value());
}

struct live_server : server_fixture {
  using server_fixture::server_fixture;

  stream_client open(const stream_client::dialing& how = {}) const {
    return stream_client(server->port(), "/ws", how);
  }
  /// The greeting is heard, and a subscription asked for.
  struct following : stream_client {
    following(std::uint16_t port, std::uint64_t after, const dialing& how)
        : stream_client(port, "/ws", how) {
      REQUIRE(connected());
      CHECK(text_at(hear_json(), "op") == "connected");
      say(everything + std::to_string(after) + "}");
    }
  };
  following follow(std::uint64_t after, const stream_client::dialing& how = {}) const {
    return following(server->port(), after, how);
  }
};

/// Reads events up to `last`; what came, in order.
std::vector<std::uint64_t> events_to(stream_client& c, std::uint64_t last) {
  std::vector<std::uint64_t> seen;
  while (seen.empty() || seen.back() < last) {
    const auto v = c.hear_json();
    if (const auto* e = v.find("event")) seen.push_back(seq_of(*e));
  }
  return seen;
}
std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> out;
  for (; first <= last; ++first) out.push_back(first);
  return out;
}

}  // namespace

TEST_CASE("a client on TCP and one on the Unix socket hear the same") {
  live_server f;
  f.host.publish(3);
  stream_client unix_client(f.socket, "/ws");
  auto tcp_client = f.open();
  for (stream_client* c : {&unix_client, &tcp_client}) {
    REQUIRE(c->connected());
    const auto hello = c->hear_json();
    CHECK(text_at(hello, "op") == "connected");
    CHECK(text_at(hello, "epoch") == "epoch1");
    CHECK(*hello.find("auth_required") == value(false));
    CHECK(seq_of(hello, "last_seq") == 3);
    c->say(everything + "1,\"id\":\"s\"}");
    const auto subscribed = c->hear_json();
    CHECK((text_at(subscribed, "op") == "subscribed" && text_at(subscribed, "id") == "s"));
    CHECK(seq_of(*c->hear_json().find("event")) == 2);
    CHECK(seq_of(*c->hear_json().find("event")) == 3);
    CHECK(seq_of(c->hear_json()) == 3);  // caught_up
  }
  f.host.publish(1);
  const auto one = unix_client.hear();
  CHECK(one == tcp_client.hear());
  const std::string head = R"({"op":"event","event":)";
  CHECK(*one == head +
                    f.get("/api/v1/events?after=3").body.substr(11, one->size() - head.size() - 1) +
                    "}");
}

TEST_CASE("a frame may come in parts, and wrong ones are answered or end the connection") {
  live_server f;
  auto c = f.open();
  c.hear();
  c.say_part(R"({"op":"pi)", false);
  c.say_part(R"(ng","id":)", false);
  c.say_part("1}", true);
  const auto pong = c.hear_json();
  CHECK((text_at(pong, "op") == "pong" && seq_of(pong, "id") == 1));
  c.say("{");
  CHECK(text_at(c.hear_json(), "code") == "bad_json");
  c.say("\xff\xfe");
  c.hear_out();
  CHECK(c.close_code() == 1007);
  auto binary = f.open();
  binary.say(R"({"op":"ping"})", false);
  binary.hear_out();
  CHECK(binary.close_code() == 1003);
  auto large = f.open();
  large.say(std::string(live::max_frame_bytes + 1, ' '));
  large.hear_out();
  CHECK(large.close_code() == 1009);
}

TEST_CASE("who asks too much is closed with 4029") {
  live::live_options few;
  few.socket.messages_a_second = 5;
  live_server f({}, few);
  auto c = f.open();
  for (int i = 0; i < 200; ++i) {
    if (c.say(R"({"op":"ping"})")) break;
  }
  c.hear_out();
  CHECK(c.close_code() == 4029);
}

TEST_CASE("on TCP, Host and Origin must be of this machine") {
  live_server f;
  CHECK(f.open({.host = "127.0.0.1:8080"}).connected());
  CHECK(f.open({.host = "[::1]", .origin = "http://localhost:3000"}).connected());
  CHECK(f.open({.host = "rebound.example"}).status() == 403);
  CHECK(f.open({.origin = "https://site.example"}).status() == 403);
  CHECK(f.open({.origin = "null"}).status() == 403);
  const auto get = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return ask_port(f.server->port(), {"GET", "/livez", {}, std::move(headers)}).status;
  };
  CHECK(get({}) == 200);
  CHECK(get({{"Origin", "http://localhost:1"}}) == 200);
  CHECK(get({{"Origin", "http://rebound.example"}}) == 403);
  CHECK(get({{"Host", "rebound.example"}}) == 400);  // The second one.
}

TEST_CASE("/ws without an upgrade says what it is for") {
  live_server f;
  const auto r = f.get("/ws");
  CHECK(r.status == 426);
  CHECK(text_at(json_of(r), "remedy").find("WebSocket") != std::string::npos);
}

TEST_CASE("clients are fewer than connections, and their places come free again") {
  server_options options;
  options.max_streams = 2;
  live_server f(options);
  auto one = std::make_unique<stream_client>(f.server->port(), "/ws");
  auto two = f.open();
  CHECK((one->connected() && two.connected()));
  CHECK(f.open().status() == 429);
  CHECK(stream_client(f.socket, "/ws").connected());  // Another door.
  CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"halt"})").status == 200);
  one.reset();
  bool again = false;
  for (int i = 0; i < 10'000 && !again; ++i) again = f.open().connected();
  CHECK(again);
}

TEST_CASE("commands go through the host's own handlers") {
  live_server f;
  auto c = f.open();
  c.hear();
  c.say(R"({"op":"emergency","action":"halt","scope":"bot:b","reason":"r","id":1})");
  const auto halted = c.hear_json();
  CHECK(text_at(halted, "op") == "emergency");
  CHECK((text_at(halted, "state") == "halt" && text_at(halted, "result") == "done"));
  CHECK(seq_of(halted, "id") == 1);
  CHECK((f.host.commanded.scope == "bot:b" && f.host.commanded.reason == "r"));
  c.say(R"({"op":"emergency","action":"explode","id":2})");
  CHECK(text_at(c.hear_json(), "code") == "invalid_argument");
  c.say(R"({"op":"state","kind":"host","id":3})");
  const auto state = c.hear_json();
  CHECK((text_at(state, "op") == "state" && text_at(*state.find("state"), "status") == "ok"));
  c.say(R"({"op":"state","kind":"execution","id":"exec_none"})");
  const auto none = c.hear_json();
  CHECK((text_at(none, "code") == "not_found" && text_at(none, "id") == "exec_none"));
  c.say(R"({"op":"stats"})");
  CHECK(seq_of(c.hear_json(), "connections") == 1);
}

TEST_CASE("there are heartbeats, and who answers no ping is gone") {
  live::live_options often;
  often.heartbeat = milliseconds(50);
  often.socket.ping_every = milliseconds(1'000);  // Who answers has as long, on a busy machine too.
  often.socket.messages_a_second = 1'000;
  live_server f({}, often);
  auto silent = f.open();
  auto c = f.follow(0);
  std::size_t beats = 0;
  while (beats < 3 || c.pings < 5) beats += text_at(c.hear_json(), "op") == "heartbeat" ? 1 : 0;
  silent.hear_out();
  CHECK(silent.failure);
  CHECK(silent.pings <= 3);
  CHECK(f.log.has("silent"));
  CHECK(c.hear());
}

TEST_CASE("behind the answer to a client's goodbye nothing follows") {
  live_server f;
  raw_client c(f.socket);
  c.send(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: cGl0d2FsbC12aWV3ZXItMQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  CHECK(c.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  // Masked with zeros.
  const auto say = [&](char opcode, const std::string& text) {
    c.send(std::string{opcode, static_cast<char>(0x80U | text.size()), 0, 0, 0, 0} + text);
  };
  say('\x81', everything + "0}");
  c.read_until("caught_up");
  // More than the socket holds: a write is under way, and the next one waits.
  f.host.publish(5'000);
  say('\x88', "\x03\xe8");
  const std::string heard = c.read_to_end();
  std::size_t at = heard.find('}') + 1;  // Of caught_up.
  std::vector<unsigned char> opcodes;
  while (at + 2 <= heard.size()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(heard.at(at + i)); };
    opcodes.push_back(byte(0));
    const std::size_t length = byte(1) == 126 ? byte(2) * 256U + byte(3) + 2U : byte(1);
    at += 2 + length;
  }
  CHECK(at == heard.size());
  REQUIRE_FALSE(opcodes.empty());
  CHECK(opcodes.back() == 0x88);
  CHECK(std::count(opcodes.begin(), opcodes.end(), 0x88) == 1);
}

TEST_CASE("a host that stops says so") {
  live_server f;
  auto c = f.follow(0);
  c.hear();
  auto stopped = std::async(std::launch::async, [&] { f.server->stop(); });
  c.hear_out();
  CHECK(c.close_code() == 1001);
  stopped.get();
  CHECK_FALSE(f.log.has("did not end in time"));
}

TEST_CASE("a live client that does not read is cut off with 4008, and the others hear everything") {
  live::live_options small;
  small.recent.events = 500;
  small.queue_frames = 100;
  live_server f({}, small);
  auto lazy = f.follow(0, {.receive_buffer = 4'096});
  CHECK(text_at(lazy.hear_json(), "op") == "subscribed");
  CHECK(text_at(lazy.hear_json(), "op") == "caught_up");
  std::atomic<std::uint64_t> heard = 0;
  std::vector<std::uint64_t> seen;
  auto other = f.follow(0);
  std::atomic<bool> enough = false;
  std::thread reader([&] {
    while (!enough || heard < f.host.published_head()) {
      const auto v = other.hear_json();
      if (const auto* e = v.find("event")) {
        seen.push_back(seq_of(*e));
        heard = seen.back();
      }
    }
  });
  while (!f.log.has("4008")) {
    f.host.publish(50);
    // As fast as the one who reads, not faster.
    while (heard + 200 < f.host.published_head()) std::this_thread::yield();
    REQUIRE(f.host.published_head() < 1'000'000);
  }
  enough = true;
  f.host.publish(1);
  reader.join();
  CHECK(seen == range(1, f.host.published_head()));
  // It reads on: what was on its way, the reason, and from there what it has missed.
  std::uint64_t last = 0;
  while (const auto text = lazy.hear()) {
    const auto v = parse_json(*text).value();
    if (const auto* e = v.find("event")) CHECK(seq_of(*e) == ++last);
  }
  CHECK(lazy.close_code() == 4008);
  CHECK(lazy.close_reason() == "too slow: resume with after " + std::to_string(last));
  auto again = f.follow(last);
  CHECK(events_to(again, f.host.published_head()) == range(last + 1, f.host.published_head()));
}

TEST_CASE("who asks on without reading the answers is cut off") {
  live::live_options small;
  small.queue_bytes = 16U << 10U;
  small.socket.messages_a_second = 1'000'000;
  live_server f({}, small);
  const std::string ping = R"({"op":"ping","id":")" + std::string(250, 'x') + "\"}";
  auto honest = f.open();
  honest.hear();
  // Far more than may wait, but it reads.
  for (int i = 0; i < 500; ++i) {
    honest.say(ping);
    REQUIRE(text_at(honest.hear_json(), "op") == "pong");
  }
  auto lazy = f.open({.receive_buffer = 4'096});
  for (int i = 0; i < 20'000 && !f.log.has("4008"); ++i) {
    if (lazy.say(ping)) break;
  }
  REQUIRE(f.log.has("4008"));
  lazy.hear_out();
  CHECK(lazy.close_code() == 4008);
  honest.say(ping);
  CHECK(text_at(honest.hear_json(), "op") == "pong");
}

TEST_CASE("a replaying client that reads nothing at all is cut off too") {
  live::live_options quick;
  quick.socket.write_timeout = milliseconds(50);
  quick.slow_goodbye = milliseconds(10);
  live_server f({}, quick);
  f.host.publish(30'000);
  auto lazy = f.follow(0, {.receive_buffer = 4'096});
  CHECK(f.log.await("4008"));
  auto other = f.follow(29'000);
  CHECK(events_to(other, 30'000) == range(29'001, 30'000));
}

TEST_CASE("clients that break off at random and resume see every event once") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  live::live_options small;
  small.recent.events = 300;
  live_server f({}, small);
  f.host.log.most_scanned = 70;
  constexpr std::uint64_t all = 20'000;
  std::thread publisher([&] {
    std::mt19937 random(seed);
    while (f.host.published_head() < all) {
      f.host.publish(std::min<std::uint64_t>(1 + random() % 40, all - f.host.published_head()));
      if (random() % 4 == 0) f.get("/livez");  // A round through the server, instead of a sleep.
    }
  });
  std::vector<std::vector<std::uint64_t>> seen(3);
  std::atomic<std::size_t> connections = 0;
  std::vector<std::thread> readers;
  for (std::size_t who = 0; who < seen.size(); ++who) {
    readers.emplace_back([&, who] {
      std::mt19937 random(seed + static_cast<unsigned>(who) + 1);
      auto& mine = seen[who];
      while (mine.empty() || mine.back() < all) {
        stream_client c(f.server->port(), "/ws");
        ++connections;
        c.hear();
        const auto after = mine.empty() ? 0 : mine.back();
        c.say(everything + std::to_string(after) + ",\"epoch\":\"epoch1\"}");
        for (auto left = random() % 300; left > 0 && (mine.empty() || mine.back() < all); --left) {
          const auto text = c.hear();
          if (!text) break;
          const auto v = parse_json(*text).value();
          if (const auto* e = v.find("event")) mine.push_back(seq_of(*e));
        }
      }
    });
  }
  publisher.join();
  for (auto& r : readers) r.join();
  for (const auto& mine : seen) CHECK(mine == range(1, all));
  CHECK(connections > 300);
}

TEST_CASE("large events reach one who reads late, whole and in order") {
  live_server f;
  auto c = f.follow(0);
  const event_scope large{"exec_a", "a", "", std::string(100'000, 's')};
  for (int i = 0; i < 50; ++i) {
    f.host.publish(1, large);
    f.host.publish(3);
  }
  CHECK(events_to(c, 200) == range(1, 200));
}
