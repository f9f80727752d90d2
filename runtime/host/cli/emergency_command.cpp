#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/time_text.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct emergency_options {
  host_choice where;
  std::string scope = "global", reason, operator_name;
  bool json = false, all_hosts = false;
};

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_text() ? v->as_text() : std::string();
}

void add_rows(const value& emergency, const std::vector<std::string>& before,
              const std::vector<std::string>& behind, std::vector<std::vector<std::string>>& rows) {
  const auto add = [&](const std::string& scope, const std::string& state) {
    auto row = before;
    row.insert(row.end(), {scope, state});
    row.insert(row.end(), behind.begin(), behind.end());
    rows.push_back(std::move(row));
  };
  add("global", emergency.find("state")->as_text());
  for (const auto& s : emergency.find("scopes")->as_list())
    if (s.find("scope")->as_text() != "global")
      add(s.find("scope")->as_text(), s.find("state")->as_text());
}

/// With those of the peers, as they were heard of last.
std::vector<std::vector<std::string>> states_of_hosts(const value& answer) {
  std::vector<std::vector<std::string>> rows{{"HOST", "SCOPE", "STATE", "HEARD"}};
  add_rows(answer, {"(this one)"}, {"-"}, rows);
  for (const auto& h : answer.find("hosts")->as_list()) {
    const auto* ago = h.find("heard_ms_ago");
    auto heard = text_of(h, "state");
    if (ago != nullptr && ago->is_number())
      heard = time_text(milliseconds(ago->as_number().to_int().value_or(0))) + " ago" +
              (h.find("error")->is_text() ? ", " + heard + " since" : "");
    const auto* e = h.find("emergency");
    if (e != nullptr && e->is_object())
      add_rows(*e, {text_of(h, "host")}, {heard}, rows);
    else
      rows.push_back({text_of(h, "host"), "-", "unknown", heard});
  }
  return rows;
}

int show(const emergency_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/emergency");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  if (answer->find("hosts") != nullptr) {
    fmt::print("{}", format_table(states_of_hosts(*answer)));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{{"SCOPE", "STATE"}};
  add_rows(*answer, {}, {}, rows);
  fmt::print("{}", format_table(rows));
  return exit_done;
}

void tell_own(const emergency_options& o, const value& answer, bool durable) {
  fmt::print("{}: {} -> {} ({})\n", o.scope, answer.find("previous_state")->as_text(),
             answer.find("state")->as_text(), answer.find("result")->as_text());
  if (const auto* closed = answer.find("closed_at"); closed != nullptr && closed->is_text())
    fmt::print("  no order in scope left after {}\n", closed->as_text());
  for (const auto& id : answer.find("unanswered_orders")->as_list())
    fmt::print("  left before the gate closed, and unanswered: {}\n", id.as_text());
  const auto& warnings = answer.find("warnings")->as_list();
  for (const auto& w : warnings) fmt::print("  WARNING: {}\n", w.as_text());
  if (!durable)
    fmt::print("  closed, but not journaled{}; look at the disk\n",
               warnings.empty() ? ": the next start will be halted too" : "");
}

/// What became of it at a peer, and what that means for the exit code.
int tell_of_peer(const value& h, bool json) {
  const auto outcome = text_of(h, "outcome");
  const value* answer = h.find("answer");
  const bool done = outcome == "done" && answer != nullptr && answer->is_object();
  const bool durable = done && text_of(*answer, "result") != "halted_not_durable";
  if (!json && done) {
    fmt::print("{}: {}: {} -> {} ({})\n", text_of(h, "host"), text_of(*answer, "scope"),
               text_of(*answer, "previous_state"), text_of(*answer, "state"),
               text_of(*answer, "result"));
    for (const auto& id : answer->find("unanswered_orders")->as_list())
      fmt::print("  left before the gate closed, and unanswered: {}\n", id.as_text());
    for (const auto& w : answer->find("warnings")->as_list())
      fmt::print("  WARNING: {}\n", w.as_text());
  } else if (!json) {
    fmt::print("{}: {}: {}\n", text_of(h, "host"),
               outcome == "unreachable" ? "NOT REACHED"
               : outcome == "refused"   ? "REFUSED"
                                        : "UNKNOWN, it may have happened",
               text_of(h, "error"));
  }
  if (done) return durable ? exit_done : exit_failed;
  return outcome == "refused" ? exit_failed : exit_unreachable;
}

