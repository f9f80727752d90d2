// Bots of a real host: a pause survives kill -9, a stop ends what runs, and a workflow that is
// given up pauses its bot.
#include <atomic>
#include <csignal>
#include <future>

#include "runtime/host/host.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// It asks a venue where nobody listens, and waits long before it asks again.
constexpr std::string_view patient = R"({"bot_id": "arb", "timeout": 600, "blocks": [
  {"id": "p", "type": "binance", "category": "providers", "timeout": 500,
   "properties": {"profile_id": "sim", "enabled_endpoints": ["price_feed"]},
   "retry": {"max_attempts": 9, "min_wait": 300, "max_wait": 300, "jitter": "none"}}]})";
constexpr std::string_view replays = R"({"bot_id": "arb", "blocks": [
  {"id": "r", "type": "replay", "category": "providers", "properties": {"file": "prices.csv",
   "symbol": "BTC/USDT"}}]})";
constexpr std::string_view prices =
    "time,symbol,bid,ask\n2026-01-01T00:00:00Z,BTC/USDT,100,101\n2026-01-01T00:00:01Z,BTC/USDT,"
    "101,102\n";

class trading_host {
 public:
  trading_host(const scratch_directory& d, const std::filesystem::path& file,
               std::vector<std::string> more = {})
      : data_((d.path() / "data").string()) {
    std::vector<std::string> arguments{pitwall_binary(), "serve", "--drain", "0",
                                       "--data-dir",     data_};
    if (!file.empty()) arguments.push_back(file.string());
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(arguments);
    REQUIRE(process_->await_line("ready:"));
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data_});
    return run_program(arguments);
  }
  plain_reply start(const std::string& query) const {
    return ask_socket(std::filesystem::path(data_) / "control.sock",
                      {"POST", "/api/v1/workflows/w/executions" + query});
  }
  std::string bots() const { return cli({"bots", "list", "--json"}).out; }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
  }

 private:
  std::string data_;
  std::unique_ptr<child_process> process_;
};

struct silent_log final : log_port {
  void write(log_level, std::string_view, std::string_view, const log_context&) override {}
};

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text, std::string(part));
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("a pause holds over kill -9, and a stop cancels what the bot runs") {
  scratch_directory d;
  const auto file = d.write("w.json", patient);
  const std::vector<std::string> nobody{"--venue", "sim=binance:http://127.0.0.1:1"};
  {
    trading_host host(d, file, nobody);
    CHECK(host.start("").status == 202);
    const auto paused =
        host.cli({"bots", "pause", "arb", "--reason", "lunch", "--operator", "ann"});
    CHECK(paused.exit_code == 0);
    has(paused.out, "paused");
    has(host.bots(), R"("executions_in_flight":1)");  // What runs goes on.
    const auto refused = host.start("");
    has(refused.body, "bot 'arb' is paused: lunch");
    has(refused.body, "pitwall bots start arb");
    host.end(SIGKILL);
  }
  has(run_program({pitwall_binary(), "bots", "list", "--data-dir", (d.path() / "data").string()})
          .out,
      "lunch");
  trading_host host(d, file, nobody);
  has(host.bots(), R"("state":"paused")");
  CHECK(host.cli({"emergency", "halt", "--reason", "thin"}).exit_code == 0);
  has(host.bots(), R"("halted_by":["global"])");
  has(host.cli({"bots", "list"}).out, "arb  paused  global  ");
  CHECK(host.cli({"emergency", "resume", "--reason", "seen"}).exit_code == 0);
  has(host.cli({"bots", "list"}).out, "arb  paused  -  ");
  has(host.bots(), R"("reason":"lunch","operator":"ann")");
  has(host.start("").body, "is paused");
  CHECK(host.cli({"bots", "stop", "arb", "--reason", "enough"}).exit_code == 0);
  // The cancels are on their way when the stop is answered: their event says when they are done.
  const auto ended = host.cli({"executions", "list", "--json"});
  has(ended.out, R"("bot_id":"arb")");
  const auto weaker = host.cli({"bots", "pause", "arb"});
  CHECK(weaker.exit_code != 0);
  has(weaker.err, "stopped");
  const auto unknown = host.cli({"bots", "start", "nobody"});
  CHECK(unknown.exit_code == 64);
  has(unknown.err, "there are: arb");
  CHECK(host.cli({"bots", "start", "arb"}).exit_code == 0);
  CHECK(host.start("").status == 202);
  host.end(SIGTERM);
  const auto events = run_program({pitwall_binary(), "events", "--json", "--limit", "0",
                                   "--data-dir", (d.path() / "data").string()});
  has(events.out, R"("type":"execution_cancelled")");
  has(events.out, "its bot was stopped: enough");
}

