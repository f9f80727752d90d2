// A host's server and its peers': real servers, in one process.
#include "net/peers/host_relay.hpp"

#include <fstream>
#include <future>
#include <set>

#include "tests/net/scripted_server.hpp"
#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

live::live_options named(const std::string& name) {
  live::live_options o;
  o.session.host = name;
  return o;
}
std::string url_of(const server_fixture& f) {
  return "http://127.0.0.1:" + std::to_string(f.server->port());
}
/// Nobody listens there.
constexpr const char* nowhere = "http://127.0.0.1:1";

std::shared_ptr<peers::host_relay> relay_to(const std::shared_ptr<log_lines>& log,
                                            std::vector<peers::peer_setup> all,
                                            milliseconds patience = milliseconds(5'000)) {
  peers::relay_options o;
  o.command_patience = patience;
  o.own_name = "hub";
  o.peers = std::move(all);
  o.log = log;
  o.first_wait = milliseconds(20);
  o.longest_wait = milliseconds(100);
  auto made = peers::host_relay::open(std::move(o));
  if (!made.ok()) FAIL(made.error().to_string());
  return *made;
}

struct hub_and_peer {
  explicit hub_and_peer(std::vector<peers::peer_setup> more = {})
      : relay(relay_to(log, with(std::move(more)))), hub({}, named("hub"), {}, relay) {}
  ~hub_and_peer() {
    hub.server->stop();
    relay->stop();
  }
  std::vector<peers::peer_setup> with(std::vector<peers::peer_setup> more) const {
    more.push_back({"tokyo", url_of(tokyo)});
    return more;
  }

  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  server_fixture tokyo{{}, named("tokyo")};
  std::shared_ptr<peers::host_relay> relay;
  server_fixture hub;
};

/// Frames of this op, with what else it is about; others are passed over.
value await_op(stream_client& c, const std::string& op, const std::string& host = {}) {
  while (true) {
    auto f = c.hear_json();
    const auto* about = f.find("host");
    if (text_at(f, "op") == op && (host.empty() || (about != nullptr && about->as_text() == host)))
      return f;
  }
}

/// By name and peer.
std::map<std::string, double> figures_of(const peers::host_relay& relay) {
  std::map<std::string, double> out;
  for (const auto& f : relay.figures())
    for (const auto& s : f.samples) out[f.name + " " + s.labels.at(0).second] = s.value;
  return out;
}
std::set<std::string> names_of(const peers::host_relay& relay) {
  std::set<std::string> out;
  for (const auto& f : relay.figures())
    out.insert(f.name + (f.kind == metric_kind::counter ? " counter" : " gauge"));
  return out;
}
/// Of docs/metrics.md, which tells of them in a list: "name type".
std::set<std::string> documented_figures(const std::string& prefix) {
  std::set<std::string> out;
  std::ifstream in(source_path("/docs/metrics.md"));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("- `" + prefix)) continue;
    const auto end = line.find('`', 3), type = line.find('(', end) + 1;
    out.insert(line.substr(3, end - 3) + " " + line.substr(type, line.find(';', type) - type));
  }
  return out;
}

}  // namespace

