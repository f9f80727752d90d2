#include <thread>

#include "net/server/event_feed.hpp"
#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// Reads until `last` has come; the seqs in the order of their arrival.
std::vector<std::uint64_t> follow(const host_client& client, const std::string& target,
                                  std::uint64_t last) {
  std::vector<std::uint64_t> seen;
  const auto ended =
      client.stream(target, [&](std::string_view, std::uint64_t id, std::string_view) {
        seen.push_back(id);
        return id < last;
      });
  if (!ended.ok()) FAIL(ended.error().to_string());
  return seen;
}

bool consecutive(const std::vector<std::uint64_t>& seqs, std::uint64_t first, std::uint64_t last) {
  if (seqs.size() != last - first + 1) return false;
  for (std::size_t i = 0; i < seqs.size(); ++i) {
    if (seqs[i] != first + i) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a stream shows id, type and JSON of an event") {
  server_fixture f;
  f.host.publish(1);
  raw_client c(f.socket);
  c.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  const auto head = c.read_until("\r\n\r\n");
  CHECK(head.find("200 OK") != std::string::npos);
  CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(head.find("Transfer-Encoding: chunked") != std::string::npos);
  const auto event = c.read_until("\n\n");
  CHECK(event.find("id: 1\nevent: notification_sent\ndata: {\"seq\":1,") != std::string::npos);
}

TEST_CASE("HTTP/1.0 streams end with the connection") {
  server_fixture f;
  f.host.publish(1);
  raw_client c(f.socket);
  c.send("GET /api/v1/events/stream?after=0 HTTP/1.0\r\n\r\n");
  CHECK(c.read_until("\r\n\r\n").find("chunked") == std::string::npos);
  CHECK(c.read_until("\n\n").starts_with("id: 1\n"));
  f.server->stop();
  CHECK(c.read_to_end().empty());
}

TEST_CASE("replay passes into live without gap or duplicate while events are published") {
  server_fixture f;
  constexpr std::uint64_t total = 20'000;
  f.host.publish(1'000);
  std::thread publisher([&f] {
    std::mt19937_64 random(7);
    while (f.host.log.head() < total) {
      f.host.publish(std::min<std::uint64_t>(1 + random() % 40, total - f.host.log.head()));
    }
  });
  std::vector<std::thread> viewers;
  std::vector<std::vector<std::uint64_t>> seen(4);
  const std::vector<std::uint64_t> after{0, 1, 500, 1'000};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    viewers.emplace_back([&f, &seen, &after, i] {
      seen[i] =
          follow(f.client(), "/api/v1/events/stream?after=" + std::to_string(after[i]), total);
    });
  }
  publisher.join();
  for (auto& v : viewers) v.join();
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(consecutive(seen[i], after[i] + 1, total));
}

TEST_CASE("events that are durable but not published wait for their publication") {
  server_fixture f;
  f.host.publish(2);
  raw_client c(f.socket);
  c.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  for (int i = 0; i < 3; ++i) f.host.log.append({}, execution_halted{"r", "halt"});
  CHECK(c.read_until("id: 2\n").find("id: 2") != std::string::npos);
  f.host.publish_head(4);
  CHECK(c.read_until("id: 4\n").find("id: 4") != std::string::npos);
  f.server->stop();
  CHECK(c.read_to_end().find("id: 5") == std::string::npos);
}

TEST_CASE("without a cursor a stream begins now; Last-Event-ID wins over after") {
  server_fixture f;
  f.host.publish(5);
  raw_client now(f.socket);
  now.send("GET /api/v1/events/stream HTTP/1.1\r\n\r\n");
  now.read_until("\r\n\r\n");
  raw_client resumed(f.socket);
  resumed.send("GET /api/v1/events/stream?after=1 HTTP/1.1\r\nLast-Event-ID: 3\r\n\r\n");
  CHECK(resumed.read_until("id: 4\n").find("id: 2") == std::string::npos);
  f.host.publish(1);
  CHECK(now.read_until("\nevent").find("id: 6") != std::string::npos);
  raw_client wrong(f.socket);
  wrong.send("GET /api/v1/events/stream HTTP/1.1\r\nLast-Event-ID: x\r\n\r\n");
  CHECK(wrong.read_until("\r\n") == "HTTP/1.1 400 Bad Request\r\n");
}

