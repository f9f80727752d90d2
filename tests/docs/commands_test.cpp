// Every call of the program that the documents show is one that it takes.
#include "tests/docs/command_help.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace documents {
namespace {

std::string joined(const std::vector<std::string>& call) {
  std::string out = "pitwall";
  for (const auto& word : call) out += " " + word;
  return out;
}

struct checked {
  findings found;
  std::size_t calls = 0;
};

checked check_commands(const std::vector<page>& pages, program_help& help) {
  checked out;
  const auto look = [&](const page& p, const piece& at, const std::string& line, bool whole) {
    for (const auto& call : pitwall_calls(line)) {
      ++out.calls;
      if (const auto wrong = objection(help, call, whole); !wrong.empty())
        out.found.add(p, at, joined(call) + ": " + wrong);
    }
  };
  for (const auto& p : pages) {
    for (const auto& at : p.shell) look(p, at, at.text, true);
    for (const auto& at : p.prose)
      for (const auto& span : code_spans(at.text))
        if (span.starts_with("pitwall ")) look(p, at, span, false);
  }
  return out;
}

}  // namespace

TEST_CASE("every pitwall command of the documents is one of the program's") {
  program_help help;
  const auto checked = check_commands(read_pages(pitwall::test::source_path("")), help);
  INFO(checked.found.text());
  CHECK(checked.found.all.empty());
  CHECK(checked.calls > 150);
}

TEST_CASE("every workflow of the documents is valid") {
  const pitwall::test::scratch_directory d;
  findings found;
  std::size_t workflows = 0;
  for (const auto& p : read_pages(pitwall::test::source_path("")))
    for (const auto& at : p.json) {
      if (at.text.find("\"blocks\": [") == std::string::npos) continue;
      ++workflows;
      const auto file = d.write(std::to_string(workflows) + ".json", at.text).string();
      const auto said =
          pitwall::test::run_program({pitwall::test::pitwall_binary(), "validate", file});
      if (said.exit_code != 0) found.add(p, at, said.out + said.err);
    }
  INFO(found.text());
  CHECK(found.all.empty());
  CHECK(workflows >= 3);
}

TEST_CASE("the check of commands objects to what the program would not take, and to nothing else") {
  program_help help;
  const auto objections = [&](const std::string& text) {
    return check_commands({read_page("a.md", text)}, help).found.all.size();
  };
  for (const char* good :
       {"    $ sudo -u pitwall pitwall token create --name a --scopes read   # who\n",
        "    PITWALL_HOST=http://x pitwall events --follow | head\n",
        "    pitwall serve w.json --trigger a='every 5m' \\\n        --port 8080\n",
        "    (umask 077; pitwall journal head --data-dir d > head.txt)\n",
        "`pitwall bots list|start|pause|stop`, `pitwall run FILE [--template ID]`\n",
        "`pitwall manual man|bash` and `pitwall emergency halt --reason ...`\n",
        "```json\npitwall nonsense\n```\n"}) {
    CAPTURE(good);
    CHECK(objections(good) == 0);
  }
  for (const char* bad :
       {"    pitwall serv w.json\n", "    pitwall serve w.json --prot 8080\n",
        "    pitwall emergency\n", "    pitwall emergency stop\n", "    pitwall journal backup\n",
        "    pitwall journal backup a b\n", "    pitwall serve --port\n",
        "`pitwall bots list|star`\n", "    sleep 1 && pitwall executions show latest -x\n"}) {
    CAPTURE(bad);
    CHECK(objections(bad) == 1);
  }
}

}  // namespace documents
