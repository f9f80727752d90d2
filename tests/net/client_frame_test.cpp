#include "net/live/client_frame.hpp"

#include <random>

#include "net/live/server_frames.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::live;

namespace {

refusal refused(const std::string& text) {
  auto read = read_frame(text);
  CAPTURE(text);
  REQUIRE(std::holds_alternative<refusal>(read));
  return std::get<refusal>(std::move(read));
}
client_frame taken(const std::string& text) {
  auto read = read_frame(text);
  CAPTURE(text);
  if (const auto* r = std::get_if<refusal>(&read)) FAIL(r->message);
  return std::get<client_frame>(std::move(read));
}
template <class Op>
Op taken_as(const std::string& text) {
  return std::get<Op>(taken(text).what);
}

}  // namespace

TEST_CASE("each op is read with its fields, and its id is kept") {
  CHECK(taken(R"({"op":"ping","id":7})").id == value(7));
  CHECK(taken(R"({"op":"ping","id":"a"})").id == value("a"));
  CHECK(taken(R"({"op":"ping"})").id.is_null());
  taken_as<unsubscribe_op>(R"({"op":"unsubscribe"})");
  taken_as<stats_op>(R"({"op":"stats"})");
  CHECK(taken_as<authenticate_op>(R"({"op":"authenticate","token":"t"})").token == "t");
  const auto state = taken_as<state_op>(R"({"op":"state","kind":"execution","id":"exec_a"})");
  CHECK((state.kind == "execution" && state.id == "exec_a"));
  CHECK(taken_as<state_op>(R"({"op":"state","kind":"risk"})").id.empty());
  const auto halt = taken_as<emergency_op>(
      R"({"op":"emergency","action":"halt","scope":"bot:b","reason":"r","operator":"o"})");
  CHECK((halt.action == "halt" && halt.scope == "bot:b" && halt.reason == "r"));
  const auto sub = taken_as<subscribe_op>(
      R"({"op":"subscribe","workflow_ids":["b","a","b"],"types":["node_failed"],"after":12,)"
      R"("epoch":"e","bot_ids":null})");
  CHECK(sub.filter.workflow_ids == std::vector<std::string>{"a", "b"});
  CHECK((sub.after == 12U && sub.epoch == "e" && !sub.filter.all));
  CHECK((sub.hosts.empty() && !sub.all_hosts));
}

TEST_CASE("hosts of a subscription: all, some, or each with its cursor") {
  const auto hosts = [](const std::string& text) {
    return taken_as<subscribe_op>(R"({"op":"subscribe","all":true,"hosts":)" + text + "}");
  };
  CHECK(hosts(R"("all")").all_hosts);
  CHECK(hosts("null").hosts.empty());
  CHECK(hosts("{}").hosts.empty());
  const auto list = hosts(R"(["b","a","b"])").hosts;
  REQUIRE(list.size() == 2);
  CHECK((list[0].host == "a" && !list[0].after && list[0].epoch.empty()));
  const auto each = hosts(R"({"a":{"after":7,"epoch":"e"},"b":{}})").hosts;
  REQUIRE(each.size() == 2);
  CHECK((each[0].host == "a" && each[0].after == 7U && each[0].epoch == "e"));
  CHECK((each[1].host == "b" && !each[1].after));
  for (const char* wrong : {"7", R"("some")", "[7]", R"({"a":7})", R"({"a":{"after":-1}})",
                            R"({"a":{"seq":1}})", R"({"a":{"epoch":1}})"}) {
    const auto why =
        refused(R"({"op":"subscribe","all":true,"id":3,"hosts":)" + std::string(wrong) + "}");
    CHECK(why.code == "bad_field");
    CHECK(why.id == value(3));
  }
  CHECK(taken_as<emergency_op>(R"({"op":"emergency","action":"halt","all_hosts":true})").all_hosts);
  CHECK(refused(R"({"op":"emergency","action":"halt","all_hosts":"yes"})").field == "all_hosts");
}

