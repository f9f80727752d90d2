// The configuration of a real host: its file, the environment, and changes while it runs.
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

finished config(std::vector<std::string> arguments,
                const std::vector<std::string>& variables = {}) {
  std::vector<std::string> all{"/usr/bin/env"};
  all.insert(all.end(), variables.begin(), variables.end());
  all.push_back(pitwall_binary());
  all.emplace_back("config");
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all);
}

/// A host on a configuration file that the test changes.
class configured {
 public:
  explicit configured(const std::string& text, const std::vector<std::string>& variables = {}) {
    d_.write("w.json", buys);
    write(text);
    std::vector<std::string> all{"/usr/bin/env"};
    all.insert(all.end(), variables.begin(), variables.end());
    for (const auto& a : {pitwall_binary(), std::string("serve"), std::string("--config"), file(),
                          std::string("--data-dir"), data()})
      all.push_back(a);
    process_ = std::make_unique<child_process>(all);
    REQUIRE(process_->await_line("ready:"));
  }
  ~configured() { end(); }
  int end() {
    if (!process_) return 0;
    const auto gone = std::exchange(process_, nullptr);
    gone->signal(SIGTERM);
    return gone->wait();
  }
  void write(const std::string& text) { d_.write("host.json", text); }
  value ask(std::string_view method, const std::string& target, std::string_view body = {}) {
    auto client = host_client::connect(data() + "/control.sock");
    REQUIRE(client.ok());
    const auto reply = client->request(method, target, body, std::chrono::seconds(30));
    REQUIRE(reply.ok());
    INFO(reply->body);
    REQUIRE(reply->status < 300);
    return parse_json(reply->body).value();
  }
  /// The events of a type, once there are so many: an answer may come before they are published.
  std::vector<value> await(const std::string& type, std::size_t count) {
    const auto client = host_client::connect(data() + "/control.sock");
    REQUIRE(client.ok());
    std::vector<value> seen;
    CHECK(client
              ->stream(
                  "/api/v1/events/stream?after=0&types=" + type,
                  [&](std::string_view, std::uint64_t, std::string_view text) {
                    seen.push_back(parse_json(text).value());
                    return seen.size() < count;
                  },
                  std::chrono::seconds(30))
              .ok());
    REQUIRE(seen.size() == count);
    return seen;
  }
  finished reload() { return config({"reload", "--data-dir", data()}); }
  std::string file() const { return (d_.path() / "host.json").string(); }
  std::string data() const { return (d_.path() / "data").string(); }
  std::filesystem::path path(const std::string& name) const { return d_.path() / name; }
  child_process& process() { return *process_; }

 private:
  scratch_directory d_;
  std::unique_ptr<child_process> process_;
};

std::string state_of(configured& h, const std::string& bot) {
  const auto all = h.ask("GET", "/api/v1/bots");
  for (const auto& b : all.find("bots")->as_list())
    if (b.find("id")->as_text() == bot) return b.find("state")->as_text();
  return "unknown";
}

std::string limits_of(configured& h) { return to_json(*h.ask("GET", "/api/v1/risk").find("host")); }

}  // namespace

TEST_CASE("the example is good, prints as itself, and says where everything comes from",
          "[config]") {
  const auto file = source_path("/examples/host.json");
  const auto checked = config({"check", "--config", file});
  CAPTURE(checked.err);
  CHECK(checked.exit_code == 0);
  CHECK(has(checked.out, "valid (profile production)"));
  const auto printed = config({"print", "--config", file});
  REQUIRE(printed.exit_code == 0);
  scratch_directory d;
  const auto again = config({"print", "--config", d.write("again.json", printed.out).string()});
  CHECK(again.exit_code == 0);
  CHECK(again.out == printed.out);
  const auto origins = config({"print", "--origin", "--config", file, "--drain", "5"},
                              {"PITWALL__LOG__LEVEL=debug"});
  CAPTURE(origins.out);
  for (const char* part : {"profile production", "host.json#/server/port", "PITWALL__LOG__LEVEL",
                           "--drain", "default"})
    CHECK(has(origins.out, part));
  CHECK(config({"schema"}).out == text_of(source_path("/docs/schema/config.json")));
}

