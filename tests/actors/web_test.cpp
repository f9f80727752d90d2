// Web servers between nodes and the port, in virtual time: answers, breakers, and notifications
// that are told at least once, with one key.
#include "runtime/workflow/json.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

/// Answers at once, or keeps what it was asked.
class memory_web final : public web {
 public:
  struct call {
    web_request request;
    milliseconds patience;
    completion then;
  };
  std::function<void()> send(const web_request& request, milliseconds patience,
                             completion then) override {
    calls.push_back({request, patience, says ? nullptr : then});
    if (says) then(*says);
    return [this] { ++cancelled; };
  }
  std::optional<result<web_reply>> says;
  std::vector<call> calls;
  int cancelled = 0;
};

std::shared_ptr<memory_web> with_web(house& h) {
  auto made = std::make_shared<memory_web>();
  h.shared->outside = made;
  return made;
}

error answered(unsigned status, errc code, std::uint32_t wait_ms = 0) {
  return {code,
          "the server answered " + std::to_string(status),
          "https://api.example.com",
          {},
          status,
          wait_ms};
}

std::string key_of(const web_request& r) {
  for (const auto& [name, text] : r.headers)
    if (name == "Idempotency-Key") return text;
  return {};
}

constexpr std::string_view asks = R"({
  "blocks": [
    {"id": "page", "type": "http", "category": "providers",
     "properties": {"url": "https://api.example.com/x?k=1", "pointer": "/price"}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"max": "10"}}],
  "connections": [
    {"from": {"blockId": "page", "index": 0}, "to": {"blockId": "cheap", "index": 0}}]})";

constexpr std::string_view tells = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "go", "type": "manual_trigger", "category": "triggers"},
    {"id": "tell", "type": "notify", "category": "actions",
     "properties": {"message": "hello", "url": "https://hooks.example.com/T0/secret"}}],
  "connections": [
    {"from": {"blockId": "go", "index": 0}, "to": {"blockId": "tell", "index": 0}}]})";

/// Can order, and tells before it does.
constexpr std::string_view tells_and_buys = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "go", "type": "manual_trigger", "category": "triggers"},
    {"id": "tell", "type": "notify", "category": "actions",
     "properties": {"message": "hello", "url": "https://hooks.example.com/T0/secret"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "go", "index": 0}, "to": {"blockId": "tell", "index": 0}},
    {"from": {"blockId": "tell", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

std::size_t in_flight(house& h, const workflow_actor& w) {
  std::size_t count = 99;
  h.system.spawn(
      [&count](caf::event_based_actor* self, const workflow_actor& of) {
        self->request(of, caf::infinite, count_in_flight{}).then([&count](std::uint64_t n) {
          count = n;
        });
      },
      w);
  h.run();
  return count;
}

/// The execution has ended as the end said, nothing came after that, and nothing was lost.
void check_ended(house& h, const started& s, const workflow_actor& w) {
  CHECK(s.value().status == run_status::halted);
  CHECK(h.events->all<execution_halted>().size() == 1);
  CHECK(h.events->all<node_completed>().size() == 1);
  CHECK(h.events->all<notification_sent>().size() == 1);
  CHECK(h.door->sent.empty());
  CHECK(in_flight(h, w) == 0);
  for (const auto& k : h.config.letters->all()) {
    CAPTURE(k.to, k.message);
    CHECK((k.to != "execution" && k.to != "node"));
  }
}

constexpr std::string_view tells_a_price = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "page", "type": "http", "category": "providers",
     "properties": {"url": "https://api.example.com/x", "pointer": "/price"}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"max": "10"}},
    {"id": "tell", "type": "notify", "category": "actions",
     "properties": {"url": "https://hooks.example.com/T0/secret"}}],
  "connections": [
    {"from": {"blockId": "page", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "tell", "index": 0}},
    {"from": {"blockId": "page", "index": 0}, "to": {"blockId": "tell", "index": 1}}]})";

}  // namespace

TEST_CASE("what a web server answers goes on through the workflow") {
  house h;
  const auto w = with_web(h);
  w->says = web_reply{200, R"({"price": 9.5})", h.clock->now()};
  const auto s = h.run_once(asks);
  CHECK(s->value().status == run_status::completed);
  CHECK(s->value().result_json.find("\"pass\":true") != std::string::npos);
  REQUIRE(w->calls.size() == 1);
  CHECK(w->calls[0].request.url == "https://api.example.com/x?k=1");
  CHECK(w->calls[0].patience == std::chrono::seconds(30));
}

