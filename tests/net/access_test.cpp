// Who comes in by TCP once there are tokens, over real sockets.
#include <algorithm>
#include <fstream>

#include "tests/net/access_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr const char* halt = R"({"action":"halt","reason":"r","operator":"o"})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
std::string code_of(const plain_reply& r) { return text_at(parse_json(r.body).value(), "code"); }

}  // namespace

TEST_CASE("without a token there is a 401 that says how, and nothing reaches the host",
          "[access]") {
  guarded_server f;
  const auto r = f.over_tcp("POST", "/api/v1/emergency", {}, halt);
  CHECK(r.status == 401);
  CHECK(has(r.head, "www-authenticate: bearer realm=\"pitwall\"\r\n"));
  CHECK(has(r.head, "content-type: application/problem+json"));
  CHECK(code_of(r) == "unauthenticated");
  for (const auto* target : {"/health", "/status", "/api/v1/workflows", "/api/v1/events/stream",
                             "/nothing", "/api/v1/emergency", "/%"}) {
    CAPTURE(target);
    CHECK(f.over_tcp("GET", target).status == 401);
  }
  CHECK(f.host.emergencies == 0);
  // Who has the files of the host has the host.
  CHECK(f.get("/health").status == 200);
  CHECK(f.over_tcp("GET", "/livez").status == 200);
}

TEST_CASE("a token is shown as a Bearer, once and whole", "[access]") {
  guarded_server f;
  CHECK(f.as(f.reader, "GET", "/health").status == 200);
  CHECK(f.over_tcp("GET", "/health", {{"authorization", "bearer  " + f.reader}}).status == 200);
  const auto bad = f.as("pw_" + std::string(64, 'x'), "GET", "/health");
  CHECK(bad.status == 401);
  CHECK(has(bad.head, "error=\"invalid_token\""));
  for (const auto& shown :
       {std::string("Bearer"), std::string("Bearer "), std::string("Basic ") + f.reader, f.reader,
        "Bearer " + f.reader + "x", "Bearer " + f.reader.substr(0, f.reader.size() - 1)}) {
    CAPTURE(shown);
    CHECK(f.over_tcp("GET", "/health", {{"Authorization", shown}}).status == 401);
  }
  CHECK(f.over_tcp("GET", "/health",
                   {{"Authorization", "Bearer " + f.reader}, {"Authorization", "Bearer x"}})
            .status == 401);
}

TEST_CASE("each route needs its scope, and the refusal names it", "[access]") {
  guarded_server f;
  const auto only_trade = make_token(f.tokens, "only_trade", {.trade = true});
  const auto only_control = make_token(f.tokens, "only_control", {.control = true});
  struct line {
    const char *method, *target;
    access::scope needed;
  };
  using access::scope;
  for (const auto& l :
       {line{"GET", "/health", scope::read}, line{"HEAD", "/health", scope::read},
        line{"GET", "/api/v1/executions", scope::read}, line{"GET", "/api/v1/orders", scope::read},
        line{"GET", "/nothing", scope::read}, line{"PUT", "/api/v1/workflows/w", scope::trade},
        line{"POST", "/api/v1/workflows/w/validate", scope::trade},
        line{"POST", "/api/v1/workflows/w/executions", scope::trade},
        line{"POST", "/api/v1/executions/e/cancel", scope::trade},
        line{"POST", "/api/v1/executions/e/resume", scope::trade},
        line{"POST", "/api/v1/bots/b/pause", scope::trade},
        line{"POST", "/api/v1/emergency", scope::control},
        line{"POST", "/api/v1/circuit-breakers", scope::control},
        line{"POST", "/api/v1/orders/o/settle", scope::control},
        line{"POST", "/api/v1/journal/backup", scope::control},
        line{"POST", "/api/v1/journal/prune", scope::control},
        line{"POST", "/api/v1/stop", scope::control}}) {
    CAPTURE(l.method, l.target);
    const std::pair<std::string, scope> tokens[] = {
        {f.reader, scope::read}, {only_trade, scope::trade}, {only_control, scope::control}};
    for (const auto& [token, good_for] : tokens) {
      const auto r = f.as(token, l.method, l.target);
      if (good_for == l.needed) {
        CHECK(r.status != 401);
        CHECK(r.status != 403);
      } else if (std::string_view(l.method) != "HEAD") {
        CHECK(r.status == 403);
        CHECK(code_of(r) == "forbidden");
        CHECK(has(r.body, "`" + std::string(to_string(l.needed)) + "`"));
        CHECK(has(r.head, "scope=\"" + std::string(to_string(l.needed)) + "\""));
      }
    }
  }
}