TEST_CASE("filters pass over what is not asked for, however much it is") {
  server_fixture f;
  f.host.log.most_scanned = 10;
  f.host.publish(1'000);
  f.host.publish(1, {"exec_b", "b", "", ""});
  f.host.publish(500);
  f.host.log.append({"exec_b", "b", "", ""}, execution_halted{"r", "halt"});
  f.host.publish_head(1'502);
  CHECK(follow(f.client(), "/api/v1/events/stream?after=0&execution_id=exec_b", 1'502) ==
        std::vector<std::uint64_t>{1'001, 1'502});
  CHECK(follow(f.client(), "/api/v1/events/stream?after=0&types=execution_halted", 1'502) ==
        std::vector<std::uint64_t>{1'502});
}

TEST_CASE("a viewer that does not read holds a page, and misses nothing once it reads") {
  server_fixture f;
  raw_client slow(f.socket);
  slow.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  slow.read_until("\r\n\r\n");
  constexpr std::uint64_t total = 100'000;
  while (f.host.log.head() < total) f.host.publish(100);
  f.get("/livez");
  // What fits into the socket's buffers, and a page: the rest was not even read from the journal.
  CHECK(f.host.log.handed_out < 20'000);
  std::uint64_t next = 1;
  std::uint64_t missed = 0;
  while (next <= total && missed == 0) {
    const auto event = slow.read_until("\n\n");
    const auto at = event.find("id: ");
    if (at == std::string::npos || std::stoull(event.substr(at + 4)) != next) ++missed;
    ++next;
  }
  CAPTURE(next);
  CHECK(missed == 0);
}

TEST_CASE("a viewer that never reads again is cut off, and the others go on") {
  server_options options;
  options.write_timeout = std::chrono::milliseconds(50);
  server_fixture f(options);
  raw_client slow(f.socket);
  slow.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  slow.read_until("\r\n\r\n");
  f.host.publish(20'000);
  CHECK(f.log.await("cut off"));
  // As much as a socket holds: that one may read late, too.
  CHECK(follow(f.client(), "/api/v1/events/stream?after=19900", 20'000).size() == 100);
}

TEST_CASE("a stream with nothing to say gives signs of life") {
  server_options options;
  options.keep_alive = std::chrono::milliseconds(5);
  server_fixture f(options);
  raw_client c(f.socket);
  c.send("GET /api/v1/events/stream HTTP/1.1\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    CHECK(c.read_until(": keep-alive\n\n").find(": keep-alive") != std::string::npos);
  }
  f.host.publish(1);
  CHECK(c.read_until("id: 1\n").find("id: 1") != std::string::npos);
}

TEST_CASE("viewers that have caught up are told from memory, not from the journal") {
  server_fixture f;
  f.host.publish(3);
  raw_client c(f.socket), other(f.socket);
  for (raw_client* one : {&c, &other}) {
    one->send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
    one->read_until("id: 3\n");
  }
  const std::uint64_t reads = f.host.log.reads;
  for (int seq = 4; seq < 104; ++seq) {
    f.host.publish(1);
    const auto id = "id: " + std::to_string(seq) + "\n";
    for (raw_client* one : {&c, &other}) REQUIRE(one->read_until(id).ends_with(id));
  }
  // Two hundred were told. One that is asked for between its publication and its text is read.
  CHECK(f.host.log.reads <= reads + 100);
}

TEST_CASE("a journal that fails later ends the stream with a problem") {
  live::live_options small;
  small.recent.events = 1;
  server_fixture f({}, small);
  f.host.publish(1);
  std::vector<std::string> types;
  std::string last;
  const auto ended =
      f.client().stream("/api/v1/events/stream?after=0",
                        [&](std::string_view type, std::uint64_t, std::string_view data) {
                          types.emplace_back(type);
                          last = data;
                          if (types.size() == 1) {
                            f.host.log.failure = error{errc::io_error, "the disk is gone", {}, {}};
                            f.host.publish(2);  // One more than memory holds.
                          }
                          return true;
                        });
  CHECK(ended.ok());
  CHECK(types == std::vector<std::string>{"notification_sent", "error"});
  CHECK(last.find("the disk is gone") != std::string::npos);
}

TEST_CASE("stopping ends a stream that waits") {
  server_fixture f;
  f.host.publish(10);
  raw_client waiting(f.socket);
  waiting.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  CHECK(waiting.read_until("id: 10\n").find("id: 10") != std::string::npos);
  f.server->stop();
  CHECK(waiting.read_to_end().ends_with("0\r\n\r\n"));
}

TEST_CASE("stopping ends a stream that is busy") {
  server_options patient;
  patient.linger = std::chrono::seconds(10);
  server_fixture f(patient);
  std::atomic<std::uint64_t> last = 0;
  std::atomic<bool> ended_well = false;
  std::thread reader([&] {
    const auto ended =
        f.client().stream("/api/v1/events/stream?after=0",
                          [&last](std::string_view, std::uint64_t id, std::string_view) {
                            last = id;
                            return true;
                          });
    ended_well = ended.ok();
  });
  while (last < 2'000) f.host.publish(50);
  f.server->stop();
  reader.join();
  CHECK(ended_well);
}

TEST_CASE("stopping does not wait for a viewer that does not read") {
  server_options options;
  options.linger = std::chrono::milliseconds(10);
  server_fixture f(options);
  raw_client stuck(f.socket);
  stuck.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  stuck.read_until("\r\n\r\n");
  f.host.publish(20'000);
  // Full is when nothing more arrives although most is still to come.
  for (int before = -1, now = 0; now < 50'000 || now != before; now = stuck.unread()) {
    before = now;
    f.get("/livez");  // A round through the same I/O thread, instead of a sleep.
  }
  f.server->stop();
  CHECK_FALSE(f.log.has("did not end in time"));
}

TEST_CASE("streams are fewer than connections, and their places come free again") {
  server_options options;
  options.max_streams = 2;
  server_fixture f(options);
  f.host.publish(1);
  auto one = std::make_unique<raw_client>(f.socket);
  raw_client two(f.socket);
  for (auto* c : {one.get(), &two}) {
    c->send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
    c->read_until("\r\n\r\n");
  }
  const auto refused = f.get("/api/v1/events/stream");
  CHECK(refused.status == 429);
  CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"halt"})").status == 200);
  one.reset();
  // Its hang-up is noticed without any event: the place is free at once, or a moment later.
  std::string line;
  for (int i = 0; i < 10'000 && line.find("200") == std::string::npos; ++i) {
    raw_client three(f.socket);
    three.send("GET /api/v1/events/stream HTTP/1.1\r\n\r\n");
    line = three.read_until("\r\n");
  }
  CHECK(line == "HTTP/1.1 200 OK\r\n");
}