TEST_CASE("events of a peer come to who asks for them, with their origin, and to nobody else") {
  hub_and_peer two;
  REQUIRE(two.log->await("tokyo: connected"));
  two.tokyo.host.publish(3, {"exec_t", "t", "", ""});
  two.hub.host.publish(2, {"exec_h", "h", "", ""});
  stream_client plain(two.hub.server->port(), "/ws"), wide(two.hub.server->port(), "/ws");
  plain.say(R"({"op":"subscribe","all":true,"after":0})");
  wide.say(R"({"op":"subscribe","all":true,"after":0,"hosts":["tokyo"],"id":1})");
  CHECK(to_json(*await_op(wide, "subscribed").find("hosts")) == R"(["tokyo"])");
  std::map<std::string, std::vector<std::string>> seen;
  while (seen["tokyo"].size() < 3 || seen["own"].size() < 2) {
    const auto f = wide.hear_json();
    if (text_at(f, "op") != "event") continue;
    const value& e = *f.find("event");
    const value* origin = e.find("origin");
    seen[origin == nullptr ? "own" : text_at(*origin, "host")].push_back(to_json(*e.find("seq")));
    if (origin != nullptr) {
      CHECK(text_at(e, "workflow_id") == "t");
      CHECK(*origin->find("seq") == *e.find("seq"));
      CHECK(text_at(*origin, "epoch") == two.tokyo.host.epoch());
    }
  }
  CHECK(seen["own"] == std::vector<std::string>{"1", "2"});
  CHECK(seen["tokyo"] == std::vector<std::string>{"1", "2", "3"});
  two.tokyo.host.publish(1, {"exec_t", "t", "", ""});
  CHECK(to_json(*await_op(wide, "event").find("event")->find("seq")) == "4");
  // The other client has seen its own, in order, and goes on to.
  two.hub.host.publish(1, {"exec_h", "h", "", ""});
  std::vector<std::string> own;
  while (own.size() < 3) {
    const auto f = plain.hear_json();
    if (text_at(f, "op") == "event") {
      CHECK(f.find("event")->find("origin") == nullptr);
      own.push_back(to_json(*f.find("event")->find("seq")));
    }
  }
  CHECK(own == std::vector<std::string>{"1", "2", "3"});

  auto figures = figures_of(*two.relay);
  CHECK(figures.at("pitwall_peer_events_total tokyo") == 4);
  CHECK(figures.at("pitwall_peer_disconnects_total tokyo") == 0);
  CHECK(figures.at("pitwall_peer_gaps_total tokyo") == 0);
  CHECK(figures.at("pitwall_peer_heard_age_seconds tokyo") >= 0);
  CHECK(figures.at("pitwall_peer_heard_age_seconds tokyo") < 60);
  two.tokyo.server->stop();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (figures.at("pitwall_peer_disconnects_total tokyo") != 1 &&
         std::chrono::steady_clock::now() < end)
    figures = figures_of(*two.relay);
  CHECK(figures.at("pitwall_peer_disconnects_total tokyo") == 1);
  CHECK(figures.at("pitwall_peer_connected tokyo") == 0);
  CHECK(documented_figures("pitwall_peer_") == names_of(*two.relay));
}

TEST_CASE("a viewer goes on with a peer at its cursor, also where the peer was away") {
  hub_and_peer two;
  two.tokyo.host.publish(5);
  {
    stream_client first(two.hub.server->port(), "/ws");
    first.say(R"({"op":"subscribe","all":true,"hosts":"all"})");
    CHECK(to_json(*await_op(first, "caught_up", "tokyo").find("seq")) == "5");
  }
  two.tokyo.host.publish(2);
  stream_client again(two.hub.server->port(), "/ws");
  again.say(R"({"op":"subscribe","all":true,"hosts":{"tokyo":{"after":4,"epoch":")" +
            two.tokyo.host.epoch() + R"("}}})");
  for (const char* seq : {"5", "6", "7"})
    CHECK(to_json(*await_op(again, "event").find("event")->find("seq")) == seq);
  again.say(R"({"op":"subscribe","all":true,"hosts":{"tokyo":{"after":4,"epoch":"other"}}})");
  const auto refused = await_op(again, "error");
  CHECK(text_at(refused, "code") == "cursor_invalid");
  CHECK(text_at(refused, "host") == "tokyo");
  again.say(R"({"op":"subscribe","all":true,"hosts":["osaka"]})");
  const auto unknown = await_op(again, "error");
  CHECK(text_at(unknown, "code") == "bad_field");
  CHECK(text_at(unknown, "message").find("there are: tokyo") != std::string::npos);
}

