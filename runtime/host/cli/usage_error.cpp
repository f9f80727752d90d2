#include "runtime/host/cli/usage_error.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/workflow/spelling.hpp"

namespace pitwall::cli {
namespace {

/// With the hidden ones where they count as known.
std::vector<const CLI::App*> commands_of(const CLI::App& app, bool hidden) {
  return app.get_subcommands(
      [hidden](const CLI::App* c) { return hidden || !c->get_group().empty(); });
}

std::vector<std::string_view> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string_view> out;
  for (const auto* c : commands) out.push_back(c->get_name());
  return out;
}

error no_command(const CLI::App& app, const std::string& path, std::string_view word) {
  const auto names = names_of(commands_of(app, false));
  const auto near = spelling().nearest(word, names);
  error e{errc::invalid_argument,
          {},
          {},
          "there are " + listed(names) + "; `" + path + " --help` says what each does"};
  e.message = word.empty() ? "`" + path + "` alone does nothing: a command has to follow"
                           : "there is no command " + in_quotes(word) + " of `" + path + "`";
  if (!near.empty()) e.remedy = "did you mean " + in_quotes(near) + "? " + e.remedy;
  return e;
}

std::optional<error> no_option(const CLI::App& app, const std::string& path,
                               std::span<const char* const> words) {
  std::vector<std::string> all;
  for (const auto* o : app.get_options())
    for (const auto& name : o->get_lnames()) all.push_back("--" + name);
  const std::vector<std::string_view> names(all.begin(), all.end());
  for (const std::string_view word : words) {
    const auto name = word.substr(0, word.find('='));
    if (name == "--") break;
    if (!name.starts_with("--") || std::find(names.begin(), names.end(), name) != names.end())
      continue;
    return error{errc::invalid_argument,
                 "there is no option " + in_quotes(name) + " of `" + path + "`",
                 {},
                 spelling().suggestion(name, names, "`" + path + " --help` lists them")};
  }
  return std::nullopt;
}

}  // namespace

error usage_error(const CLI::App& program, std::span<const char* const> words, std::string what) {
  const auto* at = &program;
  std::string path = program.get_name();
  std::size_t behind = 0;  // The last command.
  for (std::size_t next = 0; next < words.size() && !commands_of(*at, true).empty(); ++next) {
    const std::string_view word = words[next];
    if (word.starts_with('-')) continue;
    const auto below = commands_of(*at, true);
    const auto found = std::find_if(below.begin(), below.end(),
                                    [&](const auto* c) { return c->get_name() == word; });
    if (found == below.end() && at->get_require_subcommand_min() == 0) break;
    if (found == below.end()) return no_command(*at, path, word);
    at = *found;
    path.append(" ").append(word);
    behind = next + 1;
  }
  if (at->get_require_subcommand_min() > 0) return no_command(*at, path, {});
  if (auto unknown = no_option(*at, path, words.subspan(behind))) return std::move(*unknown);
  return {errc::invalid_argument, std::move(what), {}, "`" + path + " --help` says what it takes"};
}

}  // namespace pitwall::cli
