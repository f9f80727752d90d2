// docs/openapi.json against a real host: its routes, and every answer of a walk through all of
// them.
#include <algorithm>
#include <fstream>
#include <map>

#include "net/access/scopes.hpp"
#include "net/client/host_client.hpp"
#include "net/live/live_socket.hpp"
#include "net/peers/host_relay.hpp"
#include "net/server/api.hpp"
#include "net/server/client_page.hpp"
#include "net/server/control_server.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/openapi.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr std::chrono::milliseconds patience = std::chrono::seconds(20);

constexpr const char* hooked = R"({"bot_id": "b",
  "blocks": [
    {"id": "hook", "type": "webhook", "category": "triggers"},
    {"id": "price", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cross", "type": "price_cross", "category": "triggers", "properties": {"threshold": 1}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "paper", "signal": true}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cross", "index": 0}}]})";
// Its order rests far below the market.
constexpr const char* resting = R"({"bot_id": "b",
  "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "paper", "signal": true,
                    "order_type": "limit", "price": "10"}},
    {"id": "bad", "type": "math", "category": "conditions",
     "properties": {"operation": "divide", "value1": 1, "value2": 0}},
    {"id": "never", "type": "threshold", "category": "conditions"}],
  "connections": [
    {"from": {"blockId": "bad", "index": 0}, "to": {"blockId": "never", "index": 0}}]})";
// Its price waits until there is room for a call.
constexpr const char* waiting = R"({
  "blocks": [
    {"id": "price", "type": "paper", "category": "providers", "retry": {"min_wait": 20},
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "paper", "signal": true}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "buy", "index": 2}}]})";
constexpr const char* invalid = R"({"blocks": [{"id": "x", "type": "by", "category": "actions"}]})";

value document(const std::string& name = "openapi.json") {
  std::ifstream in(source_path("/docs/" + name));
  auto parsed = parse_json(std::string{std::istreambuf_iterator<char>(in), {}});
  if (!parsed.ok()) FAIL(parsed.error().to_string());
  return *parsed;
}

class described_host {
 public:
  /// `guarded`: also by TCP, where it asks for a token that nobody has.
  explicit described_host(const std::vector<std::string>& resilience = {}, bool guarded = false) {
    host_options o;
    o.data_directory = d_.path() / "data";
    std::filesystem::create_directories(o.data_directory);
    o.log = make_console_log(log_form::text, log_level::error);
    std::vector<error> wrong;
    o.resilience = parse_resilience(resilience, wrong);
    REQUIRE(wrong.empty());
    auto opened = host::open(std::move(o));
    if (!opened.ok()) FAIL(opened.error().to_string());
    host_ = std::move(*opened);
    REQUIRE(host_->wait_recovered(std::chrono::seconds(30), std::chrono::seconds(30)));
    control_server::options doors{socket(), {}, {}, {}};
    doors.bounds.keep_alive = 2 * patience;  // What never comes ends a stream of ours.
    doors.live.clock = std::make_shared<system_wall_clock>();
    if (guarded) {
      doors.tcp.emplace();
      doors.access.always = true;
    }
    auto others = peers::host_relay::open({"hub",
                                           {{"away", "http://127.0.0.1:1"}},
                                           make_console_log(log_form::text, log_level::error)});
    REQUIRE(others.ok());
    others_ = doors.peers = *others;
    auto server = control_server::open(std::move(doors), *host_);
    if (!server.ok()) FAIL(server.error().to_string());
    server_ = std::move(*server);
  }
  ~described_host() {
    server_->stop();
    others_->stop();
  }

  /// The answer's body, if it is as the document says.
  value ask(plain_request asked, unsigned status) {
    const auto got = ask_socket(socket(), asked, std::chrono::seconds(30));
    for (const auto& wrong : doc.problems(asked, got)) FAIL_CHECK(wrong);
    INFO(asked.method << " " << asked.target << ": " << got.body);
    CHECK(got.status == status);
    auto body = parse_json(got.body);
    return body.ok() ? *body : value();
  }
  value get(std::string target, unsigned status = 200) { return ask({"GET", target}, status); }
  value post(std::string target, std::string body, unsigned status = 200) {
    return ask({"POST", target, body}, status);
  }
  std::filesystem::path socket() const { return d_.path() / "c.sock"; }
  std::uint16_t port() const { return server_->port(); }
  host& inside() { return *host_; }
  /// Until this has happened in the execution.
  void await(const std::string& execution_id, const char* type) const {
    const auto client = host_client::connect(socket());
    REQUIRE(client.ok());
    CHECK(client
              ->stream(
                  "/api/v1/events/stream?after=0&execution_id=" + execution_id + "&types=" + type,
                  [](std::string_view, std::uint64_t, std::string_view) { return false; }, patience)
              .ok());
  }