TEST_CASE("all that is wrong is told before anything starts", "[config]") {
  scratch_directory d;
  const auto file = d.write("host.json", R"({
    "server": {"port": 8080, "listen": "0.0.0.0", "prot": 1},
    "risk": {"daily_loss_limit": 500},
    "venues": {"sim": {"type": "binance", "url": "ftp://h:1", "key_file": "none.key"},
               "far": {"type": "binance", "url": "https://api9.binance.com", "stream": true}},
    "bots": [{"id": "a", "workflow": "none.json"},
             {"id": "b", "workflow": "bad.json", "venues": {"binance": "smi"}}]})");
  d.write("bad.json", R"({"blocks": [{"id": "x", "type": "by", "category": "actions"}]})");
  const auto data = (d.path() / "data").string();
  for (const char* command : {"serve", "check"}) {
    std::vector<std::string> all{"/usr/bin/env", "PITWALL__LOG__LEVEL=loud", pitwall_binary()};
    if (std::string_view(command) == "check") all.emplace_back("config");
    for (const auto& a :
         {std::string(command), std::string("--config"), file.string(), std::string("--data-dir"),
          data, std::string("--bot-limit"), std::string("x")})
      all.push_back(a);
    const auto f = run_program(all);
    CAPTURE(command, f.err);
    CHECK(f.exit_code == 64);
    for (const char* part :
         {"host.json#/server/prot", "did you mean 'port'?", "host.json#/risk/daily_loss_limit",
          "host.json#/venues/sim/url", "host.json#/venues/sim/key_file",
          "host.json#/venues/far/url", "it is not known where api9.binance.com has its streams",
          "host.json#/bots/0/workflow", "host.json#/bots/1/venues/binance", "did you mean 'sim'?",
          "bad.json#/blocks/0/type", "did you mean 'buy'?", "PITWALL__LOG__LEVEL", "--bot-limit x",
          "host.json#/server/listen", "no token is configured", "in the clear"}) {
      CAPTURE(part);
      CHECK(has(f.err, part));
    }
    CHECK_FALSE(std::filesystem::exists(data));
  }
  const auto json = config({"check", "--json", "--config", file.string()});
  CHECK(json.exit_code == 64);
  const auto told = parse_json(json.out);
  REQUIRE(told.ok());
  CHECK_FALSE(told->find("valid")->as_bool());
  CHECK(told->find("problems")->as_list().size() >= 8);
}

TEST_CASE("the file of the package is good, and what it comments out too, checked as it says",
          "[config]") {
  auto text = text_of(source_path("/packaging/pitwall.json"));
  scratch_directory d;
  CHECK(config({"check", "--config", d.write("as_it_is.json", text).string()}).exit_code == 0);
  const auto begin = text.find("  // ,\"venues\"");
  REQUIRE(begin != std::string::npos);
  for (auto at = begin; at != std::string::npos; at = text.find("\n  // ", at)) {
    at += text[at] == '\n' ? 1 : 0;
    text.erase(at, 5);
  }
  d.write("first.json", text_of(source_path("/examples/first_workflow.json")));
  const auto with_venue = d.write("with_venue.json", text).string();
  // The key is where the unit alone sees it.
  const auto alone = config({"check", "--config", with_venue});
  CHECK(alone.exit_code == 64);
  CHECK(has(alone.err, "/venues/sim/key_file"));
  const auto key = d.write("sim.key", std::string(32, 'k') + "\n" + std::string(32, 's') + "\n");
  std::filesystem::permissions(key, std::filesystem::perms(0600));
  const std::string variable = "PITWALL__VENUES__SIM__KEY_FILE=";
  REQUIRE(text.find("sudo " + variable) != std::string::npos);
  const auto told = config({"check", "--config", with_venue}, {variable + key.string()});
  CAPTURE(told.err);
  CHECK(told.exit_code == 0);
}

