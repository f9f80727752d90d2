// Job: a host with a port for workers, and workers of it, as real processes with real certificates;
//      their logs are files. Every wait has a deadline.
#pragma once

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

/// Longer than the processes take where several tests share the machine.
inline constexpr std::chrono::seconds workers_patience{30};

struct paper_files {
  std::string certificate, key, authority;
};

/// An authority of ours, and a foreign one.
class certificate_desk {
 public:
  certificate_desk() {
    for (const char* which : {"ours", "foreign"}) cli({"init"}, which);
  }
  paper_files issue(const std::string& name, const std::vector<std::string>& hosts = {},
                    const std::string& by = "ours") const {
    std::vector<std::string> words{"issue", name};
    for (const auto& h : hosts) words.insert(words.end(), {"--host", h});
    cli(words, by);
    return {at(by, name + ".crt"), at(by, name + ".key"), at("ours", "authority.crt")};
  }
  std::string at(const std::string& by, const std::string& file) const {
    return (d_.path() / by / file).string();
  }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    return d_.write(name, text);
  }
  std::filesystem::path path() const { return d_.path(); }

 private:
  void cli(std::vector<std::string> words, const std::string& by) const {
    words.insert(words.begin(), {pitwall_binary(), "cert"});
    words.insert(words.end(), {"--dir", (d_.path() / by).string()});
    const auto f = run_program(words);
    INFO(f.err);
    REQUIRE(f.exit_code == 0);
  }
  scratch_directory d_;
};

/// A program whose standard error is a file. `through`: the program, and its words, that starts it.
class logged_process {
 public:
  logged_process(const std::string& log, std::vector<std::string> words,
                 std::vector<std::string> through = {},
                 const std::string& program = pitwall_binary())
      : log_(log) {
    through.insert(through.begin(), {"/bin/sh", "-c", R"(exec "$@" 2>>"$0")", log});
    through.push_back(program);
    words.insert(words.begin(), through.begin(), through.end());
    process_ = std::make_unique<child_process>(words);
  }
  child_process& process() { return *process_; }
  std::string log() const {
    std::ostringstream all;
    all << std::ifstream(log_).rdbuf();
    return all.str();
  }
  bool await_log(std::string_view part) const {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    while (std::chrono::steady_clock::now() < end) {
      if (log().find(part) != std::string::npos) return true;
      std::this_thread::yield();
    }
    UNSCOPED_INFO(log());
    return false;
  }

 private:
  std::string log_;
  std::unique_ptr<child_process> process_;
};