  openapi doc{document()};

 private:
  scratch_directory d_;
  std::unique_ptr<host> host_;
  std::shared_ptr<peers::host_relay> others_;
  std::unique_ptr<control_server> server_;
};

std::string text_at(const value& v, std::string_view name) {
  const auto* m = v.find(name);
  return m != nullptr && m->is_text() ? m->as_text() : "";
}

void walk_host(described_host& h) {
  for (const auto* path :
       {"/livez", "/readyz", "/health", "/status", "/metrics", "/api/v1/journal/stats",
        "/api/v1/journal/head", "/api/v1/emergency", "/api/v1/risk", "/api/v1/positions",
        "/api/v1/circuit-breakers", "/api/v1/bots", "/api/v1/hosts", "/api/v1/workflows"}) {
    h.get(path);
    h.get(std::string(path) + "?unknown=1", std::string_view(path) == "/livez" ? 200 : 400);
    h.ask({"PATCH", path}, 405);
  }
  h.ask({"GET", "/metrics", {}, {{"Accept", "application/json"}}}, 200);
  CHECK(h.get("/openapi.json") == h.doc.schema().root());
  CHECK(h.get("/asyncapi.json") == document("asyncapi.json"));
  h.get("/client");
  h.get("/nowhere", 404);
  h.get("/ws", 426);
}

void walk_workflows(described_host& h) {
  const std::string w = "/api/v1/workflows/";
  h.ask({"PUT", w + "hooked", hooked}, 200);
  h.ask({"PUT", w + "rests", resting}, 200);
  h.ask({"PUT", w + "bad", invalid}, 422);
  h.ask({"PUT", w + "bad", "{"}, 422);
  h.ask({"PUT", w + "bad"}, 400);
  h.post(w + "new/validate", hooked);
  h.post(w + "new/validate", invalid, 422);
  h.get(w + "new", 404);
  h.get(w + "hooked");
  h.get("/api/v1/workflows");
  h.ask({"DELETE", w + "nothing"}, 404);
}

void walk_executions(described_host& h) {
  const std::string starts = "/executions", w = "/api/v1/workflows/";
  const auto first = h.post("/api/v1/hooks/hooked?wait=20", R"({"a": [1]})");
  const auto id = text_at(first, "execution_id");
  h.post("/api/v1/hooks/rests", "{}", 409);
  h.post("/api/v1/hooks/nothing", "{}", 404);
  h.post(w + "rests/executions?wait=20", "");
  h.post(w + "hooked/executions", "", 202);
  h.post(w + "hooked/executions?wait=x", "", 400);
  h.post(w + "nothing/executions", "", 404);
  h.ask({"POST", w + "hooked/executions", "", {{"Idempotency-Key", "a b"}}}, 400);
  const auto with_key = [&](const char* body, unsigned status) {
    return h.ask({"POST", w + "hooked/executions?wait=20", body, {{"Idempotency-Key", "k1"}}},
                 status);
  };
  const auto once = text_at(with_key("", 200), "execution_id");
  CHECK(text_at(with_key("", 200), "execution_id") == once);
  h.get(w + "hooked/latest");
  h.get(w + "nothing/latest", 404);
  h.get(w + "hooked/states");
  const std::string e = "/api/v1/executions";
  h.get(e + "?workflow_id=hooked&limit=1");
  h.get(e + "?status=nothing", 400);
  h.get(e + "/" + id);
  h.get(e + "/exec_none", 404);
  h.get(e + "/" + id + "/events?limit=3");
  h.post(e + "/" + id + "/cancel", "{}", 409);
  h.post(e + "/" + id + "/resume", "", 409);
  h.get("/api/v1/events?after=0&limit=5&types=node_completed");
  h.get("/api/v1/events?after=99999999", 410);
  h.get("/api/v1/events?types=nothing", 400);
}