TEST_CASE("hosts and emergency states of peers are listed, also of one that cannot be reached") {
  hub_and_peer two(std::vector<peers::peer_setup>{{"osaka", nowhere}});
  REQUIRE(two.log->await("osaka: unreachable"));
  REQUIRE(two.log->await("tokyo: connected"));
  // It is asked again, should the change come while it is.
  auto halted = two.tokyo.host.health();
  halted.emergency = {{"bot:b", "halt"}};
  two.tokyo.host.become(std::move(halted));
  two.tokyo.host.log.append({}, emergency_state_changed{"bot:b", "normal", "halt", "", "a", "m"});
  two.tokyo.host.publish_head(two.tokyo.host.log.head());
  const auto state_of = [&](std::size_t i) {
    return json_of(two.hub.get("/api/v1/emergency")).find("hosts")->as_list().at(i);
  };
  std::string shown;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (shown.find("bot:b") == std::string::npos && std::chrono::steady_clock::now() < end)
    shown = to_json(*state_of(1).find("emergency"));
  CHECK(shown == R"({"state":"normal","scopes":[{"scope":"bot:b","state":"halt"}]})");
  CHECK(text_at(state_of(0), "state") == "unreachable");
  CHECK(state_of(0).find("emergency")->is_null());
  CHECK(text_at(state_of(0), "error").find("cannot connect") != std::string::npos);
  const auto hosts = json_of(two.hub.get("/api/v1/hosts"));
  const auto& rows = hosts.find("hosts")->as_list();
  REQUIRE(rows.size() == 2);  // The fake has no row of its own.
  CHECK(text_at(rows[0], "name") == "osaka");
  CHECK(text_at(rows[0], "role") == "peer");
  CHECK(text_at(rows[1], "name") == "tokyo");
  CHECK(text_at(rows[1], "state") == "ok");
  CHECK(text_at(rows[1], "url") == url_of(two.tokyo));
  const auto figures = figures_of(*two.relay);
  CHECK(figures.at("pitwall_peer_connected tokyo") == 1);
  CHECK(figures.at("pitwall_peer_connected osaka") == 0);
}

TEST_CASE("a peer that is another host than its name says is not listened to") {
  hub_and_peer two;
  server_fixture other({}, named("kyoto"));
  const auto log = std::make_shared<log_lines>();
  const auto relay = relay_to(log, {{"osaka", url_of(other)}});
  CHECK(log->await("there it calls itself 'kyoto'"));
  CHECK(relay->all().at(0).is.link == "unreachable");
  relay->stop();
}

TEST_CASE("a command to all hosts is told to each, and waits for none of them") {
  hub_and_peer two(std::vector<peers::peer_setup>{{"osaka", nowhere}});
  const std::string body =
      R"({"action":"halt","scope":"global","reason":"r","operator":"ana","all_hosts":true})";
  const auto own = two.hub.ask("POST", "/api/v1/emergency", body);
  REQUIRE(own.status == 200);
  CHECK(two.hub.host.commanded.reason == "r");
  CHECK(two.hub.host.commanded.trigger == "manual");
  const auto all = *json_of(own).find("all_hosts");
  CHECK(text_at(all, "action") == "halt");
  const auto report =
      json_of(two.hub.get("/api/v1/emergency/all-hosts/" + text_at(all, "id") + "?wait=20"));
  CHECK(report.find("finished")->as_bool());
  const auto& hosts = report.find("hosts")->as_list();
  REQUIRE(hosts.size() == 2);
  CHECK(text_at(hosts[0], "host") == "osaka");
  CHECK(text_at(hosts[0], "outcome") == "unreachable");
  CHECK(hosts[0].find("answer")->is_null());
  CHECK(text_at(hosts[1], "host") == "tokyo");
  CHECK(text_at(hosts[1], "outcome") == "done");
  CHECK(text_at(*hosts[1].find("answer"), "state") == "halt");
  CHECK(two.tokyo.host.commanded.action == emergency_action::halt);
  CHECK(two.tokyo.host.commanded.reason == "r");
  CHECK(two.tokyo.host.commanded.operator_name == "ana");
  CHECK(two.tokyo.host.commanded.trigger == "all_hosts:hub");
  CHECK(two.hub.host.emergencies == 1);
  CHECK(two.tokyo.host.emergencies == 1);
  CHECK(two.hub.get("/api/v1/emergency/all-hosts/none").status == 404);
}

