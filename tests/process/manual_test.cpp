// The manual page and the completion name what the program has.
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

/// The subcommands that `pitwall ... --help` lists.
std::vector<std::string> listed(const std::vector<std::string>& path) {
  std::vector<std::string> call{pitwall_binary()}, out;
  call.insert(call.end(), path.begin(), path.end());
  call.emplace_back("--help");
  std::istringstream lines(run_program(call).out);
  bool among = false;
  for (std::string line; std::getline(lines, line);) {
    if (among && line.starts_with("  ") && line[2] != ' ')
      out.push_back(line.substr(2, line.find(' ', 2) - 2));
    among = line == "Subcommands:" || (among && !line.empty());
  }
  return out;
}

std::string complete(const std::string& words) {
  const auto f = run_program(
      {"/bin/bash", "-c",
       "source <(\"$0\" manual bash); read -ra COMP_WORDS <<<\"$1\"; "
       "case \"$1\" in *' ') COMP_WORDS+=('') ;; esac; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
       "_pitwall; echo \"${COMPREPLY[@]}\"",
       pitwall_binary(), words});
  CHECK(f.err.empty());
  return f.out;
}

}  // namespace

TEST_CASE("the manual page names every command, and every one of its options", "[manual]") {
  const auto page = run_program({pitwall_binary(), "manual", "man"});
  REQUIRE(page.exit_code == 0);
  CHECK(page.out.starts_with(".TH PITWALL 1"));
  const auto commands = listed({});
  REQUIRE(commands.size() > 10);
  std::size_t all = 0;
  for (const auto& c : commands) {
    CAPTURE(c);
    CHECK(page.out.find(".SS \"pitwall " + c) != std::string::npos);
    for (const auto& below : listed({c})) {
      CAPTURE(below);
      ++all;
      CHECK(page.out.find(".SS \"pitwall " + c + " " + below) != std::string::npos);
      CHECK(complete("pitwall " + c + " ").find(below) != std::string::npos);
    }
  }
  CHECK(all > 20);
  CHECK(page.out.find("\\fB\\-\\-cancel\\-on\\-halt\\fR") != std::string::npos);
  CHECK(page.out.find("manual") == std::string::npos);
  for (const char* section : {"SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES"})
    CHECK(page.out.find(std::string(".SH ") + section) != std::string::npos);
}

TEST_CASE("a word that is no command or option is told with what there is, and the nearest",
          "[manual]") {
  const auto said = [](std::vector<std::string> words) {
    words.insert(words.begin(), pitwall_binary());
    const auto f = run_program(words);
    CHECK(f.out.empty());
    CHECK(f.exit_code == 64);
    return f.err;
  };
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    CHECK(text.find(part) != std::string::npos);
  };
  for (const auto& words : std::vector<std::vector<std::string>>{{"srve"}, {"srve", "w.json"}}) {
    has(said(words), "there is no command 'srve' of `pitwall`\n");
    has(said(words), "did you mean 'serve'? there are run, validate, serve, ");
  }
  has(said({}), "`pitwall` alone does nothing");
  has(said({}), "there are run, ");
  has(said({"zzzzzz"}), "\n         there are run, ");
  has(said({"emergency", "stauts"}), "no command 'stauts' of `pitwall emergency`");
  has(said({"emergency", "stauts"}), "did you mean 'status'? there are status, alert, halt, ");
  has(said({"orders"}), "there are list, settle; `pitwall orders --help` says what each does");
  has(said({"serve", "w.json", "--prot=80"}), "there is no option '--prot' of `pitwall serve`");
  has(said({"serve", "w.json", "--prot=80"}), "did you mean '--port'?");
  has(said({"orders", "list", "--zzzzzzzzzz"}), "`pitwall orders list --help` lists them");
  // What is known, and wrong in another way.
  has(said({"run"}), "pitwall: error: FILE is required\n");
  has(said({"run"}), "`pitwall run --help` says what it takes");
  has(said({"emergency", "resume"}), "pitwall: error: --reason is required\n");
  has(said({"emergency", "resume"}), "`pitwall emergency resume --help` says");
  has(said({"serve", "w.json", "--port"}), "--port");
  has(said({"exchange", "--weight-limit", "-5"}), "--weight-limit: '-5' is less than 0");
  has(said({"events", "--limit=-1"}), "--limit: '-1' is less than 0");
  has(said({"bench", "--executoins", "10"}), "no option '--executoins' of `pitwall bench`");
  CHECK(run_program({pitwall_binary(), "serve", "--help"}).exit_code == 0);
}

TEST_CASE("bash completes commands and options", "[manual]") {
  CHECK(complete("pitwall exec") == "executions\n");
  CHECK(complete("pitwall executions li") == "list\n");
  CHECK(complete("pitwall executions list --wor") == "--workflow\n");
  CHECK(complete("pitwall serve --config x --cancel-on-h") == "--cancel-on-halt\n");
  CHECK(complete("pitwall serve some_fi") == "\n");
}

}  // namespace pitwall::test