void walk_trading(described_host& h) {
  const auto all = h.get("/api/v1/orders?status=open");
  REQUIRE_FALSE(all.find("orders")->as_list().empty());
  const auto& resting_order = all.find("orders")->as_list().front();
  h.post("/api/v1/orders/" + text_at(resting_order, "client_order_id") + "/settle", "", 409);
  h.get("/api/v1/orders?status=nothing", 400);
  h.get("/api/v1/risk");
  h.get("/api/v1/positions");
  h.post("/api/v1/circuit-breakers", R"({"name":"paper/data","action":"reset","reason":"r"})");
  h.post("/api/v1/circuit-breakers", R"({"name":"none","action":"reset"})", 404);
  h.post("/api/v1/circuit-breakers", R"({"name":"paper/data","action":"break"})", 400);
  h.post("/api/v1/bots/b/pause", R"({"operator":"o","reason":"r"})");
  h.post("/api/v1/bots/b/start", R"({"operator":"o","reason":"r"})");
  h.post("/api/v1/bots/none/start", "{}", 404);
  h.get("/api/v1/bots");
  const std::string e = "/api/v1/emergency";
  h.post(e, R"({"action":"halt","scope":"bot:b","reason":"r","operator":"o"})");
  h.get("/health");
  h.get("/readyz");
  h.post("/api/v1/workflows/hooked/executions?wait=20", "", 409);
  h.get(e);
  h.post(e, R"({"action":"resume","scope":"bot:b"})", 400);
  h.post(e, R"({"action":"resume","scope":"bot:b","reason":"r","operator":"o"})");
  const auto wide = h.post(e, R"({"action":"alert","scope":"bot:b","all_hosts":true})");
  h.get(e + "/all-hosts/" + text_at(*wide.find("all_hosts"), "id") + "?wait=20");
  h.get(e + "/all-hosts/none", 404);
  h.post(e, R"({"action":"resume","scope":"bot:b","reason":"r","operator":"o","all_hosts":true})");
  h.get(e + "/reports");
  h.get(e + "/reports/latest");
  h.get(e + "/reports/x", 400);
}

}  // namespace

TEST_CASE("docs/openapi.json is whole, and has the routes of the server and no other") {
  openapi doc(document());
  CHECK(doc.own_problems() == std::vector<std::string>{});
  CHECK(text_at(*doc.schema().root().find("info"), "version") == version());
  described_host h;
  auto server = http::make_api(h.inside());
  live::add_live_route(server);
  http::add_client_route(server);
  std::set<openapi::route> there;
  for (const auto& r : server.routes()) there.insert(r);
  for (const auto& [method, path] : there) {
    INFO("not in docs/openapi.json: " << method << " " << path);
    CHECK(doc.routes().contains({method, path}));
  }
  for (const auto& [method, path] : doc.routes()) {
    INFO("in docs/openapi.json alone: " << method << " " << path);
    CHECK(there.contains({method, path}));
  }
}

TEST_CASE("the document names the scope that each route asks for") {
  described_host h;
  auto server = http::make_api(h.inside());
  live::add_live_route(server);
  http::add_client_route(server);
  const openapi doc{document()};
  std::map<access::scope, int> seen;
  for (const auto& [method, path] : server.routes()) {
    INFO(method << " " << path);
    std::string asked = path;
    std::replace_if(
        asked.begin(), asked.end(), [](char c) { return c == '{' || c == '}'; }, 'x');
    const auto needed = server.needed(method, *http::parse_target(asked));
    const auto named = doc.scope_of({method, path});
    CHECK(named == (needed == access::scope::none ? "" : to_string(needed)));
    ++seen[needed];
  }
  CHECK(seen.size() == 4);
}

TEST_CASE("what a port that asks for tokens says to strangers is as the document says") {
  described_host h({}, true);
  std::size_t without = 0;
  for (const auto& [method, path] : h.doc.routes()) {
    INFO(method << " " << path);
    std::string target = path;
    std::replace_if(
        target.begin(), target.end(), [](char c) { return c == '{' || c == '}'; }, 'x');
    const auto got = ask_port(h.port(), {method, target, "{}"});
    for (const auto& wrong : h.doc.problems({method, target}, got)) FAIL_CHECK(wrong);
    const bool asks_for_none = h.doc.scope_of({method, path}).empty();
    CHECK(got.status == (asks_for_none ? 413 : 401));
    CHECK(h.doc.names({method, path}, 413) == asks_for_none);
    without += asks_for_none ? 1 : 0;
  }
  CHECK(without == 3);
}

