// Halts of a real host, by the CLI and by HTTP, under load; after every third acknowledgement the
// host is killed at once and started again: it comes back halted, and what the exchange's own log
// has until the resume is still only what the acknowledgement listed, or out of its scope.
#include <atomic>
#include <csignal>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/process/halt_record.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

// What was under way is asked for afterwards, within this too: slowly, under a sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr const char* window = "2000";
#else
constexpr const char* window = "100";
#endif

class besieged_host {
 public:
  explicit besieged_host(const witness& at)
      : venue_("sim=binance:" + at.url() + "?recv_window=" + window) {
    for (const auto& [bot, strategy] : traders)
      files_.push_back(
          directory_.write("trader-" + bot + ".json", one_order(bot, strategy)).string());
    launch();
    for (std::size_t i = 0; i < 8; ++i) clients_.emplace_back([this, i] { start_on_and_on(i); });
  }
  ~besieged_host() {
    over_ = true;
    for (auto& c : clients_) c.join();
  }

  void launch() {
    std::vector<std::string> arguments{pitwall_binary(), "serve"};
    arguments.insert(arguments.end(), files_.begin(), files_.end());
    arguments.insert(arguments.end(),
                     {"--data-dir", data().string(), "--venue", venue_, "--resilience",
                      "breaker.failures=0", "--limit", "daily_loss_limit=none"});
    process_ = std::make_unique<child_process>(arguments);
    REQUIRE(process_->await_line("ready:"));
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  void end() {
    over_ = true;
    process_->signal(SIGTERM);
    CHECK(process_->wait() == 0);
  }

  value halt(const std::string& scope, bool by_cli) {
    const auto reply =
        by_cli ? cli({"emergency", "halt", "--scope", scope, "--reason", "test", "--json"}).out
               : ask({"POST", "/api/v1/emergency",
                      R"({"action": "halt", "scope": ")" + scope + R"(", "reason": "test"})"})
                     .body;
    auto v = parse_json(reply);
    CAPTURE(reply);
    REQUIRE(v.ok());
    CHECK(v->find("result")->as_text() == "done");
    return std::move(*v);
  }
  void resume(const std::string& scope) {
    const auto told = cli({"emergency", "resume", "--scope", scope, "--reason", "over"});
    CAPTURE(told.err);
    CHECK(told.exit_code == 0);
  }
  std::string emergency() { return ask({"GET", "/api/v1/emergency"}).body; }

  std::map<std::string, order_owner> owners() const {
    std::map<std::string, order_owner> out;
    std::istringstream lines(cli({"journal", "export"}).out);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("\"order_intent\"") == std::string::npos) continue;
      const auto e = parse_json(line).value();
      out[e.find("client_order_id")->as_text()] = {e.find("bot_id")->as_text(),
                                                   e.find("strategy_id")->as_text()};
    }
    return out;
  }

 private:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  plain_reply ask(const plain_request& asked) const {
    return ask_socket(data() / "control.sock", asked);
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data().string()});
    return run_program(arguments);
  }
  /// While the host is down or halted, nothing comes of it.
  void start_on_and_on(std::size_t n) {
    for (; !over_; ++n)
      ask({"POST",
           "/api/v1/workflows/trader-" + traders[n % traders.size()].first + "/executions"});
  }

  scratch_directory directory_;
  std::string venue_;
  std::vector<std::string> files_;
  std::unique_ptr<child_process> process_;
  std::atomic<bool> over_ = false;
  std::vector<std::thread> clients_;
};

void await_arrivals(witness& at, std::size_t more) {
  const auto until = at.arrivals() + more;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (at.arrivals() < until && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  REQUIRE(at.arrivals() >= until);
}

}  // namespace

TEST_CASE("a halt that was acknowledged holds, over a kill too", "[halt]") {
  const std::uint64_t seed = 1;
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  witness exchange(witness_binary(), {"--still"});
  besieged_host host(exchange);
  halt_record record;
  for (int n = 0; n < 24; ++n) {
    exchange.set_faults(random() % 2 == 0 ? R"({"delay_answer": 0.5, "delay_ms": 20})"
                                          : R"({"delay_answer": 0})");
    await_arrivals(exchange, 1 + random() % 40);
    const auto& scope = halt_scopes[random() % halt_scopes.size()];
    CAPTURE(n, scope);
    const auto answer = host.halt(scope, n % 2 == 0);
    std::vector<std::string> listed;
    for (const auto& id : answer.find("unanswered_orders")->as_list())
      listed.push_back(id.as_text());
    record.acknowledged(scope, exchange.arrivals(), std::move(listed));
    if (n % 3 == 2) {
      host.kill();
      host.launch();
      const auto now = host.emergency();
      CAPTURE(now);
      CHECK(now.find("\"" + scope + "\"") != std::string::npos);
    }
    if (scope.starts_with("bot:")) await_arrivals(exchange, 5);  // The others trade on.
    record.resumes(exchange.arrivals());
    host.resume(scope);
  }
  await_arrivals(exchange, 1);
  host.end();
  const auto broken = record.broken(exchange.orders(), host.owners());
  std::string all;
  for (std::size_t i = 0; i < broken.size() && i < 10; ++i) all += broken[i] + "\n";
  CAPTURE(all);
  CHECK(broken.empty());
  CHECK(record.listed() > 0);
  WARN(record.halts() << " halts, " << exchange.orders().size() << " orders, " << record.listed()
                      << " under way at a halt");
}

}  // namespace pitwall::test
