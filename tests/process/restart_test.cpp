// Bots of a real host that are started again after failures, over kill -9; triggers and policies
// that change while it runs; and what bots have come to, as events.
#include <chrono>
#include <csignal>
#include <set>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

using steady = std::chrono::steady_clock;

/// It asks a venue where nobody listens.
constexpr std::string_view failing = R"({"bot_id": "arb", "blocks": [
  {"id": "p", "type": "binance", "category": "providers", "on_error": "fail",
   "retry": {"max_attempts": 1},
   "properties": {"profile_id": "sim", "enabled_endpoints": ["price_feed"]}}]})";
constexpr std::string_view looking = R"({"bot_id": "arb", "blocks": [
  {"id": "p", "type": "paper", "category": "providers",
   "properties": {"enabled_endpoints": ["price_feed"]}}]})";

class bot_host {
 public:
  explicit bot_host(std::string_view workflow) { write_workflow(workflow); }
  void write_workflow(std::string_view text) { workflow_ = d_.write("w.json", text); }
  void configure(const std::string& of_bot, const std::string& more = {}) {
    config_ = d_.write("host.json", R"({"bots": [{"id": "arb", "workflow": ")" +
                                        workflow_.string() + "\"" + of_bot + "}]" + more + "}");
  }
  void launch() {
    process_ = std::make_unique<child_process>(std::vector<std::string>{
        pitwall_binary(), "serve", "--config", config_.string(), "--data-dir", data(), "--venue",
        "sim=binance:http://127.0.0.1:1", "--resilience", "breaker.failures=0"});
    REQUIRE(process_->await_line("ready:"));
  }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data()});
    return run_program(arguments);
  }
  plain_reply ask(const std::string& method, const std::string& target,
                  const std::string& body = {}) const {
    return ask_socket(std::filesystem::path(data()) / "control.sock", {method, target, body});
  }
  value bot() const {
    const auto all = parse_json(ask("GET", "/api/v1/bots").body).value();
    return all.find("bots")->as_list().front();
  }
  std::vector<value> events(const std::string& type) const {
    std::vector<value> out;
    std::istringstream lines(cli({"events", "--json", "--limit", "0", "--types", type}).out);
    for (std::string line; std::getline(lines, line);) out.push_back(parse_json(line).value());
    return out;
  }
  template <class Condition>
  static bool becomes_true(Condition condition) {
    for (const auto until = steady::now() + std::chrono::seconds(60); steady::now() < until;)
      if (condition()) return true;
    return false;
  }

 private:
  std::string data() const { return (d_.path() / "data").string(); }

  scratch_directory d_;
  std::filesystem::path workflow_, config_;
  std::unique_ptr<child_process> process_;
};

std::string text_at(const value& v, std::string_view name) {
  const auto* m = v.find(name);
  return m != nullptr && m->is_text() ? m->as_text() : std::string();
}

}  // namespace

TEST_CASE("a failing bot is started again over kill -9, once for each failure, and then paused") {
  bot_host h(failing);
  h.configure(R"(, "restart": "on_failure max=4 wait=200ms max_wait=400ms")");
  h.launch();
  CHECK(h.ask("POST", "/api/v1/workflows/w/executions").status == 202);
  REQUIRE(h.becomes_true([&] { return h.events("execution_failed").size() >= 2; }));
  h.end(SIGKILL);
  h.launch();
  REQUIRE(h.becomes_true([&] { return text_at(h.bot(), "state") == "paused"; }));
  CHECK(text_at(h.bot(), "reason").find("5 executions in a row failed") == 0);
  h.end(SIGKILL);
  h.launch();
  // A pause is in force before it is durable: what the kill took of it is made up for.
  REQUIRE(h.becomes_true([&] { return !h.events("bot_state_changed").empty(); }));
  CHECK(text_at(h.bot(), "state") == "paused");
  const auto started = h.events("execution_started");
  std::set<std::string> keys;
  for (const auto& e : started)
    if (const auto key = text_at(e, "idempotency_key"); !key.empty())
      CHECK(keys.insert(key).second);
  CHECK(started.size() == 5);
  CHECK(keys.size() == 4);
  CHECK(text_at(h.events("bot_state_changed").back(), "trigger") == "restart_policy");
  h.end(SIGTERM);
}

TEST_CASE("triggers and restart policies follow a reload, and a workflow that is deployed anew") {
  bot_host h(looking);
  h.configure(R"(, "trigger": "every 1h")");
  h.launch();
  CHECK(text_at(*h.bot().find("trigger"), "text") == "every 1h");
  h.configure(R"(, "trigger": "every 1s", "restart": "on_failure")");
  const auto reloaded = h.cli({"config", "reload"});
  CHECK(reloaded.exit_code == 0);
  CHECK(reloaded.out.find("changed bots[arb].trigger: \"every 1h\" -> \"every 1s\"") !=
        std::string::npos);
  REQUIRE(h.becomes_true([&] { return h.events("execution_completed").size() >= 2; }));
  // Without its workflow it waits until that is there again.
  CHECK(h.ask("DELETE", "/api/v1/workflows/w", {}).status < 300);
  const auto has_trigger = [&] {
    const auto all = parse_json(h.ask("GET", "/api/v1/bots").body).value();
    for (const auto& b : all.find("bots")->as_list())
      if (const auto* t = b.find("trigger"); t != nullptr && !t->is_null())
        return !text_at(*t, "text").starts_with("rests: no workflow 'w' is deployed");
    return false;
  };
  REQUIRE(h.becomes_true([&] { return !has_trigger(); }));
  CHECK(h.ask("PUT", "/api/v1/workflows/w", std::string(looking)).status == 200);
  REQUIRE(h.becomes_true(has_trigger));
  // One that cannot be had changes nothing.
  h.configure(R"(, "trigger": "event nothing of w")");
  CHECK(h.cli({"config", "reload"}).exit_code == 64);
  CHECK(text_at(*h.bot().find("trigger"), "text") == "every 1s");
  h.configure("");
  CHECK(h.cli({"config", "reload"}).exit_code == 0);
  REQUIRE(h.becomes_true([&] { return !has_trigger(); }));
  h.end(SIGTERM);
}

TEST_CASE("what a bot has come to is an event, while something of it changes") {
  bot_host h(looking);
  h.configure("", R"(, "scheduler": {"bot_metrics": "100ms"})");
  h.launch();
  for (int i = 0; i < 3; ++i)
    CHECK(h.ask("POST", "/api/v1/workflows/w/executions?wait=20").status == 200);
  const auto last = [&] {
    const auto all = h.events("bot_metrics");
    return all.empty() ? value() : all.back();
  };
  REQUIRE(h.becomes_true([&] {
    const auto e = last();
    return e.is_object() && e.find("completed")->as_number() == decimal(3);
  }));
  CHECK(text_at(last(), "bot_id") == "arb");
  CHECK(last().find("executions_started")->as_number() == decimal(3));
  CHECK(last().find("fills")->as_number().is_zero());
  h.end(SIGTERM);
  CHECK(h.events("bot_metrics").size() <= 6);  // One for each start, and for each end, at most.
}

}  // namespace pitwall::test