TEST_CASE("an answer that is too old by its own time counts as observed then") {
  house h;
  const auto w = with_web(h);
  const auto then = h.clock->now() - std::chrono::seconds(3);
  w->says = web_reply{200, R"({"price": 9.5})", then};
  h.run_once(asks);
  const auto done = h.events->all<node_completed>();
  REQUIRE_FALSE(done.empty());
  CHECK(done[0].observed_at == then);
}

TEST_CASE("a web server that is busy is asked again when it says, one that refuses is not") {
  house h;
  const auto w = with_web(h);
  w->says = answered(429, errc::resource_exhausted, 7'000);
  const auto s = h.start(h.deploy(asks));
  h.run();
  CHECK(w->calls.size() == 1);
  h.pass(std::chrono::seconds(6));
  CHECK(w->calls.size() == 1);
  w->says = web_reply{200, R"({"price": 1})", h.clock->now()};
  h.pass(std::chrono::seconds(2));
  CHECK(w->calls.size() == 2);
  CHECK(s->value().status == run_status::completed);
  w->says = answered(404, errc::invalid_argument);
  h.run_once(asks);
  CHECK(w->calls.size() == 3);
}

TEST_CASE("a web server has a breaker of its own, by its host") {
  house h;
  const auto w = with_web(h);
  w->says = answered(503, errc::unavailable);
  for (int i = 0; i < 2; ++i) {
    h.start(h.deploy(asks, "w" + std::to_string(i)));
    h.pass(std::chrono::seconds(20));
  }
  const auto opened = h.events->all<circuit_breaker_state_changed>();
  REQUIRE_FALSE(opened.empty());
  CHECK(opened[0].breaker == "http/api.example.com");
  CHECK(w->calls.size() == 5);
}

TEST_CASE("a request that this host kept back is no failure of the server's breaker") {
  house h;
  const auto w = with_web(h);
  w->says = answered(0, errc::resource_exhausted);
  for (int i = 0; i < 4; ++i) {
    h.start(h.deploy(asks, "w" + std::to_string(i)));
    h.pass(std::chrono::seconds(20));
  }
  CHECK(w->calls.size() > 5);
  CHECK(h.events->all<circuit_breaker_state_changed>().empty());
}

TEST_CASE("a web server that takes too long is left, and the call ended") {
  house h;
  const auto w = with_web(h);
  const auto s = h.start(h.deploy(asks));
  h.run();
  REQUIRE(w->calls.size() == 1);
  h.pass(std::chrono::minutes(3));
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(w->cancelled >= 1);
  // Late answers change nothing.
  for (auto& c : w->calls) c.then(web_reply{200, R"({"price": 1})", h.clock->now()});
  h.run();
}

TEST_CASE("where the web cannot be reached at all the node says so") {
  house h;
  CHECK(h.run_once(asks)->value().result_json.find("no web server can be reached") !=
        std::string::npos);
}

TEST_CASE("a notification leaves once its intent is durable, and ends the node once it is taken") {
  house h;
  const auto w = with_web(h);
  const auto workflow = h.deploy(tells);
  h.journal_port->hold = true;
  const auto s = h.start(workflow);
  h.run();
  CHECK(w->calls.empty());
  h.journal_port->release();
  h.run();
  REQUIRE(w->calls.size() == 1);
  CHECK_FALSE(s->done());
  const auto& r = w->calls[0].request;
  CHECK(r.url == "https://hooks.example.com/T0/secret");
  REQUIRE(r.body);
  const auto body = parse_json(*r.body).value();
  CHECK(body.find("text")->as_text() == "hello");
  CHECK(body.find("bot_id")->as_text() == "b");
  CHECK(body.find("event_id")->as_text() == key_of(r));
  CHECK(key_of(r) == body.find("execution_id")->as_text() + ":tell");
  w->calls[0].then(web_reply{200, "ok", h.clock->now()});
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(h.events->all<notification_sent>().size() == 1);
}

TEST_CASE("the key of a notification is ASCII, whatever the ids are") {
  house h;
  const auto w = with_web(h);
  w->says = web_reply{200, "ok", h.clock->now()};
  std::string file(tells);
  for (auto at = file.find("\"tell\""); at != std::string::npos; at = file.find("\"tell\""))
    file.replace(at, 6, "\"mail ü%\"");
  CHECK(h.run_once(file)->value().status == run_status::completed);
  REQUIRE(w->calls.size() == 1);
  const auto body = parse_json(*w->calls[0].request.body).value();
  const auto execution = body.find("execution_id")->as_text();
  CHECK(body.find("event_id")->as_text() == execution + ":mail ü%");
  CHECK(key_of(w->calls[0].request) == execution + ":mail%20%C3%BC%25");
}

TEST_CASE("a notification that did not arrive is sent again with the same key, a few times") {
  house h;
  const auto w = with_web(h);
  w->says = answered(500, errc::unavailable);
  const auto s = h.start(h.deploy(tells));
  h.pass(std::chrono::minutes(5));
  REQUIRE(w->calls.size() == 3);
  for (const auto& c : w->calls) CHECK(key_of(c.request) == key_of(w->calls[0].request));
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.events->all<notification_sent>().size() == 1);
}