TEST_CASE("a check of nothing says what to name, and one of the wrong kind of file too",
          "[config]") {
  const auto nothing = config({"check"});
  CHECK(nothing.exit_code == 64);
  CHECK(has(nothing.err, "there is nothing to check"));
  CHECK(has(nothing.err, "pitwall config check --config FILE"));
  CHECK(has(config({"check", "--json"}).out, R"({"valid":false,)"));
  CHECK(config({"check"}, {"PITWALL__LOG__LEVEL=debug"}).exit_code == 0);
  CHECK(config({"check", "--profile", "production"}).exit_code == 0);
  CHECK(config({"check", source_path("/examples/first_workflow.json")}).exit_code == 0);
  const auto confused = config({"check", source_path("/examples/host.json")});
  CHECK(confused.exit_code == 64);
  CHECK(has(confused.err, "a configuration is named with --config"));
}

TEST_CASE("a file that is not there, or is none", "[config]") {
  scratch_directory d;
  CHECK(config({"check", "--config", (d.path() / "none").string()}).exit_code == 64);
  CHECK(config({"check", "--config", d.path().string()}).exit_code == 64);
  const auto f = config({"check", "--config", d.write("x", "{\n oops").string()});
  CHECK(f.exit_code == 64);
  CHECK(has(f.err, "line 2"));
}

TEST_CASE("a host is what its file, its environment and its options say", "[config]") {
  configured h(R"({"bots": [
      {"id": "arb", "workflow": "w.json", "workflow_id": "one", "strategy_id": "s1"},
      {"id": "off", "workflow": "w.json", "workflow_id": "two", "enabled": false}],
    "risk": {"max_order_size": 7}, "journal": {"directory": "elsewhere"},
    "limits": {"max_in_flight": 12}})",
               {"PITWALL__RISK__MAX_OPEN_ORDERS=9", "PITWALL__LIMITS__MAX_IN_FLIGHT=13"});
  CHECK_FALSE(std::filesystem::exists(h.path("elsewhere")));
  CHECK(state_of(h, "arb") == "running");
  CHECK(state_of(h, "off") == "paused");
  const auto figures = limits_of(h);
  CAPTURE(figures);
  CHECK(has(figures, R"("threshold":7,)"));
  CHECK(has(figures, R"("threshold":9,)"));
  h.ask("POST", "/api/v1/workflows/one/executions?wait=20");
  const auto started = h.await("execution_started", 1).front();
  CHECK(started.find("bot_id")->as_text() == "arb");
  CHECK(started.find("strategy_id")->as_text() == "s1");
}

TEST_CASE("a reload changes what can change, and refuses the rest by name", "[config]") {
  configured h(R"({"bots": [{"id": "arb", "workflow": "w.json"}]})");
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json", "enabled": false}, {"id": "new"}],
              "risk": {"max_order_size": 7}, "log": {"level": "error", "format": "json"}})");
  const auto f = h.reload();
  CAPTURE(f.out, f.err);
  CHECK(f.exit_code == 0);
  for (const char* line :
       {"changed risk.max_order_size: null -> 7\n", "changed log.level: \"info\" -> \"error\"\n",
        "changed bots[arb].enabled: null -> false\n",
        "needs a start: log.format: \"console\" -> \"json\"\n",
        "changed bots[new]: null -> \"new\"\n"}) {
    CAPTURE(line);
    CHECK(has(f.out, line));
  }
  CHECK(has(limits_of(h), R"("threshold":7,)"));
  CHECK(state_of(h, "arb") == "paused");

  // Wrong: nothing changes.
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json"}], "risk": {"max_order_size": -1}})");
  const auto bad = h.reload();
  CHECK(bad.exit_code == 64);
  CHECK(has(limits_of(h), R"("threshold":7,)"));
  CHECK(state_of(h, "arb") == "paused");

  // Back, by a signal; a person's pause stays.
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json"}]})");
  h.process().signal(SIGHUP);
  h.await("bot_state_changed", 2);
  CHECK(state_of(h, "arb") == "running");
  CHECK_FALSE(has(limits_of(h), R"("threshold":7,)"));
  h.ask("POST", "/api/v1/bots/arb/pause", R"({"operator":"ann","reason":"lunch"})");
  CHECK(h.reload().out == "needs a start: bots[new]: \"new\" -> null\n");
  CHECK(state_of(h, "arb") == "paused");
}

