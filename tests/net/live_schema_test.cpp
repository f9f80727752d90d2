// docs/asyncapi.json against what the real server says and hears.
#include <fstream>
#include <iterator>
#include <set>

#include "net/live/client_frame.hpp"
#include "net/peers/host_relay.hpp"
#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

value document() {
  std::ifstream in(source_path("/docs/asyncapi.json"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto parsed = parse_json(text);
  if (!parsed.ok()) FAIL(parsed.error().to_string());
  return *parsed;
}
const value& schema_of(const value& doc, const std::string& name) {
  const value* found = doc.find("components")->find("schemas")->find(name);
  if (found == nullptr) FAIL("docs/asyncapi.json has no schema " + name);
  return *found;
}

/// Checks each frame, and notes which ops there were.
class frame_checker {
 public:
  void check(const value& frame) {
    const std::string op = text_at(frame, "op");
    const std::string name = "server_" + op;
    CAPTURE(to_json(frame));
    for (const auto& problem : schema_.problems(frame, name)) FAIL_CHECK(problem);
    const auto* known = schema_of(schema_.root(), name).find("properties");
    for (const auto& member : frame.as_object()) {
      CAPTURE(member.first);
      CHECK(known->find(member.first) != nullptr);
    }
    ops.insert(op);
  }
  std::set<std::string> ops;

 private:
  json_schema schema_{document()};
};

}  // namespace

TEST_CASE("every frame of the server is as docs/asyncapi.json says, and all of them were seen") {
  live::live_options often;
  often.heartbeat = milliseconds(10);
  often.session.host = "hub";
  const auto others = peers::host_relay::open(
      {"hub", {{"away", "http://127.0.0.1:1"}}, std::make_shared<log_lines>()});
  REQUIRE(others.ok());
  server_fixture f({}, often, {}, *others);
  f.host.publish(5);
  f.host.emergency_result->closed_at = timestamp(std::chrono::seconds(1'700'000'000));
  stream_client c(f.server->port(), "/ws");
  frame_checker frames;
  const std::vector<std::string> said{
      R"({"op":"authenticate","token":"t","id":1})",
      R"({"op":"subscribe","all":true,"hosts":"all","id":2})",
      R"({"op":"stats","id":3})",
      R"({"op":"ping","id":"p"})",
      R"({"op":"state","kind":"host"})",
      R"({"op":"state","kind":"risk","id":"r"})",
      R"({"op":"emergency","action":"halt","id":4})",
      R"({"op":"unsubscribe","id":5})",
      R"({"op":"subscribe","all":true,"after":99,"id":6})",
      R"({"op":"subscribe","nothing":1})",
      R"({"op":"subscribe","types":["emergency_state_changed"],"after":0})",
      R"({"op":"unsubscribe"})",
      R"({"op":"unsubscribe"})",
  };
  for (const auto& one : said) REQUIRE_FALSE(c.say(one));
  std::set<std::string> expected;
  const value doc = document();
  for (const auto& [name, schema] : doc.find("components")->find("schemas")->as_object()) {
    if (name.starts_with("server_")) expected.insert(name.substr(7));
  }
  CHECK(expected.size() >= 12);
  for (int i = 0; i < 1'000 && frames.ops != expected; ++i) frames.check(c.hear_json());
  CHECK(frames.ops == expected);
  f.server->stop();
  (*others)->stop();
}

TEST_CASE("every frame that docs/asyncapi.json lets a client say is understood") {
  const value doc = document();
  const json_schema schema(doc);
  std::set<std::string> ops;
  for (const auto& [name, message] : doc.find("components")->find("messages")->as_object()) {
    const auto* examples = message.find("examples");
    if (name.starts_with("client_")) REQUIRE(examples != nullptr);
    if (examples == nullptr) continue;
    for (const auto& example : examples->as_list()) {
      const value& payload = *example.find("payload");
      CAPTURE(to_json(payload));
      for (const auto& problem : schema.problems(payload, name)) FAIL_CHECK(problem);
      if (!name.starts_with("client_")) continue;
      const auto read = live::read_frame(to_json(payload));
      if (const auto* r = std::get_if<live::refusal>(&read)) FAIL_CHECK(r->message);
      ops.insert(text_at(payload, "op"));
    }
  }
  // What the server itself says that it knows.
  const auto unknown = live::read_frame(R"({"op":"?"})");
  const auto& known = std::get<live::refusal>(unknown).remedy;
  for (const auto& op : ops) CHECK(known.find(op) != std::string::npos);
  CHECK(ops.size() == 7);
  const auto kinds = schema_of(doc, "client_state").find("properties")->find("kind");
  for (const auto& kind : kinds->find("enum")->as_list()) {
    bool needs_id = false;
    CHECK_FALSE(live::path_of_state(kind.as_text(), needs_id).empty());
  }
}