TEST_CASE("a host that removed a workflow does not wait for it when it stops") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  child_process process({pitwall_binary(), "serve", d.write("w.json", patient).string(), "--drain",
                         "1h", "--data-dir", data});
  REQUIRE(process.await_line("ready:"));
  const auto gone =
      ask_socket(std::filesystem::path(data) / "control.sock", {"DELETE", "/api/v1/workflows/w"});
  CHECK(gone.status == 200);
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
}

TEST_CASE("a workflow that cannot be made again at the start pauses its bot, until it can") {
  scratch_directory d;
  const auto data = d.write("prices.csv", prices);
  {
    trading_host host(d, d.write("w.json", replays));
    has(host.start("?wait=20").body, R"("status":"completed")");
    host.end(SIGTERM);
  }
  std::filesystem::remove(data);
  trading_host host(d, {});
  has(host.bots(), R"("state":"paused")");
  has(host.bots(), "workflow 'w' is not deployed again");
  has(host.start("").body, "was given up");
  CHECK(host.cli({"bots", "start", "arb"}).exit_code != 0);  // The file is still gone.
  has(host.bots(), R"("state":"paused")");
  d.write("prices.csv", prices);
  CHECK(host.cli({"bots", "start", "arb"}).exit_code == 0);
  has(host.start("?wait=20").body, R"("status":"completed")");
}

TEST_CASE("a workflow that dies again and again is given up, its bot paused; the host lives on") {
  std::atomic<int> made{0};
  std::atomic<bool> sick{true};
  host_options options;
  options.mode = durability::memory;
  options.log = std::make_shared<silent_log>();
  block_type fragile = *options.blocks.find("manual_trigger");
  fragile.name = "fragile";
  // Sound while its file is checked; broken each time that its actor is made.
  fragile.make =
      [&, inner = fragile.make](const block_config& c) -> result<std::unique_ptr<const block>> {
    if (made++ > 0 && sick) return error{errc::internal, "it breaks", {}, {}};
    return inner(c);
  };
  REQUIRE(options.blocks.add(std::move(fragile)).ok());
  auto opened = host::open(std::move(options));
  REQUIRE(opened.ok());
  auto& h = **opened;
  struct watcher final : event_sink {
    std::promise<std::string> paused;
    bool offer(const committed_ref& commit) override {
      for (const auto& batch : commit->batches)
        for (const auto& e : batch.events)
          if (const auto* c = std::get_if<bot_state_changed>(&e.body);
              c != nullptr && c->new_state == "paused")
            paused.set_value(batch.scope->bot_id + ": " + c->trigger);
      return true;
    }
  };
  auto watch = std::make_shared<watcher>();
  auto heard = watch->paused.get_future();
  h.add_sink(watch);
  std::vector<problem> wrong;
  REQUIRE(h.deploy_now({R"({"bot_id": "arb", "blocks": [
      {"id": "f", "type": "fragile", "category": "triggers"}]})",
                        {{}, "w", {}, {}},
                        {}},
                       wrong)
              .ok());
  REQUIRE(h.deploy_now({R"({"bot_id": "other", "blocks": [
      {"id": "m", "type": "manual_trigger", "category": "triggers"}]})",
                        {{}, "sound", {}, {}},
                        {}},
                       wrong)
              .ok());
  REQUIRE(heard.wait_for(60s) == std::future_status::ready);
  CHECK(heard.get() == "arb: workflow_given_up");
  CHECK(h.health().given_up == std::vector<std::string>{"w"});
  const auto start = [&](const std::string& id) {
    std::promise<result<start_answer>> answer;
    start_request request;
    request.workflow_id = id;
    request.wait = true;
    h.start(request, [&](result<start_answer> a) { answer.set_value(std::move(a)); });
    return answer.get_future().get();
  };
  CHECK_FALSE(start("w").ok());
  CHECK(start("sound").ok());
  sick = false;
  std::promise<result<bot_view>> begun;
  h.steer_bot({"arb", "start", "ann", "repaired"},
              [&](result<bot_view> v) { begun.set_value(std::move(v)); });
  const auto after = begun.get_future().get();
  REQUIRE(after.ok());
  CHECK(after->state == "running");
  CHECK(start("w").ok());
  CHECK(h.health().given_up.empty());
}

}  // namespace pitwall::test
