// docs/getting_started.md, done as it says: its workflow, and each of its commands for the program.
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace documents {
namespace {

using namespace pitwall::test;

struct walk_through {
  std::string workflow;               ///< The page's JSON.
  std::vector<std::string> commands;  ///< Its lines for `pitwall` and `kill`, in order.
};

walk_through read_page() {
  std::ifstream in(source_path("/docs/getting_started.md"));
  walk_through out;
  bool json = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      json = line == "```json";
    } else if (json) {
      out.workflow += line + "\n";
    } else if (line.starts_with("    pitwall ") || line.starts_with("    kill ")) {
      out.commands.push_back(line.substr(4));
    }
  }
  return out;
}

/// A shell in a directory, one command after the other; what ends in '&' is its one job.
class shell {
 public:
  explicit shell(std::string directory) : directory_(std::move(directory)) {}

  void run(const std::string& command) {
    CAPTURE(command);
    if (command.ends_with(" &")) {
      job_ =
          std::make_unique<child_process>(words("exec " + command.substr(0, command.size() - 2)));
      REQUIRE(job_->await_line("ready: data/control.sock (durability sync)"));
    } else if (command.starts_with("kill ")) {
      REQUIRE(job_ != nullptr);
      const bool at_once = command == "kill -9 %1";
      job_->signal(at_once ? SIGKILL : SIGTERM);
      CHECK(job_->wait() == (at_once ? -SIGKILL : 0));
      job_.reset();
    } else {
      const auto said = run_program(words(command));
      CAPTURE(said.err);
      CHECK(said.exit_code == 0);
      last_ = said.out;
    }
  }
  /// What the last command printed.
  const std::string& last() const noexcept { return last_; }

 private:
  std::vector<std::string> words(const std::string& command) const {
    return {"/bin/bash", "-c",
            "cd \"$1\" && pitwall() { \"$0\" \"$@\"; } && " +
                (command.starts_with("exec pitwall ")
                     ? "exec \"$0\" " + command.substr(std::string("exec pitwall ").size())
                     : command),
            pitwall_binary(), directory_};
  }

  std::string directory_, last_;
  std::unique_ptr<child_process> job_;
};

}  // namespace

TEST_CASE("what docs/getting_started.md says to do can be done") {
  const auto page = read_page();
  REQUIRE(page.commands.size() > 15);
  const scratch_directory d;
  d.write("dip.json", page.workflow);
  shell terminal(d.path().string());
  bool halted = false;
  for (const auto& command : page.commands) {
    terminal.run(command);
    if (command.find("emergency halt") != std::string::npos) halted = true;
    if (command.find("emergency resume") != std::string::npos) halted = false;
    if (command.find("emergency status") != std::string::npos) {
      CAPTURE(command, terminal.last());
      CHECK((terminal.last().find("halt") != std::string::npos) == halted);
    }
  }
  CHECK_FALSE(halted);
}

}  // namespace documents
