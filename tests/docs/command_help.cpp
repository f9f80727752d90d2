#include "tests/docs/command_help.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace documents {
namespace {

/// "-h,--help  Print", "--config TEXT  Where from"; some versions of CLI11 have blanks between
/// names.
void read_option(std::string_view line, command_help& out) {
  std::vector<std::string> names;
  while (line.starts_with('-')) {
    const auto end = std::min(line.find_first_of(", "), line.size());
    names.emplace_back(line.substr(0, end));
    const bool more = end < line.size() && line[end] == ',';
    line.remove_prefix(end);
    if (!more) break;
    line.remove_prefix(std::min(line.find('-'), line.size()));
  }
  const bool takes = line.size() > 1 && std::isupper(static_cast<unsigned char>(line[1])) != 0;
  const bool several = takes && line.substr(0, line.find("  ")).ends_with("...");
  for (const auto& name : names) {
    out.options[name] = takes;
    if (several) out.repeated.insert(name);
  }
}

void read_positional(std::string_view line, command_help& out) {
  const auto said = line.substr(0, line.find("   "));
  if (line.find(" REQUIRED") != std::string_view::npos) ++out.needed;
  out.most += said.find("...") != std::string_view::npos ? 1'000 : 1;
}

command_help read_help(const std::string& text) {
  command_help out;
  std::istringstream lines(text);
  std::string section;
  constexpr std::size_t described = 12;  // Further to the right are descriptions.
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("Usage: ")) out.needs_subcommand = line.ends_with(" SUBCOMMAND");
    if (!line.empty() && line.front() != ' ') {
      section = line;
      for (char& c : section) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || begin < 2 || begin > described) continue;
    const auto said = std::string_view(line).substr(begin);
    if (said.front() == '-') {
      read_option(said, out);
    } else if (begin == 2 && section == "positionals:") {
      read_positional(said, out);
    } else if (begin == 2 && section == "subcommands:") {
      out.subcommands.emplace(said.substr(0, said.find(' ')));
    }
  }
  return out;
}

/// Words as a shell makes them; operators are words of their own.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> out;
  std::string word;
  bool begun = false;
  char quote = 0;
  const auto end_word = [&] {
    if (begun) out.push_back(word);
    word.clear();
    begun = false;
  };
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      begun = true;
    } else if (c == ' ') {
      end_word();
    } else if (c == '#' && !begun) {
      break;
    } else if (std::string_view(";&()<>").find(c) != std::string_view::npos) {
      end_word();
      out.emplace_back(1, c);
    } else {
      word += c;
      begun = true;
    }
  }
  end_word();
  return out;
}

bool is_operator(const std::string& word) {
  return word.size() == 1 && std::string_view(";&()<>|").find(word[0]) != std::string_view::npos;
}

/// Before the program's name: variables, and who runs it.
bool is_prefix(const std::vector<std::string>& words, std::size_t& at) {
  if (words[at] == "$" || words[at] == "exec") return true;
  if (words[at] == "sudo") {
    if (at + 2 < words.size() && words[at + 1] == "-u") at += 2;
    return true;
  }
  const auto equals = words[at].find('=');
  return equals != std::string::npos && equals > 0 && words[at].front() != '-';
}

bool is_left_out(const std::string& word) { return word == "..." || word == "…"; }

}  // namespace

const command_help* program_help::of(const std::vector<std::string>& command) {
  if (const auto found = known_.find(command); found != known_.end()) return &found->second;
  std::vector<std::string> call{pitwall::test::pitwall_binary()};
  std::string usage = "Usage: pitwall";
  for (const auto& word : command) {
    call.push_back(word);
    usage += " " + word;
  }
  call.emplace_back("--help");
  const auto said = pitwall::test::run_program(call);
  if (said.exit_code != 0 || said.out.find(usage) == std::string::npos) return nullptr;
  return &known_.emplace(command, read_help(said.out)).first->second;
}

std::vector<std::vector<std::string>> pitwall_calls(const std::string& line) {
  std::vector<std::vector<std::string>> out;
  const auto words = shell_words(line);
  for (std::size_t at = 0; at < words.size(); ++at) {
    while (at < words.size() && (is_operator(words[at]) || is_prefix(words, at))) ++at;
    const bool ours = at < words.size() && words[at] == "pitwall";
    std::vector<std::string> call;
    while (++at < words.size() && !is_operator(words[at])) {
      auto word = words[at];
      if (word.front() == '[') word.erase(0, 1);
      if (word.ends_with(']') && word.find('[') == std::string::npos) word.pop_back();
      if (!word.empty()) call.push_back(word);
    }
    if (ours && !call.empty()) out.push_back(call);
  }
  return out;
}

namespace {

std::vector<std::string> alternatives(const std::string& word) {
  std::vector<std::string> out;
  std::istringstream parts(word);
  for (std::string part; std::getline(parts, part, '|');) out.push_back(part);
  return out;
}

/// The options and positionals behind a command.
std::string check_words(const command_help& help, const std::vector<std::string>& call,
                        std::size_t at, bool whole) {
  std::size_t given = 0;
  bool several = false, left_out = false;
  for (; at < call.size(); ++at) {
    const auto& word = call[at];
    left_out = left_out || is_left_out(word);
    if (is_left_out(word)) continue;
    if (word.front() != '-') {
      ++given;
      continue;
    }
    const auto name = word.substr(0, word.find('='));
    const auto option = help.options.find(name);
    if (option == help.options.end()) return "there is no option '" + name + "'";
    several = several || help.repeated.count(name) > 0;
    if (!option->second || name != word) continue;
    if (whole && at + 1 == call.size()) return "a value is missing behind '" + name + "'";
    ++at;
  }
  if (given > help.most && !several)
    return "it takes " + std::to_string(help.most) + " words, and there are " +
           std::to_string(given);
  if (whole && given < help.needed && !left_out) return "it needs more words";
  return "";
}

}  // namespace

std::string objection(program_help& help, const std::vector<std::string>& call, bool whole) {
  std::vector<std::string> command;
  std::size_t at = 0;
  const auto* here = help.of(command);
  while (here != nullptr && at < call.size() && call[at].front() != '-' && !is_left_out(call[at])) {
    std::vector<std::string> next;
    for (const auto& one : alternatives(call[at])) {
      const bool word = !command.empty() && here->subcommands.count(one) == 0;
      if (word && next.empty()) break;  // What it takes, and no command below it.
      next = command;
      next.push_back(one);
      if (word || help.of(next) == nullptr) return "there is no command '" + one + "'";
    }
    if (next.empty()) break;
    here = help.of(command = next);
    ++at;
  }
  if (here == nullptr) return "there is no such command";
  if (here->needs_subcommand && at < call.size() && call[at].front() != '-')
    return "there is no command '" + call[at] + "' below it";
  if (here->needs_subcommand && whole && at == call.size()) return "a subcommand is missing";
  return check_words(*here, call, at, whole);
}

}  // namespace documents
