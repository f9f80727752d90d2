// Job: one `pitwall serve` after another on one data directory, each to be killed.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "runtime/workflow/json.hpp"
#include "tests/process/crash_workflows.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

class crash_host {
 public:
  using workflows = std::vector<std::pair<std::string, std::string>>;  ///< Name and text.

  explicit crash_host(const std::string& exchange_url)
      : crash_host(exchange_url + "?recv_window=100", crash_workflows()) {}
  crash_host(const std::string& exchange, const workflows& all,
             std::vector<std::string> more_arguments = {})
      : venue_("sim=binance:" + exchange), more_(std::move(more_arguments)) {
    for (const auto& [name, text] : all)
      files_.push_back(directory_.write(name + ".json", text).string());
  }

  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::filesystem::path socket() const { return data() / "control.sock"; }
  std::filesystem::path beside(const std::string& name) const { return directory_.path() / name; }

  void launch(bool async) {
    std::vector<std::string> arguments{pitwall_binary(), "serve"};
    arguments.insert(arguments.end(), files_.begin(), files_.end());
    arguments.insert(arguments.end(), {"--data-dir", data().string(), "--venue", venue_,
                                       "--durability", async ? "async" : "sync",
                                       // The exchange loses answers on demand; trading goes on.
                                       "--resilience", "breaker.failures=0",
                                       // Fees and spreads of hundreds of orders are more.
                                       "--limit", "daily_loss_limit=none"});
    arguments.insert(arguments.end(), more_.begin(), more_.end());
    process_ = std::make_unique<child_process>(arguments);
  }
  const child_process& process() const { return *process_; }
  bool await_ready() { return process_->await_line("ready:"); }
  /// Lets it come as far as it does in that time.
  void await_ready_for(std::chrono::milliseconds patience) {
    while (!process_->read_line(patience).empty()) continue;
  }
  void strike() { process_->signal(SIGKILL); }
  void bury() {
    process_->wait();
    process_.reset();
  }
  int stop() {
    process_->signal(SIGTERM);
    return process_->wait();
  }

  plain_reply ask(plain_request asked) const { return ask_socket(socket(), asked); }
  /// A query that has to be answered: null where it was not.
  value get(const std::string& target) const {
    const auto reply = ask({"GET", target});
    auto v = parse_json(reply.body);
    return reply.status == 200 && v.ok() ? std::move(*v) : value();
  }
  finished cli(std::vector<std::string> arguments) const { return cli_on(data(), arguments); }
  static finished cli_on(const std::filesystem::path& data, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data.string()});
    return run_program(arguments);
  }

 private:
  scratch_directory directory_;
  std::string venue_;
  std::vector<std::string> more_, files_;
  std::unique_ptr<child_process> process_;
};

}  // namespace pitwall::test
