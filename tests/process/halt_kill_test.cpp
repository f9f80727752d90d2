// Halts of a real host with 200 executions in flight, by the CLI and by HTTP, in every scope; after
// every other acknowledgement the host is killed at once and started again: it comes back halted,
// and what the exchange's own log has until the resume is still only what the acknowledgement
// listed, or out of its scope. PITWALL_HALTS says how many; the seed is printed.
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/process/halt_record.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

// What was under way is asked for afterwards, within this too: slowly, under a sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr const char* window = "2000";
constexpr std::size_t clients = 50;
#else
constexpr const char* window = "100";
constexpr std::size_t clients = 200;
#endif
constexpr std::size_t usual = 20;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One way to halt, and what comes after it.
struct trial {
  std::string scope;
  bool by_cli, kill;
};
/// Each of them as often as any other, in an order of its own.
std::vector<trial> trials(std::size_t count, std::mt19937_64& random) {
  std::vector<trial> all, out;
  for (const auto& scope : halt_scopes)
    for (const bool by_cli : {false, true})
      for (const bool kill : {false, true}) all.push_back({scope, by_cli, kill});
  while (out.size() < count) {
    std::shuffle(all.begin(), all.end(), random);
    out.insert(out.end(), all.begin(), all.end());
  }
  out.resize(count);
  return out;
}

class besieged_host {
 public:
  explicit besieged_host(const witness& at)
      : venue_("sim=binance:" + at.url() + "?recv_window=" + window) {
    for (const auto& [bot, strategy] : traders)
      files_.push_back(
          directory_.write("trader-" + bot + ".json", one_order(bot, strategy)).string());
    launch();
    for (std::size_t i = 0; i < clients; ++i)
      clients_.emplace_back([this, i] { start_on_and_on(i); });
  }
  ~besieged_host() {
    end_clients();
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
    end_clients();
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
  std::size_t in_flight() {
    const auto health = parse_json(ask({"GET", "/health"}).body);
    REQUIRE(health.ok());
    return static_cast<std::size_t>(
        std::stoul(health->find("executions_in_flight")->as_number().to_string()));
  }

  std::map<std::string, order_owner> owners() const {
    std::map<std::string, order_owner> out;
    std::istringstream lines(cli({"journal", "export"}).out);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("\"order_intent\"") == std::string::npos) continue;
      const auto e = parse_json(line).value();
      out[e.find("client_order_id")->as_text()] = {e.find("bot_id")->as_text(),
                                                   e.find("strategy_id")->as_text(), "sim"};
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
    std::unique_lock lock(mutex_);
    while (!over_) {
      lock.unlock();
      const auto said =
          ask({"POST", "/api/v1/workflows/trader-" + traders[n % traders.size()].first +
                           "/executions?wait=10"});
      lock.lock();
      // Refused, or nobody there: a little later again, so that the halt itself gets a turn.
      if (said.status != 200) changed_.wait_for(lock, 20ms, [&] { return over_; });
    }
  }
  void end_clients() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

  scratch_directory directory_;
  std::string venue_;
  std::vector<std::string> files_;
  std::unique_ptr<child_process> process_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::vector<std::thread> clients_;
};

void await_arrivals(witness& at, std::size_t more) {
  const auto until = at.arrivals() + more;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (at.arrivals() < until && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  REQUIRE(at.arrivals() >= until);
}

std::size_t median_of(std::vector<std::size_t> all) {
  std::sort(all.begin(), all.end());
  return all.at(all.size() / 2);
}

}  // namespace

TEST_CASE("a halt that was acknowledged holds, over a kill too", "[halt]") {
  const auto halts = from_environment("PITWALL_HALTS", usual);
  const auto seed = from_environment("PITWALL_SEED", 1);
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  witness exchange(witness_binary(), {"--still"});
  besieged_host host(exchange);
  halt_record record;
  std::vector<std::size_t> in_flight;
  std::size_t n = 0;
  for (const auto& t : trials(halts, random)) {
    exchange.set_faults(random() % 2 == 0 ? R"({"delay_answer": 0.5, "delay_ms": 20})"
                                          : R"({"delay_answer": 0})");
    await_arrivals(exchange, clients + random() % 400);
    in_flight.push_back(host.in_flight());
    CAPTURE(n++, t.scope, t.by_cli, t.kill);
    const auto answer = host.halt(t.scope, t.by_cli);
    const auto closed_at = parse_iso8601(answer.find("closed_at")->as_text());
    REQUIRE(closed_at.ok());
    std::vector<std::string> listed;
    for (const auto& id : answer.find("unanswered_orders")->as_list())
      listed.push_back(id.as_text());
    record.acknowledged(t.scope, *closed_at, std::move(listed));
    if (t.kill) {
      host.kill();
      host.launch();
      const auto now = host.emergency();
      CAPTURE(now);
      const auto state = R"({"scope":")" + t.scope + R"(","state":"halt")";
      CHECK((now.find(state) != std::string::npos ||
             (t.scope == "global" && now.starts_with(R"({"state":"halt")"))));
    }
    if (t.scope.starts_with("bot:")) await_arrivals(exchange, 5);  // The others trade on.
    record.resumes();
    host.resume(t.scope);
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
                      << " under way at a halt; in flight " << median_of(in_flight) << " (median)");
  CHECK(median_of(in_flight) > clients / 2);
}

}  // namespace pitwall::test
