// Job: `journal`: how much the log of events holds, and whether it is whole.
#include <fmt/format.h>

#include <fstream>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"
#include "storage/verify.hpp"

namespace pitwall::cli {
namespace {

struct journal_options {
  std::filesystem::path data_directory;
  std::string head;
  bool json = false;
};

value number(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

int stats(const journal_options& o) {
  auto access = host_access::open(o.data_directory);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/journal/stats");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, v] : answer->as_object())
    if (!v.is_null()) rows.push_back({name, v.is_text() ? v.as_text() : to_json(v)});
  fmt::print("{}", format_table(rows));
  return exit_done;
}

int head(const journal_options& o) {
  auto access = host_access::open(o.data_directory);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/journal/head");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json)
    fmt::print("{}\n", to_json(*answer));
  else
    fmt::print("{}\n", answer->find("head")->as_text());
  return exit_done;
}

// ---- verify

/// The head to compare with: the one that was given, else the one that a backup holds of itself.
result<std::optional<journal_head>> expected_head(const journal_options& o) {
  std::string text = o.head;
  if (text.empty()) {
    std::ifstream file(o.data_directory / backup_head_name);
    if (!std::getline(file, text)) return std::optional<journal_head>();
  }
  PITWALL_TRY(parsed, journal_head_from_string(text));
  return std::optional(std::move(parsed));
}

std::string_view to_string(head_comparison c) {
  switch (c) {
    case head_comparison::none:
      return "none";
    case head_comparison::matches:
      return "matches";
    case head_comparison::differs:
      return "differs";
    case head_comparison::not_kept:
      return "not_kept";
  }
  return "none";
}

value view_of(const verify_report& r) {
  value::list found;
  for (const auto& f : r.findings)
    found.push_back(value::object{{"seq", f.seq == 0 ? value() : number(f.seq)}, {"what", f.what}});
  return value::object{{"whole", r.found == 0},
                       {"head", pitwall::to_string(r.head)},
                       {"compared", to_string(r.compared)},
                       {"first_seq", number(r.first_seq)},
                       {"last_seq", number(r.head.seq)},
                       {"records", number(r.records)},
                       {"events", number(r.events)},
                       {"bytes", number(r.bytes)},
                       {"executions", number(r.executions)},
                       {"findings_in_all", number(r.found)},
                       {"findings", std::move(found)}};
}

void print_report(const verify_report& r) {
  for (const auto& f : r.findings) {
    if (f.seq == 0)
      fmt::print("damage: {}\n", f.what);
    else
      fmt::print("damage at seq {}: {}\n", f.seq, f.what);
  }
  if (r.found > r.findings.size())
    fmt::print("and {} findings more\n", r.found - r.findings.size());
  fmt::print("{} events in {} records, seq {} to {}; {} finished executions\n", r.events, r.records,
             r.first_seq, r.head.seq, r.executions);
  fmt::print("head {}\n", pitwall::to_string(r.head));
  if (r.compared == head_comparison::matches)
    fmt::print("the journal holds all that the expected head stands for\n");
  if (r.compared == head_comparison::not_kept)
    fmt::print("the expected head is older than the first kept event: it was not compared\n");
  fmt::print("{}\n", r.found == 0 ? "the journal is whole" : "the journal is damaged");
}

int verify(const journal_options& o) {
  auto expected = expected_head(o);
  if (!expected.ok()) return give_up(expected.error());
  storage_options options;
  options.directory = o.data_directory;
  progress_line progress("verifying");
  const auto report = verify_journal(
      options, *expected, [&](std::uint64_t done, std::uint64_t all) { progress.show(done, all); });
  progress.clear();
  if (!report.ok()) return give_up(report.error());
  if (o.json)
    fmt::print("{}\n", to_json(view_of(*report)));
  else
    print_report(*report);
  if (report->found != 0) return exit_damaged;
  // A comparison that was asked for and could not be made is no success.
  const bool compared = o.head.empty() || report->compared == head_comparison::matches;
  return compared ? exit_done : exit_usage;
}

}  // namespace

void add_journal(CLI::App& app, int& exit) {
  auto o = std::make_shared<journal_options>();
  auto* c = app.add_subcommand("journal", "The durable log of events");
  c->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, int (*run)(const journal_options&)) {
    auto* command = c->add_subcommand(name, what);
    add_data_directory(*command, o->data_directory);
    command->add_flag("--json", o->json, "As one object");
    command->callback([o, &exit, run] { exit = run(*o); });
    return command;
  };
  add("stats", "How much it holds", stats);
  add("head", "Its last seq and hash, SEQ:HASH: note it elsewhere, and verify with it later", head);
  add("verify",
      "Prove that nothing in it was changed, moved or removed; exit 65 where something was", verify)
      ->add_option("--head", o->head,
                   "SEQ:HASH of an earlier `journal head`: finds a tail that was cut off, too");
}

}  // namespace pitwall::cli
