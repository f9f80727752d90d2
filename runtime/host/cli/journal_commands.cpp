// Job: `journal`: how much the log of events holds, whether it is whole, and copies of it.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"
#include "storage/open.hpp"
#include "storage/salvage.hpp"
#include "storage/verify.hpp"

namespace pitwall::cli {
namespace {

struct journal_options {
  host_choice where;
  std::filesystem::path data_directory;  ///< Of what needs the files themselves.
  std::filesystem::path out, target;
  std::string head, types;
  std::uint64_t after = 0;
  bool json = false;
};

value number(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

int stats(const journal_options& o) {
  auto access = host_access::open(o.where);
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
  auto access = host_access::open(o.where);
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

// ---- export

/// A file that appears under its name when it is complete, or standard output.
class export_file {
 public:
  explicit export_file(const std::filesystem::path& path) : path_(path) {
    out_ = path.empty() ? stdout : std::fopen(partial().c_str(), "wx");
  }
  ~export_file() {
    if (path_.empty() || out_ == nullptr) return;
    std::fclose(out_);
    std::remove(partial().c_str());
  }
  export_file(const export_file&) = delete;
  export_file& operator=(const export_file&) = delete;

  status open() const { return out_ != nullptr ? status(done{}) : cannot_write(); }
  status line(std::string text) {
    text += '\n';
    return std::fwrite(text.data(), 1, text.size(), out_) == text.size() ? status(done{})
                                                                         : cannot_write();
  }
  /// What is there is all that can be had: it keeps its other name.
  std::string keep() {
    if (path_.empty()) return "standard output";
    if (out_ != nullptr) std::fclose(std::exchange(out_, nullptr));
    return partial();
  }
  status complete() {
    if (std::fflush(out_) != 0) return cannot_write();
    if (path_.empty()) return done{};
    const bool closed = std::fclose(std::exchange(out_, nullptr)) == 0;
    if (!closed || std::rename(partial().c_str(), path_.c_str()) != 0) return cannot_write();
    return done{};
  }

 private:
  std::string partial() const { return path_.string() + ".part"; }
  error cannot_write() const {
    return {errc::io_error, "cannot write the export: " + std::string(std::strerror(errno)),
            path_.empty() ? "standard output" : partial(), "check the disk, and what is there"};
  }
  std::filesystem::path path_;
  std::FILE* out_;
};

std::uint64_t number_at(const value& object, std::string_view name) {
  return static_cast<std::uint64_t>(
      object.find(name)->as_number().to_int().value_or(std::int64_t{0}));
}

/// Where reading works again: damage is a block or a file, so steps that double, then halves.
std::optional<std::uint64_t> readable_after(const host_access& access, std::uint64_t at,
                                            std::uint64_t head) {
  const auto can_read = [&](std::uint64_t after) {
    return access.ask("GET", "/api/v1/events?limit=1&after=" + std::to_string(after)).ok();
  };
  std::uint64_t bad = at, good = at + 1;
  for (; good < head && !can_read(good); good = std::min(good + (good - at), head - 1)) {
    if (good + 1 == head) return {};
    bad = good;
  }
  if (good >= head) return {};
  while (good - bad > 1) {
    const auto middle = bad + (good - bad) / 2;
    (can_read(middle) ? good : bad) = middle;
  }
  return good;
}

/// Says what was saved, and where reading works again.
error export_damaged(error why, const host_access& access, export_file& file, std::uint64_t at,
                     std::uint64_t head) {
  why.message += "; the events up to seq " + std::to_string(at) + " are in " + file.keep();
  const auto next = readable_after(access, at, head);
  why.remedy = next ? "export the rest with --after " + std::to_string(*next) + "; "
                    : "nothing after it can be read; ";
  why.remedy += "then docs/durability.md, When something is broken";
  return why;
}

/// Up to the head of this moment: what comes meanwhile is the next export's.
status export_events(const journal_options& o, const host_access& access, export_file& file) {
  PITWALL_TRY(now, access.ask("GET", "/api/v1/journal/head"));
  const auto head = number_at(now, "seq");
  const auto filters = query_string({{"types", o.types}});
  progress_line progress("exporting");
  int limit = 1'000;
  for (auto at = o.after; at < head;) {
    const auto page = access.ask("GET", "/api/v1/events?limit=" + std::to_string(limit) +
                                            "&after=" + std::to_string(at) +
                                            (filters.empty() ? "" : "&" + filters));
    if (!page.ok()) {
      if (page.error().code != errc::data_loss) return page.error();
      if (limit == 1) return export_damaged(page.error(), access, file, at, head);
      limit = 1;  // Up to the damage itself.
      continue;
    }
    for (const auto& e : page->find("events")->as_list()) {
      if (number_at(e, "seq") > head) break;
      PITWALL_CHECK(file.line(to_json(e)));
    }
    at = number_at(*page, "next_after");
    progress.show(std::min(at, head), head);
    if (page->find("at_end")->as_bool()) break;
  }
  return file.complete();
}

int export_journal(const journal_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  export_file file(o.out);
  if (auto opened = file.open(); !opened.ok()) return give_up(opened.error());
  const auto exported = export_events(o, *access, file);
  return exported.ok() ? exit_done : give_up(exported.error());
}

// ---- salvage

int salvage(const journal_options& o) {
  const auto made = salvage_journal(o.data_directory, o.target);
  if (!made.ok()) return give_up(made.error());
  if (o.json)
    fmt::print("{}\n", to_json(value(value::object{{"directory", o.target.string()}})));
  else
    fmt::print(
        "what can be read is in {0}; how much that is: pitwall journal verify --data-dir {0}\n",
        o.target.string());
  return exit_done;
}

// ---- backup

constexpr auto backup_patience = std::chrono::hours(1);

result<journal_head> make_backup(const journal_options& o, const std::filesystem::path& target) {
  if (auto live = host_access::running({.data_directory = o.data_directory}); live.ok()) {
    const auto body = to_json(value(value::object{{"directory", target.string()}}));
    PITWALL_TRY(answer, live->ask("POST", "/api/v1/journal/backup", body, backup_patience));
    return journal_head_from_string(answer.find("head")->as_text());
  }
  storage_options options;
  options.directory = o.data_directory;
  options.create = false;
  PITWALL_TRY(storage, open_rocksdb(options));
  return storage.events->backup(target);
}

int backup(const journal_options& o) {
  std::error_code failed;
  const auto target = std::filesystem::absolute(o.target, failed);
  const auto head = make_backup(o, target);
  if (!head.ok()) return give_up(head.error());
  if (o.json) {
    fmt::print("{}\n", to_json(value(value::object{{"directory", target.string()},
                                                   {"head", pitwall::to_string(*head)}})));
  } else {
    fmt::print("{}\n", pitwall::to_string(*head));
  }
  return exit_done;
}

}  // namespace

void add_journal(CLI::App& app, int& exit) {
  auto o = std::make_shared<journal_options>();
  auto* c = app.add_subcommand("journal", "The durable log of events");
  c->require_subcommand(1);
  const auto add_one = [&](const char* name, const char* what, int (*run)(const journal_options&)) {
    auto* command = c->add_subcommand(name, what);
    command->add_flag("--json", o->json, "As one object");
    command->callback([o, &exit, run] { exit = run(*o); });
    return command;
  };
  add_host(*add_one("stats", "How much it holds", stats), o->where);
  add_host(*add_one("head",
                    "Its last seq and hash, SEQ:HASH: note it elsewhere, and verify with it later",
                    head),
           o->where);
  const auto add = [&](const char* name, const char* what, int (*run)(const journal_options&)) {
    auto* command = add_one(name, what, run);
    add_data_directory(*command, o->data_directory);
    return command;
  };
  add("verify",
      "Prove that nothing in it was changed, moved or removed; exit 65 where something was", verify)
      ->add_option("--head", o->head,
                   "SEQ:HASH of an earlier `journal head`: finds a tail that was cut off, too");
  auto* b = add("backup",
                "Copy it, also while a host runs on it, and print the copy's head; the copy is a "
                "data directory like any other",
                backup);
  b->add_option("DIR", o->target, "A new directory, best on another disk")->required();
  add("salvage",
      "Make a new data directory of what can be read of one that no longer opens: a file is "
      "missing, or the log is damaged; the old one stays as it is",
      salvage)
      ->add_option("DIR", o->target, "A new directory")
      ->required();
  add_journal_prune(*c, exit);
  auto* e = c->add_subcommand("export", "Its events as JSON lines, up to the head of this moment");
  add_host(*e, o->where);
  e->add_option("--after", o->after, "Only events with a greater seq")->capture_default_str();
  e->add_option("--types", o->types, "Only these types, separated by commas");
  e->add_option("--out", o->out, "Into this file, not to standard output");
  e->callback([o, &exit] { exit = export_journal(*o); });
}

}  // namespace pitwall::cli
