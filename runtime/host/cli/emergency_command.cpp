#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct emergency_options {
  host_choice where;
  std::string scope = "global", reason, operator_name;
  bool json = false;
};

int show(const emergency_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/emergency");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{{"SCOPE", "STATE"},
                                             {"global", answer->find("state")->as_text()}};
  for (const auto& s : answer->find("scopes")->as_list())
    if (s.find("scope")->as_text() != "global")
      rows.push_back({s.find("scope")->as_text(), s.find("state")->as_text()});
  fmt::print("{}", format_table(rows));
  return exit_done;
}

int act(const emergency_options& o, const std::string& action) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  const auto body = to_json(value(value::object{
      {"action", value(action)},
      {"scope", value(o.scope)},
      {"reason", value(o.reason)},
      {"operator", value(o.operator_name.empty() ? current_user() : o.operator_name)}}));
  auto answer = access->ask("POST", "/api/v1/emergency", body);
  if (!answer.ok()) return give_up(answer.error());
  const auto durable = answer->find("result")->as_text() != "halted_not_durable";
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return durable ? exit_done : exit_failed;
  }
  fmt::print("{}: {} -> {} ({})\n", o.scope, answer->find("previous_state")->as_text(),
             answer->find("state")->as_text(), answer->find("result")->as_text());
  if (const auto* closed = answer->find("closed_at"); closed != nullptr && closed->is_text())
    fmt::print("  no order in scope left after {}\n", closed->as_text());
  for (const auto& id : answer->find("unanswered_orders")->as_list())
    fmt::print("  left before the gate closed, and unanswered: {}\n", id.as_text());
  const auto& warnings = answer->find("warnings")->as_list();
  for (const auto& w : warnings) fmt::print("  WARNING: {}\n", w.as_text());
  if (!durable)
    fmt::print("  closed, but not journaled{}; look at the disk\n",
               warnings.empty() ? ": the next start will be halted too" : "");
  return durable ? exit_done : exit_failed;
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
    a->add_flag("--json", o->json, "The API's answer");
    a->callback([o, &exit, action = std::string(name)] { exit = act(*o, action); });
  }
  add_explain(*c, exit);
}

}  // namespace pitwall::cli
