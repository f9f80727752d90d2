// Job: one `pitwall serve` after another on one data directory and one port, and a browser that
//      shows its test client.
#pragma once

#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"
#include "tests/web/browser.hpp"

namespace pitwall::test {

/// The name is the workflow's id.
struct workflow_file {
  std::string name, text;
};

class page_host {
 public:
  explicit page_host(const std::vector<workflow_file>& workflows, std::string durability = "sync")
      : durability_(std::move(durability)) {
    for (const auto& [name, text] : workflows)
      files_.push_back(directory_.write(name + ".json", text).string());
    launch();
  }

  void launch() {
    std::vector<std::string> arguments{pitwall_binary(), "serve"};
    arguments.insert(arguments.end(), files_.begin(), files_.end());
    arguments.insert(arguments.end(),
                     {"--data-dir", data().string(), "--durability", durability_, "--port",
                      std::to_string(port_), "--limit", "daily_loss_limit=none"});
    process_ = std::make_unique<child_process>(arguments);
    for (auto line = process_->read_line(); !line.empty(); line = process_->read_line()) {
      const std::string there = "listening http://127.0.0.1:";
      if (line.starts_with(there))
        port_ = static_cast<std::uint16_t>(std::stoi(line.substr(there.size())));
      if (line.starts_with("ready:")) return;
    }
    FAIL("the host did not start");
  }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
    process_.reset();
  }

  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::uint16_t port() const { return port_; }
  std::string page() const { return "http://127.0.0.1:" + std::to_string(port_) + "/client"; }

  value get(const std::string& target) const {
    const auto reply = ask_port(port_, {"GET", target});
    REQUIRE(reply.status == 200);
    return parse_json(reply.body).value();
  }
  unsigned status_of(const std::string& target) const {
    return ask_port(port_, {"GET", target, {}, {{"Accept", "application/json"}}}).status;
  }
  /// So many executions, each to its end.
  void run(const std::string& workflow, std::size_t count = 1) const {
    REQUIRE(runs(workflow, count));
  }
  /// Whether all of them were answered; for threads, in which Catch2 cannot assert.
  bool runs(const std::string& workflow, std::size_t count) const {
    for (; count > 0; --count) {
      const auto reply =
          ask_port(port_, {"POST", "/api/v1/workflows/" + workflow + "/executions?wait=20"},
                   std::chrono::seconds(30));
      if (reply.status / 100 != 2) return false;
    }
    return true;
  }
  /// The last event's seq, once everything that was started is over and told.
  std::int64_t head() const {
    for (int looks = 0; looks < 100'000; ++looks) {
      const auto status = get("/status");
      const auto published = status.find("published_seq")->as_number();
      if (status.find("executions_in_flight")->as_number().is_zero() &&
          status.find("journal")->find("last_seq")->as_number() == published)
        return published.to_int().value();
    }
    FAIL("the host does not come to rest");
    return 0;
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data().string()});
    return run_program(arguments);
  }
  /// As `pitwall events --json` prints them.
  std::vector<value> events(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"events", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return values_of(cli(arguments).out);
  }
  static std::vector<value> values_of(const std::string& lines) {
    std::vector<value> out;
    std::istringstream all(lines);
    for (std::string line; std::getline(all, line);) out.push_back(parse_json(line).value());
    return out;
  }

 private:
  scratch_directory directory_;
  std::string durability_;
  std::vector<std::string> files_;
  std::uint16_t port_ = 0;
  std::unique_ptr<child_process> process_;
};

/// The page of a host, once it is live.
inline void open_live(browser& b, const page_host& host) {
  b.before_pages(
      "window.violations = []; document.addEventListener('securitypolicyviolation', "
      "(e) => violations.push(e.effectiveDirective));");
  b.open(host.page());
  b.await("document.body.dataset.state === 'live'");
}

inline void await_cursor(const browser& b, std::int64_t seq) {
  // What nobody waits for, as the word that a halt was acknowledged, may come behind it.
  // What is shown may be of the subscription before: the page draws a moment later.
  const auto wanted = std::to_string(seq);
  b.await("(session.cursor ?? 0) >= " + wanted +
          " && Number(document.getElementById('cursor').textContent) >= " + wanted);
}

inline std::string shown(const browser& b, const std::string& id) {
  return b.text("document.getElementById('" + id + "').textContent");
}

/// What the button Export gives, line by line.
std::vector<value> exported(const browser& b);

inline constexpr const char* trades = R"({
  "bot_id": "demo", "strategy_id": "first-steps",
  "blocks": [
    {"id": "bitcoin", "type": "binance", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"max": 1000000}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.0015", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "bitcoin", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

}  // namespace pitwall::test
