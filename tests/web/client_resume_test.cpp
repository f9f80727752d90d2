// The test client across everything that can end a connection: nothing is missing afterwards, and
// nothing is there twice.
#include <algorithm>
#include <thread>

#include "tests/web/page_host.hpp"

namespace pitwall::test {
namespace {

/// Lets a test change what arrives: tamper(text) gives the texts to take in its place.
constexpr const char* tampering = R"(
  const Real = WebSocket;
  window.tamper = (text) => [text];
  window.WebSocket = class extends Real {
    set onmessage(hear) {
      super.onmessage = (m) => { for (const data of tamper(m.data)) hear({data}); };
    }
  };)";

std::string event_start(std::int64_t seq) {
  return R"('{"op":"event","event":{"seq":)" + std::to_string(seq) + ",'";
}

std::string notes(const browser& b) {
  return b.text(
      "Array.from({length: lengthShown()}, (_, n) => rowShown(n)).filter((r) => r.note)"
      ".map((r) => r.json).join('; ')");
}
bool noted(const browser& b, const std::string& part) {
  return notes(b).find(part) != std::string::npos;
}

/// The page's own reading of the protocol, told by frames; what it said to that.
value told(const browser& b, const std::string& token, const std::string& frames) {
  return parse_json(b.text("(() => { const said = [];"
                           "const out = new Proxy({}, {get: (_, name) => (...all) => {"
                           "  said.push([name, ...all]); return false; }});"
                           "const s = new Session(out); s.token = '" +
                           token + "'; for (const f of [" + frames +
                           "]) s.take(JSON.stringify(f)); return JSON.stringify(said); })()"))
      .value();
}

}  // namespace

TEST_CASE("a killed host that comes back finds the page again: nothing lost, nothing twice") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  host.run("trades", 5);
  await_cursor(b, host.head());
  for (const int signal : {SIGKILL, SIGTERM, SIGKILL}) {
    // Killed while it works: what it had published and not sent must come afterwards.
    std::thread load([&] { host.runs("trades", 1'000'000); });
    const auto seen = b.number("document.getElementById('received').textContent");
    b.await("document.getElementById('received').textContent > " + std::to_string(seen + 300));
    host.end(signal);
    load.join();
    b.await("document.body.dataset.state === 'waiting'");
    b.await("/attempt \\d+ in \\d+ s/.test(document.getElementById('state-more').textContent)");
    CHECK(noted(b, signal == SIGTERM ? "the host is going away" : "the connection is lost"));
    host.launch();
    b.await("document.body.dataset.state === 'live'");
    host.run("trades", 3);
    await_cursor(b, host.head());
  }
  CHECK(shown(b, "reconnects") == "3");
  CHECK(shown(b, "gaps") == "0");
  CHECK(shown(b, "doubles") == "0");
  const auto all = host.events();
  const auto page = exported(b);
  // Of more than it keeps the page has the last.
  REQUIRE(page.size() <= all.size());
  REQUIRE(page.size() >= std::min<std::size_t>(all.size(), 4'900));
  CHECK(std::equal(page.rbegin(), page.rend(), all.rbegin()));
}

TEST_CASE("an event that does not arrive is a gap, and is asked for again") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  b.before_pages(tampering);
  open_live(b, host);
  host.run("trades");
  await_cursor(b, host.head());
  const auto lost = host.head() + 4;
  b.run("let times = 0; window.tamper = (t) => t.startsWith(" + event_start(lost) +
        ") && times++ === 0 ? [] : [t];");
  host.run("trades");
  await_cursor(b, host.head());
  CHECK(shown(b, "gaps") == "1");
  CHECK(shown(b, "doubles") == "0");
  CHECK(noted(b, "gap: seq " + std::to_string(lost) + " did not come; asking"));
  CHECK(exported(b) == host.events());

  SECTION("and where it does not come then either, the page says so and goes on") {
    const auto gone = host.head() + 2;
    b.run("window.tamper = (t) => t.startsWith(" + event_start(gone) + ") ? [] : [t];");
    host.run("trades");
    await_cursor(b, host.head());
    CHECK(shown(b, "gaps") == "2");
    CHECK(noted(b, "did not come a second time either"));
    CHECK(exported(b).size() == host.events().size() - 1);
  }
  SECTION("an event that comes twice is counted, and shown once") {
    b.run("window.tamper = (t) => t.startsWith(" + event_start(host.head() + 3) +
          ") ? [t, t] : [t];");
    host.run("trades");
    await_cursor(b, host.head());
    CHECK(shown(b, "doubles") == "1");
    CHECK(exported(b) == host.events());
  }
}

TEST_CASE("a host that lost its journal is another one: the page says so and begins anew") {
  page_host host({workflow_file{"trades", trades}}, "memory");
  browser b;
  open_live(b, host);
  host.run("trades", 2);
  await_cursor(b, host.head());
  host.end(SIGKILL);
  host.launch();
  host.run("trades");
  b.await("document.body.dataset.state === 'live'");
  await_cursor(b, host.head());
  CHECK(noted(b, "the journal is another one"));
  CHECK(shown(b, "gaps") == "0");
  CHECK(shown(b, "doubles") == "0");
  const auto page = exported(b);
  CHECK(page.size() == static_cast<std::size_t>(3 * host.head()));
}

