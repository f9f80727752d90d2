// Job: a real host with a port that asks for tokens; the first one may read. Its log is a file.
#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

class guarded_host {
 public:
  explicit guarded_host(const std::vector<std::string>& more = {})
      : file_(d_.write("w.json", buys)) {
    make("reader", "read");
    start(more);
  }
  ~guarded_host() {
    if (process_) end();
  }
  guarded_host(const guarded_host&) = delete;
  guarded_host& operator=(const guarded_host&) = delete;

  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{
        "/bin/sh", "-c",           R"(exec "$@" 2>>"$0")", log(),  pitwall_binary(),
        "serve",   file_.string(), "--data-dir",           data(), "--port",
        "0",       "--json-log"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(arguments);
    for (std::string line = process_->read_line(); !line.empty(); line = process_->read_line()) {
      const auto colon = line.rfind(':');
      if (line.starts_with("listening "))
        port = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
      if (line.starts_with("ready:")) return;
    }
    FAIL("the host did not start: " + text_of(log()));
  }
  void end() {
    process_->signal(SIGTERM);
    CHECK(process_->wait() == 0);
    process_.reset();
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data()});
    return run_program(arguments);
  }
  std::string make(const std::string& name, const std::string& scopes) {
    const auto made = cli({"token", "create", "--name", name, "--scopes", scopes});
    REQUIRE(made.exit_code == 0);
    REQUIRE(made.out.starts_with("pw_"));
    tokens_.push_back(made.out.substr(0, made.out.size() - 1));
    return tokens_.back();
  }
  plain_reply ask(const std::string& token, const std::string& method,
                  const std::string& target) const {
    return ask_port(port, {method, target, {}, {{"Authorization", "Bearer " + token}}});
  }
  std::string data() const { return (d_.path() / "data").string(); }
  std::string log() const { return (d_.path() / "log").string(); }
  static std::string text_of(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
  }
  std::string file() const { return file_.string(); }
  const std::string& first_token() const { return tokens_.front(); }

  std::uint16_t port = 0;

 private:
  scratch_directory d_;
  std::filesystem::path file_;
  std::vector<std::string> tokens_;
  std::unique_ptr<child_process> process_;
};

}  // namespace pitwall::test