/// Waits for the peers; this host's answer was told before. The worst of all exit codes: of a host
/// that was not reached nothing is known.
int follow_peers(const host_access& access, const value& own, const emergency_options& o,
                 int so_far) {
  const auto* asked = own.find("all_hosts");
  const auto id = asked == nullptr ? std::string() : text_of(*asked, "id");
  if (id.empty()) {
    if (o.json) fmt::print("{}\n", to_json(own));
    fmt::print(stderr, "pitwall: this host has no peers: it alone was told\n");
    return so_far;
  }
  std::fflush(stdout);
  auto report = access.ask("GET", "/api/v1/emergency/all-hosts/" + id + "?wait=20");
  if (!report.ok()) {
    if (o.json) fmt::print("{}\n", to_json(own));
    return give_up(report.error());
  }
  if (o.json) {
    auto whole = own.as_object();
    for (auto& [name, content] : whole)
      if (name == "all_hosts") content = *report;
    fmt::print("{}\n", to_json(value(std::move(whole))));
  }
  for (const auto& h : report->find("hosts")->as_list()) {
    const auto code = tell_of_peer(h, o.json);
    if (so_far != exit_unreachable && code != exit_done) so_far = code;
  }
  return so_far;
}

int act(const emergency_options& o, const std::string& action) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  value::object body{
      {"action", value(action)},
      {"scope", value(o.scope)},
      {"reason", value(o.reason)},
      {"operator", value(o.operator_name.empty() ? current_user() : o.operator_name)}};
  if (o.all_hosts) body.emplace_back("all_hosts", value(true));
  auto answer = access->ask("POST", "/api/v1/emergency", to_json(value(std::move(body))));
  if (!answer.ok()) return give_up(answer.error());
  const auto durable = answer->find("result")->as_text() != "halted_not_durable";
  const int own = durable ? exit_done : exit_failed;
  if (o.json && !o.all_hosts) fmt::print("{}\n", to_json(*answer));
  if (!o.json) tell_own(o, *answer, durable);
  return o.all_hosts ? follow_peers(*access, *answer, o, own) : own;
}

}  // namespace

void add_emergency(CLI::App& app, int& exit) {
  auto o = std::make_shared<emergency_options>();
  auto* c = app.add_subcommand("emergency", "Show and change the emergency state");
  c->require_subcommand(1);
  auto* status = c->add_subcommand("status", "The state of every scope that is not normal");
  add_host(*status, o->where);
  status->add_flag("--json", o->json, "The API's answer");
  status->callback([o, &exit] { exit = show(*o); });
  const std::pair<const char*, const char*> actions[] = {
      {"alert", "Warn; trading goes on"},
      {"halt", "Stop all orders now"},
      {"resume", "Back to normal; needs a reason"},
      {"shutdown", "Stop everything until a restart with --leave-shutdown"}};
  for (const auto& [name, help] : actions) {
    auto* a = c->add_subcommand(name, help);
    add_host(*a, o->where);
    a->add_option("--scope", o->scope, "global, venue:NAME, bot:ID or strategy:ID")
        ->capture_default_str();
    a->add_option("--reason", o->reason, "Kept in the journal")
        ->required(std::string(name) == "resume");
    a->add_option("--operator", o->operator_name, "Who; default: the user");
    a->add_flag("--all-hosts", o->all_hosts,
                "This host first, and every peer of it (docs/several_hosts.md)");
    a->add_flag("--json", o->json, "The API's answer");
    a->callback([o, &exit, action = std::string(name)] { exit = act(*o, action); });
  }
  add_explain(*c, exit);
}

}  // namespace pitwall::cli