TEST_CASE("a bot that a reload brings trades within its limits, by its trigger", "[config]") {
  configured h(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"}]})");
  // Its workflow's id is taken: nothing changes, also not the limits.
  h.write(R"({"risk": {"max_order_size": 7},
              "bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"},
                       {"id": "two", "workflow": "w.json", "workflow_id": "two"},
                       {"id": "new", "workflow": "w.json", "workflow_id": "one"}]})");
  const auto bad = h.reload();
  CHECK(bad.exit_code == 64);
  CHECK(has(bad.err, "'one' is also that of"));
  CHECK(state_of(h, "two") == "unknown");
  CHECK_FALSE(has(limits_of(h), R"("threshold":7,)"));
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"},
                       {"id": "off", "workflow": "w.json", "workflow_id": "off",
                        "trigger": "every 1s", "enabled": false},
                       {"id": "new", "workflow": "w.json", "workflow_id": "two",
                        "trigger": "every 1s", "limits": {"max_order_size": "0.0000001"}}]})");
  const auto f = h.reload();
  CAPTURE(f.out, f.err);
  CHECK(f.exit_code == 0);
  CHECK(has(f.out, "changed bots[new]: null -> \"new\"\n"));
  CHECK(state_of(h, "new") == "running");
  CHECK(state_of(h, "off") == "paused");
  const auto refused = h.await("order_rejected", 1).front();
  CHECK(refused.find("bot_id")->as_text() == "new");
  CHECK(has(to_json(refused), "max_order_size"));
  CHECK(has(h.reload().out, "nothing has changed"));
  // Gone from the file it goes on until a start, and that is said.
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"}]})");
  CHECK(has(h.reload().out, "needs a start: bots[new]: \"new\" -> null\n"));
}

TEST_CASE("a workflow of a configured bot that is deployed again trades for it, in its limits",
          "[config]") {
  const std::string entry = R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w",
    "strategy_id": "spread", "trigger": "every 1h", "limits": {"max_order_size": "0.0000001"}}]})";
  configured h(entry);
  const auto trigger = [&] {
    return to_json(*h.ask("GET", "/api/v1/bots").find("bots")->as_list().at(0).find("trigger"));
  };
  // The file says nothing of a bot.
  const auto again = h.ask("PUT", "/api/v1/workflows/w", buys);
  CHECK(again.find("warnings")->as_list().empty());
  h.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  const auto refused = h.await("order_rejected", 1).front();
  CHECK(refused.find("bot_id")->as_text() == "arb");
  CHECK(refused.find("strategy_id")->as_text() == "spread");
  CHECK(has(to_json(refused), "max_order_size"));
  CHECK(has(trigger(), "every 1h"));
  CHECK(has(h.reload().out, "nothing has changed"));
  // One that says another bot, and has a mistake that is only warned of, hears of both, now and
  // whenever it is looked at.
  const auto other = h.ask("PUT", "/api/v1/workflows/w",
                           R"({"bot_id": "x", "colour": "red", )" + std::string(buys).substr(1));
  CHECK(has(to_json(other), "it trades for bot 'arb', as the configuration says, not for 'x'"));
  CHECK(has(to_json(other), "colour"));
  CHECK(has(to_json(h.ask("GET", "/api/v1/workflows/w")), "colour"));
  CHECK(state_of(h, "x") == "unknown");
}

TEST_CASE("what a reload that is taken back said of a workflow is forgotten", "[config]") {
  configured h(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"}]})");
  h.ask("PUT", "/api/v1/workflows/api", buys);
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"},
                       {"id": "two", "workflow": "w.json", "workflow_id": "two"},
                       {"id": "new", "workflow": "w.json", "workflow_id": "api"}]})");
  CHECK(h.reload().exit_code == 64);
  h.ask("PUT", "/api/v1/workflows/two", R"({"bot_id": "x", )" + std::string(buys).substr(1));
  CHECK(state_of(h, "x") == "running");
  CHECK(state_of(h, "two") == "unknown");
}