class host_of_workers {
 public:
  host_of_workers(const certificate_desk& desk, std::string_view workflow,
                  std::vector<std::string> more = {}, std::string_view lost_after = "1s",
                  std::string at = "127.0.0.1", std::string_view of_leases = {},
                  std::vector<std::string> through = {})
      : address(std::move(at)),
        desk_(desk),
        through_(std::move(through)),
        more_(std::move(more)),
        papers_(desk.issue("hub", {address, "localhost"})),
        file_(desk.write("w.json", workflow)),
        config_(desk.write("host.json", R"({"workers": {"heartbeat": "100ms", "lost_after": ")" +
                                            std::string(lost_after) + "\"" +
                                            std::string(of_leases) + "}}")) {
    start();
  }
  void start() {
    std::vector<std::string> words{"serve",
                                   file_.string(),
                                   "--data-dir",
                                   data(),
                                   "--config",
                                   config_.string(),
                                   "--workers-listen",
                                   address + ":" + std::to_string(port),
                                   "--workers-certificate",
                                   papers_.certificate,
                                   "--workers-key",
                                   papers_.key,
                                   "--workers-authority",
                                   papers_.authority};
    words.insert(words.end(), more_.begin(), more_.end());
    process_ =
        std::make_unique<logged_process>((desk_.path() / "host.log").string(), words, through_);
    for (auto line = process().read_line(); !line.empty(); line = process().read_line()) {
      if (line.starts_with("workers join at "))
        port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
      if (line.starts_with("ready:")) return;
    }
    FAIL("the host did not start: " + process_->log());
  }
  void kill() {
    process().signal(SIGKILL);
    process().wait();
  }
  child_process& process() { return process_->process(); }
  logged_process& logged() { return *process_; }
  std::string data() const { return (desk_.path() / "data").string(); }

  value ask(std::string_view method, std::string_view target, std::string_view body = {}) const {
    const auto client = host_client::connect(std::filesystem::path(data()) / "control.sock");
    REQUIRE(client.ok());
    auto r = accepted(client->request(method, target, body));
    if (!r.ok()) FAIL(r.error().to_string());
    auto v = parse_json(r->body);
    REQUIRE(v.ok());
    return *v;
  }
  /// As it is listed; null: it is not.
  value worker(const std::string& name) const {
    const auto all = ask("GET", "/api/v1/hosts");
    for (const auto& h : all.find("hosts")->as_list())
      if (h.find("role")->as_text() == "worker" && h.find("name")->as_text() == name) return h;
    return {};
  }
  /// Until it is in this state, under another epoch than that.
  value await_worker(const std::string& name, std::string_view state,
                     const value& not_this_epoch = {}) const {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    value last;
    while (std::chrono::steady_clock::now() < end) {
      last = worker(name);
      if (last.is_object() && last.find("state")->as_text() == state &&
          !(*last.find("epoch") == not_this_epoch))
        return last;
    }
    FAIL("'" + name + "' is not " + std::string(state) + ": " + to_json(last) + "\n" +
         process_->log());
    return {};
  }
  /// Until it has `left`, or is `lost` where the connection's end overtook its word.
  void await_gone(const std::string& name) const {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    std::string state;
    while (std::chrono::steady_clock::now() < end) {
      const auto w = worker(name);
      state = w.is_object() ? std::string(w.find("state")->as_text()) : "not listed";
      if (state == "left" || state == "lost") return;
    }
    FAIL("'" + name + "' is " + state);
  }
  /// Until it is final.
  value await_end(const std::string& execution_id) const {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    value last;
    while (std::chrono::steady_clock::now() < end) {
      last = ask("GET", "/api/v1/executions/" + execution_id);
      if (!last.find("ended_at")->is_null()) return last;
    }
    FAIL("it does not end: " + to_json(last) + "\n" + process_->log());
    return {};
  }
  value run() const { return ask("POST", "/api/v1/workflows/w/executions?wait=20"); }

  std::uint16_t port = 0;
  const std::string address;  ///< Where workers find it.

 private:
  const certificate_desk& desk_;
  const std::vector<std::string> through_;  ///< The program that starts it, and its words.
  const std::vector<std::string> more_;
  paper_files papers_;
  std::filesystem::path file_, config_;
  std::unique_ptr<logged_process> process_;
};

class worker_of {
 public:
  worker_of(const certificate_desk& desk, const host_of_workers& host, const paper_files& papers,
            const std::string& labels, std::vector<std::string> more = {},
            std::vector<std::string> through = {}) {
    static int n = 0;
    std::vector<std::string> words{
        "worker",           "--join",        host.address + ":" + std::to_string(host.port),
        "--labels",         labels,          "--certificate",
        papers.certificate, "--key",         papers.key,
        "--authority",      papers.authority};
    words.insert(words.end(), more.begin(), more.end());
    process_ = std::make_unique<logged_process>(
        (desk.path() / ("worker" + std::to_string(++n) + ".log")).string(), words,
        std::move(through));
    REQUIRE(process_->process().await_line("worker "));
  }
  child_process& process() { return process_->process(); }
  logged_process& logged() { return *process_; }
  void kill() {
    process().signal(SIGKILL);
    process().wait();
  }

 private:
  std::unique_ptr<logged_process> process_;
};

}  // namespace pitwall::test