TEST_CASE("what is wrong is refused with its code and its field, and the id all the same") {
  struct row {
    std::string text, code, field;
  };
  const std::string many = [] {
    std::string out = R"({"op":"subscribe","bot_ids":["x")";
    for (std::size_t i = 0; i < max_ids; ++i) out += ",\"" + std::to_string(i) + "\"";
    return out + "]}";
  }();
  const std::vector<row> rows{
      {"", "bad_json", ""},
      {"{", "bad_json", ""},
      {"[]", "bad_json", ""},
      {"\"ping\"", "bad_json", ""},
      {R"({"op":"ping","op":"ping"})", "bad_json", ""},
      {R"({"op":"ping","a":[[[[[[[[[[1]]]]]]]]]]})", "bad_json", ""},
      {R"({})", "bad_field", "op"},
      {R"({"op":1})", "bad_field", "op"},
      {R"({"op":"dance"})", "unknown_op", "op"},
      {R"({"op":"ping","id":[1]})", "bad_field", "id"},
      {R"({"op":"ping","id":")" + std::string(max_id_bytes + 1, 'x') + "\"}", "bad_field", "id"},
      {R"({"op":"ping","token":"t"})", "bad_field", "token"},
      {R"({"op":"subscribe"})", "bad_field", "all"},
      {R"({"op":"subscribe","all":false})", "bad_field", "all"},
      {R"({"op":"subscribe","all":1})", "bad_field", "all"},
      {R"({"op":"subscribe","all":true,"bot_ids":["b"]})", "bad_field", "all"},
      {R"({"op":"subscribe","workflows":["a"]})", "bad_field", "workflows"},
      {R"({"op":"subscribe","workflow_ids":"a"})", "bad_field", "workflow_ids"},
      {R"({"op":"subscribe","workflow_ids":[""]})", "bad_field", "workflow_ids"},
      {R"({"op":"subscribe","strategy_ids":[1]})", "bad_field", "strategy_ids"},
      {R"({"op":"subscribe","types":["node_begun"]})", "bad_field", "types"},
      {R"({"op":"subscribe","all":true,"after":-1})", "bad_field", "after"},
      {R"({"op":"subscribe","all":true,"after":1.5})", "bad_field", "after"},
      {R"({"op":"subscribe","all":true,"after":"1"})", "bad_field", "after"},
      {R"({"op":"subscribe","all":true,"epoch":1})", "bad_field", "epoch"},
      {many, "bad_field", "bot_ids"},
      {R"({"op":"state"})", "bad_field", "kind"},
      {R"({"op":"state","kind":"weather"})", "bad_field", "kind"},
      {R"({"op":"state","kind":"workflow"})", "bad_field", "id"},
      {R"({"op":"state","kind":"workflow","id":1})", "bad_field", "id"},
      {R"({"op":"emergency"})", "bad_field", "action"},
      {R"({"op":"emergency","action":"halt","scope":7})", "bad_field", "scope"},
      {R"({"op":"emergency","action":"halt","scope":null})", "bad_field", "scope"},
      {R"({"op":"authenticate","token":7})", "bad_field", "token"},
  };
  for (const auto& r : rows) {
    const auto why = refused(r.text);
    CAPTURE(r.text);
    CHECK(why.code == r.code);
    CHECK(why.field == r.field);
    CHECK_FALSE(why.remedy.empty());
    CHECK(parse_json(error_frame(why)).ok());
  }
  CHECK(refused(R"({"op":"dance","id":"x"})").id == value("x"));
  CHECK(refused(R"({"op":"subscribe","id":3})").id == value(3));
  CHECK(error_frame(refused(R"({"op":"state","id":1})"))
            .starts_with(R"({"op":"error","id":1,"code":"bad_field","message":")"));
}

TEST_CASE("an answer does not grow with what was said") {
  const std::string large(100'000, 'x');
  for (const auto& text :
       {R"({"op":"ping",")" + large + R"(":1})", R"({"op":")" + large + "\"}",
        R"({"op":"state","kind":")" + large + "\"}", R"({"op":"ping","id":")" + large + "\"}",
        R"({"op":"subscribe","types":[")" + large + "\"]}"}) {
    CHECK(error_frame(refused(text)).size() < 2'000);
  }
}

TEST_CASE("whatever bytes come, they are read or refused") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> good{
      R"({"op":"subscribe","workflow_ids":["a"],"types":["node_failed"],"after":12,"id":1})",
      R"({"op":"emergency","action":"halt","scope":"global","reason":"r","id":"x"})"};
  std::size_t broken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good[random() % good.size()];
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const auto at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random());
      } else {
        text.erase(at, 1 + random() % 4);
      }
    }
    const auto read = read_frame(text);
    const auto* why = std::get_if<refusal>(&read);
    if (why == nullptr) continue;
    ++broken;
    if (!parse_json(error_frame(*why)).ok()) FAIL("the answer to '" + text + "' is no JSON");
  }
  CHECK(broken > 1'000);
}

TEST_CASE("ids are alternatives, types narrow them") {
  const event_scope a{"e", "wa", "ba", "sa"};
  const event_scope none{};
  event_filter f;
  f.workflow_ids = {"wa", "wb"};
  f.bot_ids = {"bc"};
  CHECK(f.wants(a, "node_failed"));
  CHECK(f.wants({"e", "wc", "bc", ""}, "node_failed"));
  CHECK_FALSE(f.wants({"e", "wc", "bd", "wa"}, "node_failed"));
  CHECK_FALSE(f.wants(none, "node_failed"));
  f.types = {"node_failed", "node_started"};
  CHECK(f.wants(a, "node_started"));
  CHECK_FALSE(f.wants(a, "node_completed"));
  event_filter only_types;
  only_types.types = {"emergency_state_changed"};
  CHECK(only_types.wants(none, "emergency_state_changed"));
  CHECK_FALSE(only_types.wants(none, "node_failed"));
  event_filter everything;
  everything.all = true;
  CHECK(everything.wants(none, "node_failed"));
}