TEST_CASE("a new bot whose workflow is another's already changes nothing", "[config]") {
  configured h(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"}]})");
  h.ask("PUT", "/api/v1/workflows/api", buys);
  h.write(R"({"risk": {"max_order_size": 7},
              "bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "one"},
                       {"id": "two", "workflow": "w.json", "workflow_id": "two"},
                       {"id": "new", "workflow": "w.json", "workflow_id": "api"}]})");
  const auto f = h.reload();
  CAPTURE(f.err);
  CHECK(f.exit_code == 64);
  CHECK(has(f.err, "host.json#/bots/2/workflow"));
  CHECK(has(f.err, "workflow 'api' is deployed already"));
  CHECK(state_of(h, "two") == "unknown");
  CHECK_FALSE(has(limits_of(h), R"("threshold":7,)"));
}

TEST_CASE("a reload that is taken back has halted nothing by a limit of its own", "[config]") {
  configured h(R"({"risk": {"auto_halt": true},
                   "bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w"}]})");
  h.ask("PUT", "/api/v1/workflows/api", buys);
  // The spread of each is lost at once, whichever way prices go.
  for (int i = 0; i < 20; ++i) h.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  const auto state = [&] { return to_json(h.ask("GET", "/api/v1/emergency")); };
  // Less than a purchase costs.
  const std::string limits = R"("daily_loss_limit": "-0.00000001")";
  h.write(R"({"risk": {"auto_halt": true, )" + limits + R"(},
              "bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w",
                        "limits": {)" +
          limits + R"(}},
                       {"id": "new", "workflow": "w.json", "workflow_id": "api"}]})");
  CHECK(h.reload().exit_code == 64);
  CAPTURE(state());
  CHECK_FALSE(has(state(), "halt\""));
  h.write(R"({"risk": {"auto_halt": true, )" + limits + R"(},
              "bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w"}]})");
  CHECK(h.reload().exit_code == 0);
  h.await("emergency_state_changed", 1);
  CHECK(has(state(), "halt\""));
}

TEST_CASE("a limit that a reload set refuses the next order", "[config]") {
  configured h(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w"}]})");
  const auto ends = [&] {
    return h.ask("POST", "/api/v1/workflows/w/executions?wait=20").find("status")->as_text();
  };
  CHECK(ends() == "completed");
  h.write(R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w",
              "limits": {"max_order_size": "0.0000001"}}]})");
  CHECK(has(h.reload().out, "changed bots[arb].limits.max_order_size"));
  CHECK(ends() != "completed");
  const auto refused = h.await("order_rejected", 1).front();
  CHECK(has(to_json(refused), "max_order_size"));
}

TEST_CASE("the log is JSON lines with ids and seqs, and no secret is in it or in what is printed",
          "[config]") {
  scratch_directory keys;
  const std::string key = "AKEYTHATNOBODYSHOULDSEE", secret = "ASECRETTHATNOBODYSHOULDSEE";
  const auto key_file = keys.write("sim.key", key + "\n" + secret + "\n").string();
  const std::string text =
      R"({"bots": [{"id": "arb", "workflow": "w.json", "workflow_id": "w", "strategy_id": "s"}],
        "venues": {"sim": {"type": "binance", "url": "http://127.0.0.1:9", "key_file": ")" +
      key_file + R"("}}, "log": {"format": "json", "level": "debug", "file": "host.log"}})";
  std::string printed, logged;
  {
    configured h(text);
    h.ask("POST", "/api/v1/workflows/w/executions?wait=20");
    printed = config({"print", "--config", h.file()}).out +
              config({"print", "--origin", "--config", h.file()}).out;
    CHECK(h.end() == 0);
    logged = text_of(h.path("host.log"));
  }
  for (const auto& text_with_none : {printed, logged}) {
    CHECK_FALSE(has(text_with_none, key));
    CHECK_FALSE(has(text_with_none, secret));
  }
  CHECK(has(printed, "sim.key"));
  std::istringstream lines(logged);
  std::size_t events = 0;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const auto read = parse_json(line);
    REQUIRE(read.ok());
    if (read->find("seq") == nullptr || read->find("node_id") == nullptr) continue;
    ++events;
    CHECK(read->find("workflow_id")->as_text() == "w");
    CHECK(read->find("bot_id")->as_text() == "arb");
    CHECK(read->find("strategy_id")->as_text() == "s");
    CHECK(read->find("execution_id")->as_text().starts_with("exec_w_"));
  }
  CHECK(events > 5);
}

}  // namespace pitwall::test