TEST_CASE("a command does nothing at a host that listens where another one was meant") {
  server_fixture kyoto({}, named("kyoto"));
  hub_and_peer two(std::vector<peers::peer_setup>{{"osaka", url_of(kyoto)}});
  const auto own = two.hub.ask("POST", "/api/v1/emergency",
                               R"({"action":"halt","operator":"ana","all_hosts":true})");
  REQUIRE(own.status == 200);
  const auto id = text_at(*json_of(own).find("all_hosts"), "id");
  const auto report = json_of(two.hub.get("/api/v1/emergency/all-hosts/" + id + "?wait=20"));
  const auto& hosts = report.find("hosts")->as_list();
  REQUIRE(hosts.size() == 2);
  CHECK(text_at(hosts[0], "host") == "osaka");
  CHECK(text_at(hosts[0], "outcome") == "unreachable");
  CHECK(hosts[0].find("answer")->is_null());
  CHECK(text_at(hosts[0], "error").find("for host 'osaka', and this one calls itself 'kyoto'") !=
        std::string::npos);
  CHECK(kyoto.host.emergencies == 0);
  CHECK(text_at(hosts[1], "outcome") == "done");
  CHECK(two.tokyo.host.emergencies == 1);
}

TEST_CASE("a token that takes its time to be read holds up nobody who looks, nor a command") {
  std::promise<void> reading, go;
  bool first = true;  // On the thread of what is heard.
  const auto slow = [&]() -> result<std::string> {
    if (std::exchange(first, false)) {
      reading.set_value();
      go.get_future().wait();
    }
    return std::string("t");
  };
  const auto relay = relay_to(std::make_shared<log_lines>(), {{"osaka", nowhere, slow}});
  reading.get_future().wait();
  auto looked = std::async(std::launch::async, [&] {
    const auto viewer = relay->join("osaka", 7);
    relay->open_command({emergency_action::halt, "global", "r", "ana", "manual"});
    return relay->read("osaka", 0, 1).link + "/" + relay->all().at(0).is.link;
  });
  CHECK(looked.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  go.set_value();
  CHECK(looked.get() == "connecting/connecting");
  relay->stop();
}

TEST_CASE("a command may name the host that it is for") {
  server_fixture f({}, named("tokyo"));
  CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"halt","for_host":"kyoto"})").status ==
        421);
  CHECK(f.host.emergencies == 0);
  CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"halt","for_host":"tokyo"})").status ==
        200);
  CHECK(f.host.emergencies == 1);
}

TEST_CASE("a peer that knows no names is told what makes things safer, and nothing else") {
  constexpr const char* target = "/api/v1/emergency";
  const auto [action, outcome, times] = GENERATE(table<emergency_action, peers::told, std::size_t>(
      {{emergency_action::halt, peers::told::done, 2},
       {emergency_action::resume, peers::told::refused, 1}}));
  std::size_t asked = 0;  // On the server's thread.
  scripted_server old([&](const std::string& to) -> std::optional<std::string> {
    if (to != target) return http_answer(404, "{}");
    if (++asked == 1)
      return http_answer(400,
                         R"({"code":"invalid_argument","detail":"the body has an unknown member )"
                         R"('for_host'"})",
                         "Content-Type: application/problem+json\r\n");
    return http_answer(200,
                       R"({"scope":"global","previous_state":"normal","state":"halt",)"
                       R"("result":"done","unanswered_orders":[],"warnings":[]})",
                       "Content-Type: application/json\r\n");
  });
  const auto relay = relay_to(std::make_shared<log_lines>(), {{"osaka", old.url()}});
  const emergency_command command{action, "global", "r", "ana", "manual"};
  const auto id = relay->open_command(command).id;
  std::promise<peers::all_hosts_report> finished;
  relay->when_finished(id, [&](const auto& r) { finished.set_value(r); });
  relay->send_command(id, command);
  const auto report = finished.get_future().get();
  CHECK(report.hosts.at(0).outcome == outcome);
  CHECK(old.arrived(target) == times);
  relay->stop();
}

