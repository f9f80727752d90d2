// Job: `events` and `executions`: what was, from a running host or a closed journal.
#include <fmt/format.h>

#include "net/server/target.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  if (v == nullptr || v->is_null()) return "-";
  return v->is_text() ? v->as_text() : to_json(*v);
}

// ---- events

struct events_options {
  host_choice where;
  bool follow = false, json = false;
  std::uint64_t after = 0;
  std::string types, execution_id;
  std::size_t limit = 0;
};

void print_event(std::uint64_t seq, std::string_view data, bool json) {
  if (json) {
    fmt::print("{}\n", data);
    return;
  }
  auto parsed = parse_json(data);
  if (!parsed.ok()) return;
  const auto& e = *parsed;
  std::string rest;
  for (const auto& [name, v] : e.as_object()) {
    static constexpr std::string_view shown[] = {"seq",          "type",          "timestamp",
                                                 "execution_id", "bot_id",        "strategy_id",
                                                 "node_name",    "node_category", "workflow_id"};
    if (std::find(std::begin(shown), std::end(shown), name) != std::end(shown) || v.is_null())
      continue;
    rest.append(rest.empty() ? "" : " ")
        .append(name)
        .append("=")
        .append(v.is_text() ? v.as_text() : to_json(v));
  }
  fmt::print("{:>8}  {}  {:<24} {}  {}\n", seq, text_of(e, "timestamp"), text_of(e, "type"),
             text_of(e, "execution_id"), shorten(rest, 160));
}

int events(const events_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  if (o.follow && !access->is_live())
    return give_up({errc::unavailable, "there is no running host to follow", access->where(),
                    "leave out --follow to see what is journaled"});
  // Without --follow a live stream has no end of its own: it ends at the head of this moment.
  std::uint64_t head = ~std::uint64_t{0};
  if (!o.follow) {
    auto stats = access->ask("GET", "/api/v1/journal/stats");
    if (!stats.ok()) return give_up(stats.error());
    head = static_cast<std::uint64_t>(
        stats->find("last_seq")->as_number().to_int().value_or(std::int64_t{0}));
  }
  const auto filters = query_string({{"types", o.types}, {"execution_id", o.execution_id}});
  std::size_t shown = 0;
  if (!o.follow && access->is_live()) {
    for (auto at = o.after; at < head;) {
      auto page = access->ask("GET", "/api/v1/events?after=" + std::to_string(at) +
                                         (filters.empty() ? "" : "&" + filters));
      if (!page.ok()) return give_up(page.error());
      for (const auto& e : page->find("events")->as_list()) {
        const auto seq = static_cast<std::uint64_t>(
            e.find("seq")->as_number().to_int().value_or(std::int64_t{0}));
        if (seq > head || (o.limit > 0 && shown == o.limit)) return exit_done;
        print_event(seq, to_json(e), o.json);
        ++shown;
      }
      at = static_cast<std::uint64_t>(
          page->find("next_after")->as_number().to_int().value_or(std::int64_t{0}));
      if (page->find("at_end")->as_bool()) break;
    }
    return exit_done;
  }
  auto ended = access->stream(o.after, filters,
                              [&](std::string_view, std::uint64_t seq, std::string_view data) {
                                print_event(seq, data, o.json);
                                if (o.follow) std::fflush(stdout);
                                return ++shown != o.limit;
                              });
  return ended.ok() ? exit_done : give_up(ended.error());
}

// ---- executions

struct executions_options {
  host_choice where;
  std::string workflow, bot, strategy, status, started_after, started_before, before, id;
  std::string reason = "cancelled by the operator";
  std::size_t limit = 50;
  bool json = false, events = false;
};

int list_executions(const executions_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto page = access->ask(
      "GET", "/api/v1/executions?" + query_string({{"workflow_id", o.workflow},
                                                   {"bot_id", o.bot},
                                                   {"strategy_id", o.strategy},
                                                   {"status", o.status},
                                                   {"started_after", o.started_after},
                                                   {"started_before", o.started_before},
                                                   {"before", o.before},
                                                   {"limit", std::to_string(o.limit)}}));
  if (!page.ok()) return give_up(page.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*page));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{{"EXECUTION", "STATUS", "STARTED", "TOOK", "ORDERS"}};
  for (const auto& e : page->find("executions")->as_list()) {
    const auto* took = e.find("duration_ms");
    rows.push_back(
        {text_of(e, "execution_id"), text_of(e, "status"), text_of(e, "started_at"),
         took != nullptr && took->is_number() ? format_milliseconds(took->as_number()) : "-",
         text_of(e, "orders")});
  }
  if (rows.size() == 1) {
    fmt::print("no executions\n");
    return exit_done;
  }
  fmt::print("{}", format_table(rows));
  const auto* next = page->find("next_before");
  if (next != nullptr && next->is_text()) fmt::print("older ones: --before {}\n", next->as_text());
  return exit_done;
}