TEST_CASE("events that are no longer kept are said to be gone, and the rest comes") {
  page_host host({workflow_file{"trades", trades}});
  host.run("trades", 10);
  host.end(SIGTERM);
  REQUIRE(host.cli({"journal", "prune", "--keep-events", "25"}).exit_code == 0);
  host.launch();
  const auto first = host.events().front().find("seq")->as_number().to_int().value();
  REQUIRE(first > 2);
  browser b;
  open_live(b, host);
  b.run(
      "const s = document.getElementById('begin'); s.value = 'after';"
      "s.dispatchEvent(new Event('change'));");
  b.fill("#after", "1");
  b.click("#subscription button.primary");
  b.await("lengthShown() > 0 && rowShown(0).json.startsWith('the host no longer keeps the " +
          std::to_string(first - 2) + " events before seq " + std::to_string(first) + ";')");
  await_cursor(b, host.head());
  CHECK(exported(b) == host.events());
  CHECK(shown(b, "gaps") == "0");
}

TEST_CASE("each close code means what the protocol says") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  SECTION("4029: the page waits, but a person need not") {
    b.run("for (let i = 0; i < 400; ++i) socket.send('{\"op\":\"ping\"}');");
    b.await("document.getElementById('state-more').textContent.includes('asked too often')");
    CHECK(b.truth("wait.until - performance.now() > 4000"));
    b.click("#now");
    b.await("document.body.dataset.state === 'live'");
  }
  SECTION("the others") {
    CHECK(b.truth("fateOf(4008).again && fateOf(1001).again && fateOf(1006).again"));
    CHECK_FALSE(b.truth("fateOf(4001).again || fateOf(4003).again || fateOf(1009).again"));
    CHECK(b.truth("fateOf(4029).least >= 5000"));
    b.run("drop(fateOf(4003));");
    CHECK(b.text("document.body.dataset.state") == "stopped");
    CHECK(b.text("document.activeElement.id") == "token");
    CHECK(shown(b, "connect") == "Connect");
    b.press(key::enter);
    b.await("document.body.dataset.state === 'live'");
  }
  SECTION("waits grow, up to a bound, and differ from page to page") {
    CHECK(b.truth("[0, 1, 2, 3, 4, 5].every((n) => backoff(n, 1) === 250 * 2 ** n)"));
    CHECK(b.truth("backoff(60, 1) === 15000 && backoff(60, 0) === 7500"));
  }
  SECTION("an address beyond this machine is refused by the page's policy before a byte is sent") {
    b.click("#connect");
    b.await("document.body.dataset.state === 'idle'");
    b.fill("#url", "ws://192.0.2.1/ws");
    b.press(key::enter);
    b.await("document.body.dataset.state === 'stopped'");
    CHECK(shown(b, "state-more").find("by wss:// alone") != std::string::npos);
  }
  SECTION("a URL that is none is said to be none") {
    b.click("#connect");
    b.fill("#url", "http:");
    b.press(key::enter);
    CHECK(b.text("document.body.dataset.state") != "live");
  }
}

TEST_CASE("where a token is needed it goes first, and without one the page asks for it") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  const std::string hello = R"({op: 'connected', auth_required: true, epoch: 'e', last_seq: 9})";
  const auto without = told(b, "", hello);
  REQUIRE(without.as_list().size() == 2);
  CHECK(without.as_list()[1].as_list()[0].as_text() == "end");
  CHECK(to_json(without).find("\"again\":false") != std::string::npos);

  const auto with = told(b, "t0", hello + ", {op: 'authenticated', id: 1, scopes: ['read']}");
  std::string order;
  for (const auto& one : with.as_list()) {
    order += one.as_list()[0].as_text() + ' ';
    if (one.as_list()[0].as_text() != "send") continue;
    order += "(" + one.as_list()[1].find("op")->as_text() + ") ";
  }
  CHECK(order == "hello state send (authenticate) scopes send (subscribe) state ");
  CHECK(to_json(with).find(R"("token":"t0")") != std::string::npos);

  // A heartbeat before the subscription is answered is no cursor of it.
  const auto early = told(b, "t0",
                          hello +
                              ", {op: 'heartbeat', last_seq: 90}, {op: 'authenticated',"
                              "id: 1, scopes: []}");
  CHECK(to_json(early).find("\"after\"") == std::string::npos);

  const auto refused =
      told(b, "t0", hello + ", {op: 'error', id: 1, code: 'unauthenticated', message: 'no'}");
  CHECK(refused.as_list().back().as_list()[0].as_text() == "end");
  CHECK(to_json(refused).find(R"("words":"no")") != std::string::npos);
}

TEST_CASE("a frame that is no frame, and members that JavaScript knows, do no harm") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  b.before_pages(tampering);
  open_live(b, host);
  b.run(
      "window.tamper = (t) => t.includes('\"execution_started\"') ? [t, '{', 'null', '[]', '7',"
      "'{\"op\":\"constructor\"}', '{\"op\":\"toString\"}', "
      "'{\"op\":\"event\"}','{\"op\":\"caught_up\",\"seq\":\"9\"}',"
      "'{\"op\":\"event\",\"event\":{\"seq\":\"1\",\"type\":\"x\"}}',"
      "'{\"op\":\"error\",\"code\":\"__proto__\",\"message\":\"<b>\"}'] : [t];");
  host.run("trades");
  await_cursor(b, host.head());
  CHECK(shown(b, "gaps") == "0");
  CHECK(exported(b) == host.events());
  CHECK(noted(b, "a frame that this page does not know: {\"op\":\"constructor\"}"));
  CHECK(noted(b, "the host says: <b> (__proto__)"));
}

}  // namespace pitwall::test