TEST_CASE("a peer that knows no names, and then does not answer, takes no more than one patience") {
  constexpr const char* target = "/api/v1/emergency";
  constexpr milliseconds patience{5'000}, first{4'000};
  std::size_t asked = 0;  // On the server's thread.
  scripted_server old([&](const std::string& to) -> std::optional<std::string> {
    if (to != target || ++asked > 1) return std::nullopt;
    const auto until = std::chrono::steady_clock::now() + first;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return http_answer(400,
                       R"({"code":"invalid_argument","detail":"the body has an unknown member )"
                       R"('for_host'"})",
                       "Content-Type: application/problem+json\r\n");
  });
  const auto relay = relay_to(std::make_shared<log_lines>(), {{"osaka", old.url()}}, patience);
  const emergency_command command{emergency_action::halt, "global", "r", "ana", "manual"};
  const auto id = relay->open_command(command).id;
  std::promise<peers::all_hosts_report> finished;
  relay->when_finished(id, [&](const auto& r) { finished.set_value(r); });
  relay->send_command(id, command);
  const auto report = finished.get_future().get();
  CHECK(report.hosts.at(0).outcome == peers::told::unknown);
  CHECK(report.hosts.at(0).after < first + patience);
  relay->stop();
}

TEST_CASE(
    "what no host would do is told to none; what this one does not do only where it is safer") {
  hub_and_peer two;
  const auto ask = [&](const std::string& members) {
    return two.hub.ask("POST", "/api/v1/emergency", "{" + members + R"(,"all_hosts":true})");
  };
  CHECK(ask(R"("action":"halt","scope":"venue:")").status == 400);
  CHECK(ask(R"("action":"resume")").status == 400);
  CHECK(two.hub.ask("POST", "/api/v1/emergency", R"({"action":"halt","all_hosts":"yes"})").status ==
        400);
  two.hub.host.emergency_result = error{errc::unavailable, "the host is stopping", {}, "wait"};
  CHECK(ask(R"("action":"resume","reason":"r","operator":"o")").status == 503);
  CHECK(two.tokyo.host.emergencies == 0);
  const auto halted = ask(R"("action":"halt")");
  CHECK(halted.status == 503);
  const auto remedy = text_at(json_of(halted), "remedy");
  const auto at = remedy.find("/api/v1/emergency/all-hosts/");
  REQUIRE(at != std::string::npos);
  CHECK(text_at(json_of(two.hub.get(remedy.substr(at) + "?wait=20")).find("hosts")->as_list()[0],
                "outcome") == "done");
  CHECK(two.tokyo.host.emergencies == 1);
}

TEST_CASE("without peers a command to all hosts is one to this host alone") {
  server_fixture f;
  const auto own = f.ask("POST", "/api/v1/emergency", R"({"action":"halt","all_hosts":true})");
  CHECK(own.status == 200);
  CHECK(to_json(*json_of(own).find("all_hosts")) ==
        R"({"id":null,"action":"halt","scope":"global","finished":true,"hosts":[]})");
  CHECK(json_of(f.get("/api/v1/emergency")).find("hosts") == nullptr);
}

TEST_CASE("the board of commands keeps the last ones, and one word of each host") {
  using namespace peers;
  all_hosts_board board(2);
  const auto told_by = [](const char* host, told outcome) {
    told_host t;
    t.host = host;
    t.outcome = outcome;
    return t;
  };
  board.open({"a", "halt", "global", {told_by("x", told::pending), told_by("y", told::pending)}});
  int called = 0;
  board.when_finished("a", [&](const all_hosts_report&) { ++called; });
  CHECK(board.tell("a", told_by("x", told::done)).empty());
  CHECK(board.tell("a", told_by("x", told::unreachable)).empty());
  CHECK_FALSE(board.find("a")->finished());
  const auto waiting = board.tell("a", told_by("y", told::refused));
  REQUIRE(waiting.size() == 1);
  waiting[0](*board.find("a"));
  CHECK(called == 1);
  CHECK(board.find("a")->hosts[0].outcome == told::done);
  board.open({"b", "halt", "global", {}});
  CHECK(board.find("b")->finished());
  board.open({"c", "halt", "global", {}});
  CHECK(board.find("a") == nullptr);
  CHECK(board.tell("a", told_by("x", told::done)).empty());
}