TEST_CASE("a body is not waited for before the token was looked at", "[access]") {
  guarded_server f;
  for (const auto& [token, status] :
       {std::pair{f.reader, "403"}, std::pair{std::string("x"), "401"}}) {
    raw_client c(f.server->port());
    // It announces much and sends nothing of it.
    c.send(
        "PUT /api/v1/workflows/w HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        "Expect: 100-continue\r\nAuthorization: Bearer " +
        token + "\r\n\r\n");
    CHECK(c.read_until("\r\n").starts_with(std::string("HTTP/1.1 ") + status));
  }
}

TEST_CASE("of who shows no token nothing beyond the header is read", "[access]") {
  guarded_server f;
  for (const auto* body : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CAPTURE(body);
    raw_client c(f.server->port());
    c.send(std::string("GET /livez HTTP/1.1\r\nHost: localhost\r\n") + body + "\r\n");
    CHECK(c.read_until("\r\n").starts_with("HTTP/1.1 413"));
  }
  raw_client empty(f.server->port());
  empty.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  CHECK(empty.read_until("\r\n").starts_with("HTTP/1.1 200"));
  const auto padded = [](std::size_t bytes) {
    return R"({"op":"ping","id":")" + std::string(bytes, 'x') + "\"}";
  };
  auto stranger = f.live();
  stranger.say(padded(live::max_first_frame_bytes));
  CHECK(ended_with(stranger) == 1009);
  // Later as much as else.
  auto reader = f.live_as(f.reader);
  reader.say(padded(3 * live::max_first_frame_bytes));
  CHECK(text_at(reader.hear_json(), "op") == "error");
  reader.say(R"({"op":"ping"})");
  CHECK(text_at(reader.hear_json(), "op") == "pong");
}

TEST_CASE("tokens made and revoked while the host runs count from then on", "[access]") {
  server_fixture f;
  const auto health = [&](const std::string& token) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return ask_port(f.server->port(), {"GET", "/health", {}, headers}).status;
  };
  CHECK(health("") == 200);
  const auto a = make_token(f.tokens, "a", {.read = true});
  CHECK(health("") == 401);
  CHECK(health(a) == 200);
  const auto b = make_token(f.tokens, "b", {.read = true});
  CHECK(health(b) == 200);
  revoke_token(f.tokens, "a");
  CHECK(health(a) == 401);
  CHECK(health(b) == 200);
  // Nobody comes in because the file has gone.
  std::filesystem::remove(f.tokens);
  CHECK(health("") == 401);
  CHECK(health(b) == 401);
}

TEST_CASE("a file that cannot be read closes the port, and says so once in the log", "[access]") {
  guarded_server f;
  auto c = f.live_as(f.reader);
  // At once: a file that is empty for a moment would be another error.
  const auto beside = f.tokens.string() + ".new";
  std::ofstream(beside) << "{";
  std::filesystem::rename(beside, f.tokens);
  for (int i = 0; i < 3; ++i) {
    const auto r = f.as(f.reader, "GET", "/health");
    CHECK(r.status == 503);
    CHECK(has(r.head, "retry-after: "));
  }
  CHECK(ended_with(c) == 4001);
  CHECK(f.log.count("nobody is let in by TCP") == 1);
  CHECK(f.get("/health").status == 200);
  std::filesystem::remove(f.tokens);
  const auto again = make_token(f.tokens, "again", {.read = true});
  CHECK(f.as(again, "GET", "/health").status == 200);
}

TEST_CASE("a token file that comes and goes while nobody asks was seen", "[access]") {
  server_fixture f;
  std::ofstream(f.tokens) << "{";
  CHECK(f.log.await("nobody is let in by TCP"));
  std::filesystem::remove(f.tokens);
  CHECK(ask_port(f.server->port(), {"GET", "/health", {}, {}}).status == 401);
}

TEST_CASE("on /ws a token comes first, and the scopes count there too", "[access]") {
  guarded_server f;
  auto c = f.live();
  CHECK(*c.hear_json().find("auth_required") == value(true));
  c.say(R"({"op":"subscribe","all":true})");
  CHECK(ended_with(c) == 4001);
  auto thief = f.live();
  thief.hear();
  thief.say(authenticate_with("pw_" + std::string(64, 'x')));
  CHECK(ended_with(thief) == 4001);
  const auto blind = make_token(f.tokens, "blind", {.control = true});
  auto no_read = f.live();
  no_read.hear();
  no_read.say(authenticate_with(blind));
  CHECK(ended_with(no_read) == 4003);
  auto reading = f.live_as(f.reader);
  reading.say(R"({"op":"emergency","action":"halt","reason":"r","id":1})");
  CHECK(text_at(reading.hear_json(), "code") == "forbidden");
  CHECK(f.host.emergencies == 0);
  reading.say(R"({"op":"state","kind":"host","id":2})");
  CHECK(text_at(reading.hear_json(), "op") == "state");
  auto in_charge = f.live_as(f.operator_token);
  in_charge.say(R"({"op":"emergency","action":"halt","reason":"r","id":1})");
  CHECK(text_at(in_charge.hear_json(), "op") == "emergency");
  CHECK(f.host.emergencies == 1);
  // The owner's door asks for nothing.
  stream_client owner(f.socket, "/ws");
  CHECK(*owner.hear_json().find("auth_required") == value(false));
}

