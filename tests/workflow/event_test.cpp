#include "runtime/workflow/event.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;

namespace {

const timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} +
                     std::chrono::hours{12} + std::chrono::microseconds{42}};
const event_scope scope{"exec_w_01ARZ3NDEKTSV4RRFFQ69G5FAV", "w", "bot-1", ""};

node_ref a_node() {
  return std::make_shared<const node_identity>(node_identity{"n1", "My node", "buy", "actions"});
}
outputs_ref some_outputs() {
  auto names = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"price", "book", "none"});
  return std::make_shared<const port_values>(port_values{
      names, {decimal::parse("67000.5").value(), value(value::list{decimal(1)}), value()}});
}
order_request an_order() {
  return {
      "paper",       "BTC/USD", order_side::sell, order_kind::fok, decimal::parse("0.5").value(),
      decimal(67000)};
}

/// One of each type, in the order of their tags.
std::vector<event_body> one_of_each() {
  const auto node = a_node();
  return {
      execution_started{3, "abc", value(value::object{{"hook", value("x")}}), "key-1"},
      execution_completed{run_status::completed_with_errors, microseconds(1'234'567)},
      execution_failed{"it broke", "timeout", microseconds(5)},
      execution_halted{"limit", "halt"},
      execution_cancelled{"by hand", microseconds(0)},
      node_started{node, 2},
      node_completed{node, 1, microseconds(12'345), some_outputs(), noon, node_status::in_doubt},
      node_failed{node, 3, microseconds(1'000), "no \"price\"", "unavailable"},
      node_skipped{node, "source failed"},
      node_state_changed{node, 7, value(decimal(3)), some_outputs()},
      order_intent{node, "pw-1", an_order()},
      order_submitted{node, "pw-1", "v-9"},
      order_filled{node, "pw-1", an_order(), order_fill{decimal(66999), decimal(1), {}, "USD"},
                   true},
      order_rejected{node, "pw-1", "insufficient_funds", "too poor"},
      order_canceled{node, "pw-1", "expired"},
      order_in_doubt{node, "pw-1", "no answer"},
      notification_sent{node, "hello", "https://user:key@hooks.example.com/T0/secret?t=1"},
      emergency_state_changed{"venue:paper", "normal", "halt", "flash", "ann", "manual"},
      execution_resumed{{node, node}},
      node_retrying{node, 1, microseconds(1'500'000), "no answer", "unavailable"},
      circuit_breaker_state_changed{"paper/data", "closed", "open", "5 failures in 120 s", "",
                                    value(3)},
      risk_limit_warning{"bot:b", "daily_loss_limit", -400, -500, 80},
      risk_limit_exceeded{"global", "daily_loss_limit", -501, -500, true,
                          value(value::object{{"realized_today", decimal(-501)}})},
      bot_state_changed{"running", "paused", "maintenance", "ann", "manual"},
      trip_recorded{"bot:b", noon, noon, {"pw-1"}, value(value::object{{"limit", "x"}})},
      trip_acknowledged{17, "done", noon},
      order_settled{node, "pw-1", "filled", "seen at the venue", "ann"},
      bot_metrics{noon, 9, 5, 1, 1, 0, 0, 1, 4, 1, value(decimal(-3)), value()}};
}

value json_of(const event_body& body, std::uint64_t seq = 7) {
  const auto text = event_json(seq, scope, event{noon, body});
  CAPTURE(text);
  auto v = parse_json(text);
  REQUIRE(v.ok());
  return *v;
}

test::json_schema events_schema() {
  std::ifstream file(test::source_path("/docs/schema/events.schema.json"));
  std::stringstream text;
  text << file.rdbuf();
  auto v = parse_json(text.str());
  REQUIRE(v.ok());
  return test::json_schema(std::move(*v));
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& l : lines) out += l + "\n";
  return out;
}

}  // namespace

TEST_CASE("event: every type has a sample, a name of its own and the whole envelope", "[event]") {
  const auto names = event_type_names();
  const auto samples = one_of_each();
  REQUIRE(samples.size() == names.size());
  CHECK(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    REQUIRE(samples[i].index() == i);
    CHECK(type_name(samples[i]) == names[i]);
    const auto v = json_of(samples[i]);
    const auto& members = v.as_object();
    REQUIRE(members.size() > 7);
    const char* const envelope[] = {"seq",    "type",        "execution_id", "workflow_id",
                                    "bot_id", "strategy_id", "timestamp"};
    for (std::size_t field = 0; field < 7; ++field) CHECK(members[field].first == envelope[field]);
    CHECK(v.find("seq")->as_number() == decimal(7));
    CHECK(v.find("type")->as_text() == names[i]);
    CHECK(v.find("bot_id")->as_text() == "bot-1");
    CHECK(v.find("strategy_id")->is_null());
    CHECK(v.find("timestamp")->as_text() == "2026-03-01T12:00:00.000042Z");
  }
}

TEST_CASE("event: fields of the stable core are as the contract names them", "[event]") {
  const auto samples = one_of_each();
  CHECK(event_json(1, scope, {noon, samples[1]}) ==
        R"({"seq":1,"type":"execution_completed",)"
        R"("execution_id":"exec_w_01ARZ3NDEKTSV4RRFFQ69G5FAV","workflow_id":"w",)"
        R"("bot_id":"bot-1","strategy_id":null,"timestamp":"2026-03-01T12:00:00.000042Z",)"
        R"("status":"completed_with_errors","duration_ms":1234.567})");
  const auto completed = event_json(1, scope, {noon, samples[6]});
  CHECK(completed.find(R"("node_id":"n1","node_name":"My node","node_category":"actions",)"
                       R"("attempt":1,"duration_ms":12.345,)"
                       R"("outputs":{"price":67000.5,"book":[1],"none":null},)"
                       R"("status":"in_doubt"})") != std::string::npos);
  const auto failed = event_json(1, scope, {noon, samples[7]});
  CHECK(failed.find(R"("attempt":3,"duration_ms":1.000,"error":"no \"price\"",)"
                    R"("error_type":"unavailable"})") != std::string::npos);
  const auto emergency = event_json(1, event_scope{}, {noon, samples[17]});
  CHECK(emergency.find(R"("execution_id":null,"workflow_id":null,"bot_id":null)") !=
        std::string::npos);
  CHECK(emergency.find(R"("scope":"venue:paper","previous_state":"normal","new_state":"halt",)"
                       R"("reason":"flash","operator":"ann","trigger":"manual"})") !=
        std::string::npos);
}

TEST_CASE("event: durations have three decimals", "[event]") {
  const auto duration = [](std::int64_t us) {
    const auto text =
        event_json(1, {}, {noon, execution_completed{run_status::completed, microseconds(us)}});
    const auto at = text.find("duration_ms\":") + 13;
    return text.substr(at, text.size() - 1 - at);
  };
  CHECK(duration(0) == "0.000");
  CHECK(duration(7) == "0.007");
  CHECK(duration(1'050) == "1.050");
  CHECK(duration(86'400'000'001) == "86400000.001");
  CHECK(duration(-5) == "0.000");
}

TEST_CASE("event: a webhook's secrets stay out", "[event]") {
  const auto url = [](std::string text) {
    return to_json(*json_of(notification_sent{a_node(), "m", std::move(text)}).find("url"));
  };
  CHECK(url("https://user:key@hooks.example.com/T0/secret?t=1") == "\"https://hooks.example.com\"");
  CHECK(url("http://h:8080?token=1") == "\"http://h:8080\"");
  CHECK(url("") == "null");
  CHECK(url("no-scheme/secret") == "null");
}

TEST_CASE("event: values that are not there are null, and nothing crashes", "[event]") {
  const auto v = json_of(node_completed{});
  CHECK(v.find("node_id")->is_null());
  CHECK(v.find("outputs")->as_object().empty());
  const auto intent = json_of(order_intent{a_node(), "pw-1", order_request{}});
  CHECK(intent.find("price")->is_null());
}

TEST_CASE("event: node_of finds the node of every event that has one", "[event]") {
  for (const auto& body : one_of_each()) {
    const std::string name(type_name(body));
    CAPTURE(name);
    const bool about_node = !name.starts_with("execution_") && !name.starts_with("emergency_") &&
                            !name.starts_with("circuit_breaker_") && !name.starts_with("risk_") &&
                            !name.starts_with("bot_") && !name.starts_with("trip_");
    REQUIRE((node_of(body) != nullptr) == about_node);
    if (about_node) CHECK(node_of(body)->id == "n1");
  }
}

TEST_CASE("event: every type is valid by the published schema, with no field left out", "[event]") {
  const auto schema = events_schema();
  for (const auto& body : one_of_each()) {
    const std::string name(type_name(body));
    const auto v = json_of(body);
    INFO(to_json(v));
    INFO(joined(schema.problems(v, name)));
    CHECK(schema.problems(v, name).empty());
    CHECK(schema.problems(v).empty());
    const auto* definition = schema.root().find("$defs")->find(name);
    REQUIRE(definition != nullptr);
    const auto& documented = definition->find("properties")->as_object();
    CHECK(documented.size() == v.as_object().size());
    for (const auto& [field, unused] : v.as_object()) {
      INFO(field);
      CHECK(definition->find("properties")->find(field) != nullptr);
    }
  }
}

TEST_CASE("event: the schema has exactly our types and refuses what is wrong", "[event]") {
  const auto schema = events_schema();
  std::set<std::string> listed;
  for (const auto& option : schema.root().find("oneOf")->as_list()) {
    listed.insert(option.find("$ref")->as_text().substr(8));
  }
  std::set<std::string> ours;
  for (const auto name : event_type_names()) ours.emplace(name);
  CHECK(listed == ours);
  for (const auto& body : one_of_each()) {
    const auto v = json_of(body);
    // Without any one of its fields an event is not valid.
    for (std::size_t i = 0; i < v.as_object().size(); ++i) {
      auto fewer = v.as_object();
      INFO(fewer[i].first);
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK_FALSE(schema.problems(value(fewer)).empty());
    }
  }
}

TEST_CASE("event: statuses have the contract's names", "[event]") {
  CHECK(to_string(run_status::completed_with_errors) == "completed_with_errors");
  CHECK(to_string(run_status::timed_out) == "timed_out");
  CHECK(to_string(node_status::in_doubt) == "in_doubt");
  CHECK(to_string(node_status::retrying) == "retrying");
  CHECK_FALSE(is_final(run_status::queued));
  CHECK_FALSE(is_final(run_status::running));
  CHECK(is_final(run_status::completed));
  CHECK(is_final(run_status::cancelled));
}
