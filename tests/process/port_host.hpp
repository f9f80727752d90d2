// Job: `pitwall serve` on a free TCP port, as a test wants it: with tokens, with TLS, with options;
//      its log is in a file.
#pragma once

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

class port_host {
 public:
  /// `more`: options of `pitwall serve`.
  explicit port_host(std::string_view workflow, const std::vector<std::string>& more = {},
                     bool secure = false)
      : tls(make_certificate(d_.path(), "host")), file_(d_.write("w.json", workflow)) {
    if (secure) token = make_token("desk", "read,trade,control");
    std::vector<std::string> arguments{
        "/bin/sh", "-c",           R"(exec "$@" 2>>"$0")", log_file(), pitwall_binary(),
        "serve",   file_.string(), "--data-dir",           data(),     "--port",
        "0"};
    if (secure) {
      arguments.insert(arguments.end(),
                       {"--tls-cert", tls.certificate.string(), "--tls-key", tls.key.string()});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(arguments);
    for (std::string line = process_->read_line(); !line.empty(); line = process_->read_line()) {
      if (line.starts_with("listening "))
        port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
      if (line.starts_with("ready:")) return;
    }
    FAIL("the host did not start: " + log());
  }
  /// Ends in order, with this exit code.
  void end(int expected = 0) {
    process_->signal(SIGTERM);
    CHECK(process_->wait() == expected);
  }
  finished cli(std::vector<std::string> arguments,
               std::chrono::seconds patience = std::chrono::seconds(60)) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data()});
    return run_program(arguments, patience);
  }
  std::string make_token(const std::string& name, const std::string& scopes) const {
    const auto made = cli({"token", "create", "--name", name, "--scopes", scopes});
    REQUIRE(made.out.starts_with("pw_"));
    return made.out.substr(0, made.out.size() - 1);
  }
  child_process& process() { return *process_; }
  std::string data() const { return (d_.path() / "data").string(); }
  std::filesystem::path socket() const { return d_.path() / "data" / "control.sock"; }
  std::filesystem::path in(const std::string& name) const { return d_.path() / name; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    return d_.write(name, text);
  }
  std::string log_file() const { return (d_.path() / "log").string(); }
  std::string log() const {
    std::ostringstream all;
    all << std::ifstream(log_file()).rdbuf();
    return all.str();
  }

 private:
  scratch_directory d_;

 public:
  const made_certificate tls;
  std::string token{};  ///< Empty: it asks for none.
  std::uint16_t port = 0;

 private:
  std::filesystem::path file_;
  std::unique_ptr<child_process> process_;
};

}  // namespace pitwall::test
