// Job: a real host with executions of all traders (halt_record.hpp) in flight all the time, each
// asked
//      for by a client of its own, which is halted and resumed by the CLI or HTTP.
#pragma once

#include <condition_variable>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/process/halt_record.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {

class besieged_host {
 public:
  /// `venue`: what orders go to, as --venue has it.
  besieged_host(std::string venue, std::size_t clients) : venue_(std::move(venue)) {
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
  /// Until so many more executions have ended.
  bool await_done(std::size_t more) {
    std::unique_lock lock(mutex_);
    const auto enough = done_ + more;
    return changed_.wait_for(lock, std::chrono::seconds(90), [&] { return done_ >= enough; });
  }
  /// No client asks for more until let_go(); what they have asked for is not waited for.
  void hold() { set_held(true); }
  void let_go() { set_held(false); }
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

  /// All of it, a line for each event.
  std::string journal() const { return cli({"journal", "export"}).out; }
  std::map<std::string, order_owner> owners() const {
    std::map<std::string, order_owner> out;
    std::istringstream lines(journal());
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
      changed_.wait(lock, [&] { return over_ || !held_; });
      if (over_) return;
      lock.unlock();
      const auto said =
          ask({"POST", "/api/v1/workflows/trader-" + traders[n % traders.size()].first +
                           "/executions?wait=10"});
      lock.lock();
      if (said.status == 200) ++done_;
      changed_.notify_all();
      // Refused, or nobody there: a little later again, so that the halt itself gets a turn.
      if (said.status != 200)
        changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return over_; });
    }
  }
  void set_held(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
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
  bool over_ = false, held_ = false;
  std::size_t done_ = 0;
  std::vector<std::thread> clients_;
};

}  // namespace pitwall::test