TEST_CASE("a halt does not stop a notification") {
  house h;
  const auto w = with_web(h);
  w->says = web_reply{204, "", h.clock->now()};
  h.command(emergency_action::halt);
  CHECK(h.run_once(tells)->value().status == run_status::completed);
  CHECK(w->calls.size() == 1);
}

TEST_CASE("a halt ends an execution, and not the notification that it has under way") {
  house h;
  const auto w = with_web(h);
  const auto workflow = h.deploy(tells_and_buys);
  const auto s = h.start(workflow);
  h.run();
  REQUIRE(w->calls.size() == 1);
  h.command(emergency_action::halt);
  h.run();
  CHECK(s->value().status == run_status::halted);
  CHECK(w->cancelled == 0);
  w->calls[0].then(web_reply{200, "", h.clock->now()});
  h.run();
  h.pass(std::chrono::minutes(3));
  CHECK(w->calls.size() == 1);
  check_ended(h, *s, workflow);
}

TEST_CASE("a notification that fails after a halt, or before, is sent again") {
  for (const bool before : {false, true}) {
    CAPTURE(before);
    house h;
    const auto w = with_web(h);
    if (before) w->says = answered(503, errc::unavailable);
    const auto workflow = h.deploy(tells_and_buys);
    const auto s = h.start(workflow);
    h.run();
    REQUIRE(w->calls.size() == 1);
    w->says = web_reply{200, "", h.clock->now()};
    h.command(emergency_action::halt);
    h.run();
    CHECK(s->value().status == run_status::halted);
    if (!before) w->calls[0].then(answered(503, errc::unavailable));
    h.pass(std::chrono::minutes(3));
    REQUIRE(w->calls.size() == 2);
    CHECK(key_of(w->calls[1].request) == key_of(w->calls[0].request));
    CHECK(w->calls[1].request.body == w->calls[0].request.body);
    check_ended(h, *s, workflow);
  }
}

TEST_CASE("a notification that no server takes ends after a halt too") {
  house h;
  const auto w = with_web(h);
  const auto workflow = h.deploy(tells_and_buys);
  const auto s = h.start(workflow);
  h.run();
  h.command(emergency_action::halt);
  h.pass(std::chrono::minutes(10));  // Silence: each attempt ends at its deadline.
  CHECK(w->calls.size() == 3);
  CHECK(h.log->has("not told: "));
  check_ended(h, *s, workflow);
}

TEST_CASE("a notification that was under way when the host died is sent again with its key") {
  std::string key;
  estate left;
  {
    house h;
    const auto w = with_web(h);
    h.start(h.deploy(tells));
    h.run();
    REQUIRE(w->calls.size() == 1);
    key = key_of(w->calls[0].request);
    left = h.kill();
  }
  house h(0, left);
  const auto w = with_web(h);
  w->says = web_reply{200, "", h.clock->now()};
  h.deploy(tells);
  h.recover();
  h.pass(std::chrono::seconds(10));
  REQUIRE(w->calls.size() == 1);
  CHECK(key_of(w->calls[0].request) == key);
  CHECK(h.events->all<node_completed>().size() == 1);
}

TEST_CASE("a notification is sent again as it was, however long the host was down") {
  web_request first;
  estate left;
  {
    house h;
    const auto w = with_web(h);
    h.start(h.deploy(tells_a_price));
    h.run();
    REQUIRE(w->calls.size() == 1);
    w->calls[0].then(web_reply{200, R"({"price": 9.5})", h.clock->now()});
    h.run();
    REQUIRE(w->calls.size() == 2);
    first = w->calls[1].request;
    REQUIRE(first.body);
    left = h.kill(std::chrono::minutes(1));
  }
  house h(0, left);
  const auto w = with_web(h);
  h.deploy(tells_a_price);
  h.recover();
  h.run();
  REQUIRE(w->calls.size() == 1);  // The page is not asked anew: it could say something else.
  CHECK(w->calls[0].request.body == first.body);
  CHECK(w->calls[0].request.url == first.url);
  CHECK(key_of(w->calls[0].request) == key_of(first));
}

}  // namespace pitwall::test