int show_execution(const executions_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  const bool latest = o.id == "latest";
  if (latest == o.workflow.empty())
    return give_up({errc::invalid_argument,
                    "`latest` is the newest execution of one workflow",
                    {},
                    "executions show ID, or executions show latest --workflow W"});
  auto summary = access->ask(
      "GET", latest ? "/api/v1/workflows/" + http::percent_encode(o.workflow) + "/latest"
                    : "/api/v1/executions/" + http::percent_encode(o.id));
  if (!summary.ok()) return give_up(summary.error());
  const auto base =
      "/api/v1/executions/" + http::percent_encode(summary->find("execution_id")->as_text());
  if (o.json && !o.events) {
    fmt::print("{}\n", to_json(*summary));
    return exit_done;
  }
  if (!o.json) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, v] : summary->as_object())
      if (!v.is_null()) rows.push_back({name, v.is_text() ? v.as_text() : to_json(v)});
    fmt::print("{}\n", format_table(rows));
  }
  for (std::uint64_t at = 0;;) {
    auto page = access->ask("GET", base + "/events?after=" + std::to_string(at));
    if (!page.ok()) return give_up(page.error());
    for (const auto& e : page->find("events")->as_list())
      print_event(
          static_cast<std::uint64_t>(e.find("seq")->as_number().to_int().value_or(std::int64_t{0})),
          to_json(e), o.json);
    if (page->find("at_end")->as_bool()) return exit_done;
    at = static_cast<std::uint64_t>(
        page->find("next_after")->as_number().to_int().value_or(std::int64_t{0}));
  }
}

int cancel_execution(const executions_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("POST", "/api/v1/executions/" + http::percent_encode(o.id) + "/cancel",
                            to_json(value(value::object{{"reason", value(o.reason)}})));
  if (!answer.ok()) return give_up(answer.error());
  fmt::print("{} is being cancelled\n", o.id);
  return exit_done;
}

int resume_execution(const executions_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("POST", "/api/v1/executions/" + http::percent_encode(o.id) + "/resume");
  if (!answer.ok()) return give_up(answer.error());
  fmt::print("{} is being resumed\n", o.id);
  return exit_done;
}

}  // namespace

void add_events(CLI::App& app, int& exit) {
  auto o = std::make_shared<events_options>();
  auto* c = app.add_subcommand("events", "Show the journal's events, and follow a running host's");
  add_host(*c, o->where);
  c->add_flag("--follow", o->follow, "Go on with what happens");
  c->add_option("--after", o->after, "Only events with a greater seq")->capture_default_str();
  c->add_option("--limit", o->limit, "At most this many; 0: all")->capture_default_str();
  c->add_option("--types", o->types, "Only these types, separated by commas");
  c->add_option("--execution", o->execution_id, "Only of this execution");
  c->add_flag("--json", o->json, "One event object a line");
  c->callback([o, &exit] { exit = events(*o); });
}

void add_executions(CLI::App& app, int& exit) {
  auto o = std::make_shared<executions_options>();
  auto* c = app.add_subcommand("executions", "Past and running executions");
  c->require_subcommand(1);
  auto* list = c->add_subcommand("list", "Newest first");
  add_host(*list, o->where);
  list->add_option("--workflow", o->workflow, "Only of this workflow");
  list->add_option("--bot", o->bot, "Only of this bot");
  list->add_option("--strategy", o->strategy, "Only of this strategy");
  list->add_option("--status", o->status, "running, completed, completed_with_errors, failed, ...");
  list->add_option("--started-after", o->started_after,
                   "Only started then or later, as 2026-03-01T12:00:00Z");
  list->add_option("--started-before", o->started_before, "Only started earlier");
  list->add_option("--limit", o->limit, "At most this many")->capture_default_str();
  list->add_option("--before", o->before, "Cursor from an earlier page");
  list->add_flag("--json", o->json, "The API's answer");
  list->callback([o, &exit] { exit = list_executions(*o); });
  auto* show = c->add_subcommand("show", "One execution and its events");
  show->add_option("ID", o->id, "Execution id, or `latest`")->required();
  show->add_option("--workflow", o->workflow, "With `latest`: of this workflow");
  add_host(*show, o->where);
  show->add_flag("--json", o->json, "The summary as JSON");
  show->add_flag("--events", o->events, "With --json: the events, one a line");
  show->callback([o, &exit] { exit = show_execution(*o); });
  auto* resume =
      c->add_subcommand("resume", "Go on with a halted execution, or one that could not go on");
  resume->add_option("ID", o->id, "Execution id")->required();
  add_host(*resume, o->where);
  resume->callback([o, &exit] { exit = resume_execution(*o); });
  auto* cancel = c->add_subcommand("cancel", "Cancel one that runs, waits or cannot go on");
  cancel->add_option("ID", o->id, "Execution id")->required();
  cancel->add_option("--reason", o->reason, "Kept in the journal")->capture_default_str();
  add_host(*cancel, o->where);
  cancel->callback([o, &exit] { exit = cancel_execution(*o); });
}

}  // namespace pitwall::cli