TEST_CASE("strangers that are cut off are counted, and fill no log", "[access]") {
  guarded_server f;
  for (const auto& said :
       {std::string("{}"), authenticate_with("pw_" + std::string(64, 'x')), std::string("x")}) {
    auto c = f.live();
    c.say(said);
    CHECK(ended_with(c) == 4001);
  }
  CHECK(f.log.count("was cut off") == 0);
  auto known = f.live_as(f.reader);
  revoke_token(f.tokens, "reader");
  CHECK(ended_with(known) == 4001);
  CHECK(f.log.count("was cut off") == 1);
  f.get("/metrics");
  double refused = 0;
  for (const auto& family : f.host.figures_of_server) {
    if (family.name != "pitwall_stream_clients_cut_total") continue;
    for (const auto& s : family.samples)
      if (s.labels.back().second == "refused") refused += s.value;
  }
  CHECK(refused == 4);
}

TEST_CASE("who does not authenticate in time is cut off", "[access]") {
  live::live_options quick;
  quick.authenticate_within = milliseconds(3'000);
  guarded_server f({}, quick);
  auto c = f.live(), late = f.live();
  auto good = f.live_as(f.reader);
  c.hear();
  CHECK(ended_with(c) == 4001);
  CHECK(has(c.close_reason(), "in time"));
  CHECK(ended_with(late) == 4001);
  good.say(R"({"op":"ping"})");
  CHECK(text_at(good.hear_json(), "op") == "pong");
}

TEST_CASE("strangers on /ws take no place of those who show a token", "[access]") {
  server_options options;
  options.max_streams = 2;
  live::live_options live;
  live.max_strangers = 3;
  guarded_server f(options, live);
  std::vector<std::unique_ptr<stream_client>> strangers;
  const auto stranger = [&] {
    strangers.push_back(std::make_unique<stream_client>(f.server->port(), "/ws"));
    strangers.back()->hear();
  };
  stranger();
  stranger();
  auto one = f.live_as(f.reader);
  auto two = f.live_as(f.reader);
  stranger();
  raw_client refused(f.server->port());
  refused.send(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  CHECK(refused.read_until("\r\n").starts_with("HTTP/1.1 429"));
  strangers.back()->say(authenticate_with(f.reader));
  CHECK(ended_with(*strangers.back()) == 4029);
  // A second token takes no second place.
  for (auto* c : {&one, &two}) {
    c->say(authenticate_with(f.trader));
    CHECK(text_at(c->hear_json(), "op") == "authenticated");
  }
}

TEST_CASE("a token that is revoked, or expires, ends what goes on with it", "[access]") {
  guarded_server f;
  auto revoked = f.live_as(f.reader);
  auto stays = f.live_as(f.trader);
  const auto brief = make_token(f.tokens, "brief", {.read = true},
                                system_wall_clock().now() + std::chrono::milliseconds(4'000));
  auto expires = f.live_as(brief);
  const auto begun = std::chrono::steady_clock::now();
  revoke_token(f.tokens, "reader");
  CHECK(ended_with(revoked) == 4001);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15));
  CHECK(has(revoked.close_reason(), "revoked"));
  CHECK(ended_with(expires) == 4001);
  stays.say(R"({"op":"ping"})");
  CHECK(text_at(stays.hear_json(), "op") == "pong");
}

TEST_CASE("an event stream ends with its token", "[access]") {
  guarded_server f;
  raw_client stays(f.server->port()), goes(f.server->port());
  for (const auto& [client, token] : {std::pair{&stays, f.trader}, std::pair{&goes, f.reader}}) {
    client->send("GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                 token + "\r\n\r\n");
    REQUIRE(client->read_until("\r\n\r\n").find("200 OK") != std::string::npos);
  }
  revoke_token(f.tokens, "reader");
  const auto begun = std::chrono::steady_clock::now();
  goes.read_to_end();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
  f.host.publish(1);
  CHECK(stays.read_until("data: ").find("id: 1") != std::string::npos);
}

TEST_CASE("who came before there were tokens has to come again", "[access]") {
  server_fixture f;
  stream_client c(f.server->port(), "/ws");
  CHECK(*c.hear_json().find("auth_required") == value(false));
  stream_client owner(f.socket, "/ws");
  owner.hear();
  make_token(f.tokens, "a", {.read = true});
  CHECK(ended_with(c) == 4001);
  owner.say(R"({"op":"ping"})");
  CHECK(text_at(owner.hear_json(), "op") == "pong");
}