TEST_CASE("every answer of a real host is as docs/openapi.json says, and all of them were seen") {
  described_host h;
  walk_host(h);
  walk_workflows(h);
  walk_executions(h);
  walk_trading(h);
  h.post("/api/v1/journal/prune", R"({"keep_days":"30","dry_run":"true"})");
  h.post("/api/v1/journal/prune", R"({"keep_days":"x"})", 400);
  const auto copy = h.socket().parent_path() / "copy";
  h.post("/api/v1/journal/backup", R"({"directory":")" + copy.string() + "\"}");
  h.post("/api/v1/journal/backup", "{}", 400);
  h.ask({"DELETE", "/api/v1/workflows/rests"}, 200);
  h.get("/api/v1/workflows/rests", 404);

  const auto client = host_client::connect(h.socket());
  REQUIRE(client.ok());
  std::size_t seen = 0;
  CHECK(client
            ->stream(
                "/api/v1/events/stream?after=0&workflow_id=hooked",
                [&](std::string_view, std::uint64_t, std::string_view data) {
                  const auto event = parse_json(std::string(data));
                  REQUIRE(event.ok());
                  CHECK(h.doc.schema().problems(*event, "event") == std::vector<std::string>{});
                  CHECK(text_at(*event, "workflow_id") == "hooked");
                  return ++seen < 20;
                },
                patience)
            .ok());
  CHECK(seen == 20);
  h.post("/api/v1/config/reload", "", 409);
  h.inside().on_reload([](std::vector<problem>& problems) -> result<reload_outcome> {
    problems.push_back({problem::severity::error, "host.json#/x", {}, "m", "r"});
    return error{errc::invalid_argument, "not valid", {}, {}};
  });
  h.post("/api/v1/config/reload", "", 422);
  h.inside().on_reload([](std::vector<problem>&) -> result<reload_outcome> {
    return reload_outcome{{{"log.level", "\"info\"", "\"debug\""}}, {{"server.port", "", "1"}}};
  });
  h.post("/api/v1/config/reload", "");
  h.post("/api/v1/stop", "", 202);

  auto missing = h.doc.routes();
  for (const auto& r : h.doc.succeeded) missing.erase(r);
  // A plain request is refused there, and a stream has no end. The others have tests of their own:
  // below, and in tests/net/api_orders_test.cpp.
  const std::set<openapi::route> elsewhere{{"GET", "/ws"},
                                           {"GET", "/api/v1/events/stream"},
                                           {"POST", "/api/v1/executions/{id}/cancel"},
                                           {"POST", "/api/v1/executions/{id}/resume"},
                                           {"POST", "/api/v1/orders/{id}/settle"}};
  CHECK(missing == elsewhere);
}

TEST_CASE("an execution that waits is cancelled, and one that was halted is resumed") {
  described_host h({"rate@paper/data=1/m"});
  h.ask({"PUT", "/api/v1/workflows/waits", waiting}, 200);
  h.post("/api/v1/workflows/waits/executions?wait=20", "");
  const auto start = [&] {
    auto id = text_at(h.post("/api/v1/workflows/waits/executions", "", 202), "execution_id");
    h.await(id, "node_retrying");
    return id;
  };
  const auto first = start();
  const auto in_flight = [&] {
    const auto figures = h.ask({"GET", "/metrics", {}, {{"Accept", "application/json"}}}, 200);
    const auto& samples = *figures.find("pitwall_executions_in_flight")->find("samples");
    return *samples.as_list().front().find("value");
  };
  // The one before has been answered, and may still be about to leave.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (in_flight() != value(1) && std::chrono::steady_clock::now() < give_up) continue;
  CHECK(in_flight() == value(1));
  h.post("/api/v1/executions/" + first + "/cancel", R"({"reason":"test"})");
  h.await(first, "execution_cancelled");
  CHECK(text_at(h.get("/api/v1/executions/" + first), "status") == "cancelled");

  const auto second = start();
  h.post("/api/v1/emergency", R"({"action":"halt","reason":"r","operator":"o"})");
  h.await(second, "execution_halted");
  CHECK(h.get("/health").find("status")->as_text() == "halted");
  CHECK_FALSE(h.get("/api/v1/emergency/reports/latest").find("executions")->as_list().empty());
  h.post("/api/v1/executions/" + second + "/resume", "", 409);
  h.post("/api/v1/emergency", R"({"action":"resume","reason":"r","operator":"o"})");
  h.post("/api/v1/executions/" + second + "/resume", "");
  h.await(second, "execution_resumed");

  // Removed, it takes no start; what it runs goes on.
  h.ask({"DELETE", "/api/v1/workflows/waits"}, 200);
  h.post("/api/v1/workflows/waits/executions", "", 404);
  CHECK(text_at(h.get("/api/v1/executions/" + second), "status") == "running");
  // A host that stops says so first, while it still answers and what runs goes on.
  h.get("/readyz");
  h.post("/api/v1/stop", "", 202);
  h.get("/readyz", 503);
  h.get("/livez");
  CHECK(text_at(h.get("/health"), "status") == "stopping");
  h.post("/api/v1/workflows/waits/executions", "", 503);
  h.post("/api/v1/executions/" + second + "/cancel", "");
}
