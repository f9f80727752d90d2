#include <fmt/format.h>

#include <algorithm>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/config_flags.hpp"
#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/config/show.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct config_options {
  config_flags flags;
  std::vector<std::filesystem::path> files;
  std::vector<std::string> triggers;
  host_choice where;
  bool json = false, origin = false, table = false;
};

config::loaded load_all(const config_options& o) {
  auto loaded = o.flags.load();
  const auto c = config::bind(loaded.config);
  for (auto& e : inspect(c, loaded.config, words_on(c, o.files, o.triggers)))
    loaded.problems.push_back(std::move(e));
  return loaded;
}

std::string problems_json(const std::vector<error>& problems) {
  value::list all;
  for (const auto& p : problems)
    all.push_back(value(value::object{
        {"where", value(p.where)}, {"message", value(p.message)}, {"remedy", value(p.remedy)}}));
  return to_json(value(
      value::object{{"valid", value(problems.empty())}, {"problems", value(std::move(all))}}));
}

/// No file, and not a word of anybody: what is built in would be found good.
bool nothing_said(const config_options& o, const config::settings& from) {
  if (!o.flags.file().empty() || !o.files.empty() || !o.triggers.empty()) return false;
  return std::none_of(from.all.begin(), from.all.end(), [&](const auto& s) {
    return from.said(s.first) && s.second.where != "PITWALL_DATA_DIR";
  });
}

int check(const config_options& o) {
  auto loaded = load_all(o);
  if (loaded.problems.empty() && nothing_said(o, loaded.config))
    loaded.problems.push_back({errc::invalid_argument,
                               "there is nothing to check: no file, variable or option is given",
                               {},
                               "name the file: pitwall config check --config FILE"});
  // A FILE alone is a workflow's.
  for (auto& p : loaded.problems)
    for (const auto& file : o.files)
      if (o.flags.file().empty() && p.where == file.string() + "#")
        p.remedy += std::string(p.remedy.empty() ? "" : "; ") +
                    "a configuration is named with --config, a workflow without";
  if (o.json) {
    fmt::print("{}\n", problems_json(loaded.problems));
  } else {
    for (const auto& p : loaded.problems) print_error(p);
    if (loaded.problems.empty())
      fmt::print("{}: valid{}\n", o.flags.file().empty() ? "configuration" : o.flags.file(),
                 loaded.profile.empty() ? "" : " (profile " + loaded.profile + ")");
  }
  return loaded.problems.empty() ? exit_done : exit_usage;
}

int print(const config_options& o) {
  // What it names outside of itself may be on another machine.
  const auto loaded = o.flags.load();
  for (const auto& p : loaded.problems) print_error(p);
  if (!loaded.problems.empty()) return exit_usage;
  if (!o.origin) {
    fmt::print("{}\n", to_pretty_json(config::as_file(loaded.config)));
    return exit_done;
  }
  auto rows = config::with_origins(loaded.config);
  rows.insert(rows.begin(), {"KEY", "VALUE", "FROM"});
  fmt::print("{}", format_table(rows));
  return exit_done;
}

int schema(const config_options& o) {
  if (o.table)
    fmt::print("{}", config::markdown_table());
  else
    fmt::print("{}\n", to_pretty_json(config::schema()));
  return exit_done;
}

void print_changes(const value& answer, const char* which, const char* word) {
  for (const auto& c : answer.find(which)->as_list())
    fmt::print("{} {}: {} -> {}\n", word, c.find("key")->as_text(), to_json(*c.find("from")),
               to_json(*c.find("to")));
}

int reload(const config_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  std::vector<problem> problems;
  const auto answer =
      access->ask("POST", "/api/v1/config/reload", {}, std::chrono::seconds(30), &problems);
  if (!answer.ok()) {
    // As `config check` tells them.
    std::vector<error> all;
    for (auto& p : problems)
      all.push_back({errc::invalid_argument, std::move(p.message), std::move(p.pointer),
                     std::move(p.remedy)});
    if (o.json && !all.empty()) fmt::print("{}\n", problems_json(all));
    if (!o.json)
      for (const auto& p : all) print_error(p);
    return give_up(answer.error());
  }
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  print_changes(*answer, "applied", "changed");
  print_changes(*answer, "refused", "needs a start:");
  if (answer->find("applied")->as_list().empty() && answer->find("refused")->as_list().empty())
    fmt::print("nothing has changed\n");
  return exit_done;
}

}  // namespace

void add_config(CLI::App& app, int& exit) {
  auto* c = app.add_subcommand("config", "Check, print and reload a host's configuration");
  c->require_subcommand(1);
  const auto one = [&](const char* name, const char* help, int (*run)(const config_options&)) {
    auto o = std::make_shared<config_options>();
    auto* command = c->add_subcommand(name, help);
    command->callback([o, run, &exit] { exit = run(*o); });
    return std::pair(command, o);
  };
  const auto [check_it, checked] = one(
      "check",
      "List all that is wrong with it: with the file of --config; takes what `serve` takes", check);
  check_it->add_option("FILE", checked->files, "Workflow files that would be deployed");
  checked->flags.declare(*check_it);
  check_it
      ->add_option("--trigger", checked->triggers,
                   "BOT=WORDS, repeatable: what would start the bot's workflow")
      ->allow_extra_args(false);
  check_it->add_flag("--json", checked->json, "One object: valid, problems");
  const auto [print_it, printed] =
      one("print", "What would be in force, as a file; takes the options of `serve`", print);
  printed->flags.declare(*print_it);
  print_it->add_flag("--origin", printed->origin, "A table, with where each value comes from");
  const auto [describe, described] = one("schema", "JSON Schema of the configuration file", schema);
  describe->add_flag("--table", described->table,
                     "All keys as a table in Markdown, as in docs/configuration.md");
  const auto [again, reloaded] =
      one("reload", "Have the running host read its configuration again", reload);
  add_host(*again, reloaded->where);
  again->add_flag("--json", reloaded->json, "The API's answer");
}

}  // namespace pitwall::cli
