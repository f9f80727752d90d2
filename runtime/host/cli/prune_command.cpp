// Job: `journal prune`: lets go of the oldest events, through a running host or without one.
#include <fmt/format.h>

#include <cstdint>
#include <future>

#include "actors/risk/actor.hpp"
#include "net/server/json_views.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"
#include "storage/open.hpp"

namespace pitwall::cli {
namespace {

struct prune_options {
  host_choice where;
  retention_choice keep;
  bool json = false, dry_run = false;
};

constexpr auto prune_patience = std::chrono::minutes(10);

value request_of(const prune_options& o) {
  value::object members;
  const auto add = [&members](const char* name, std::uint64_t n) {
    if (n > 0) members.emplace_back(name, std::to_string(n));
  };
  add("keep_days", o.keep.days);
  add("keep_events", o.keep.events);
  add("keep_bytes", o.keep.bytes);
  if (o.dry_run) members.emplace_back("dry_run", "true");
  return value(std::move(members));
}

std::uint64_t number_at(const value& object, std::string_view name) {
  return static_cast<std::uint64_t>(
      object.find(name)->as_number().to_int().value_or(std::int64_t{0}));
}

result<prune_outcome> live_step(const host_access& live, const std::string& body) {
  PITWALL_TRY(answer, live.ask("POST", "/api/v1/journal/prune", body, prune_patience));
  prune_outcome step;
  step.first_seq = number_at(answer, "first_seq");
  step.events = number_at(answer, "events");
  step.commits = number_at(answer, "commits");
  step.executions = number_at(answer, "executions");
  step.bytes = number_at(answer, "bytes");
  step.keys = number_at(answer, "idempotency_keys");
  step.islands = number_at(answer, "older_commits_kept");
  step.more = answer.find("more")->as_bool();
  return step;
}

/// Where no host runs: with the directory opened for writing.
result<prune_outcome> step_of(const storage_set& storage, const prune_options& o) {
  prune_request request;
  request.keep = o.keep.get();
  request.now = system_wall_clock().now();
  request.dry_run = o.dry_run;
  request.thorough = true;
  PITWALL_TRY(floor, risk::stands_for(*storage.states));
  request.floor = floor;
  std::promise<result<prune_outcome>> answered;
  storage.events->prune(request,
                        [&answered](result<prune_outcome> r) { answered.set_value(std::move(r)); });
  return answered.get_future().get();
}

/// Up to `goal`, and a step further, which gives the space back where nothing else is to be done:
/// what a host journals meanwhile is for the next time.
template <class Step>
result<prune_outcome> prune_all(std::uint64_t goal, const Step& step) {
  prune_outcome all;
  for (bool more = true; more;) {
    const bool last = all.first_seq >= goal;
    PITWALL_TRY(one, step());
    all.first_seq = one.first_seq;
    all.islands = one.islands;
    all.events += one.events;
    all.commits += one.commits;
    all.executions += one.executions;
    all.bytes += one.bytes;
    all.keys += one.keys;
    more = one.more && !last;
  }
  return all;
}

result<prune_outcome> prune_journal(const prune_options& o) {
  if (auto live = host_access::running(o.where); live.ok()) {
    auto asked = o;
    asked.dry_run = true;
    PITWALL_TRY(planned, live_step(*live, to_json(request_of(asked))));
    if (o.dry_run) return planned;
    const auto body = to_json(request_of(o));
    return prune_all(planned.first_seq, [&] { return live_step(*live, body); });
  } else if (live.error().code != errc::unavailable) {
    return live.error();
  }
  PITWALL_TRY(where, o.where.settled());
  storage_options options;
  options.directory = where.data_directory;
  options.create = false;
  PITWALL_TRY(storage, open_rocksdb(options));
  return prune_all(UINT64_MAX, [&] { return step_of(storage, o); });
}

int prune(const prune_options& o) {
  if (o.keep.days + o.keep.events + o.keep.bytes == 0) {
    return give_up({errc::invalid_argument, "it is not said what to keep", "journal prune",
                    "give --keep-days, --keep-events or --keep-bytes"});
  }
  const auto pruned = prune_journal(o);
  if (!pruned.ok()) return give_up(pruned.error());
  if (o.json) {
    auto members = view_of(*pruned).as_object();
    std::erase_if(members, [](const auto& m) { return m.first == "more"; });
    fmt::print("{}\n", to_json(value(std::move(members))));
    return exit_done;
  }
  if (o.dry_run) {
    fmt::print(
        "at most {} events in {} commits would go, {} bytes before compression; the journal "
        "would begin at seq {}\n",
        pruned->events, pruned->commits, pruned->bytes, pruned->first_seq);
    return exit_done;
  }
  fmt::print("removed {} events in {} commits, {} bytes before compression, and {} executions\n",
             pruned->events, pruned->commits, pruned->bytes, pruned->executions);
  fmt::print("the journal begins at seq {}", pruned->first_seq);
  if (pruned->islands > 0) fmt::print("; {} older commits are still needed", pruned->islands);
  fmt::print("\n");
  return exit_done;
}

}  // namespace

void add_journal_prune(CLI::App& journal, int& exit) {
  auto o = std::make_shared<prune_options>();
  auto* c = journal.add_subcommand(
      "prune",
      "Remove the oldest events, also while a host runs on it; what an unfinished execution, an "
      "open order or the next start needs stays");
  add_host(*c, o->where);
  add_retention(*c, o->keep);
  c->add_flag("--dry-run", o->dry_run, "Only say how much would go");
  c->add_flag("--json", o->json, "As one object");
  c->callback([o, &exit] { exit = prune(*o); });
}

}  // namespace pitwall::cli
