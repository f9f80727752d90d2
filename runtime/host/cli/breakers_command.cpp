#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct breakers_options {
  host_choice where;
  std::string name, reason, operator_name;
  bool json = false;
};

std::string number(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_number() ? v->as_number().to_string() : "-";
}

std::vector<std::string> row_of(const value& b) {
  const auto& window = *b.find("window");
  const auto& totals = *b.find("totals");
  const auto* next = b.find("next_probe_in_ms");
  return {b.find("name")->as_text(),
          b.find("state")->as_text(),
          next->is_number() ? format_milliseconds(next->as_number()) : "-",
          number(window, "failures") + "/" + number(window, "calls"),
          number(totals, "permitted"),
          number(totals, "refused"),
          number(totals, "failures"),
          number(totals, "timeouts"),
          number(totals, "opened"),
          number(b, "under_way") + "+" + number(b, "waiting")};
}

const std::vector<std::string> heading{"BREAKER", "STATE",    "PROBE IN", "WINDOW", "CALLS",
                                       "REFUSED", "FAILURES", "TIMEOUTS", "OPENED", "UNDER WAY"};

int list(const breakers_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/circuit-breakers");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{heading};
  for (const auto& b : answer->find("circuit_breakers")->as_list()) rows.push_back(row_of(b));
  fmt::print("{}", rows.size() == 1 ? std::string("no circuit breakers\n") : format_table(rows));
  return exit_done;
}

int act(const breakers_options& o, const std::string& action) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  const auto body = to_json(value(value::object{
      {"name", value(o.name)},
      {"action", value(action)},
      {"reason", value(o.reason)},
      {"operator", value(o.operator_name.empty() ? current_user() : o.operator_name)}}));
  auto answer = access->ask("POST", "/api/v1/circuit-breakers", body);
  if (!answer.ok()) return give_up(answer.error());
  if (o.json)
    fmt::print("{}\n", to_json(*answer));
  else
    fmt::print("{}", format_table({heading, row_of(*answer)}));
  return exit_done;
}

}  // namespace

void add_breakers(CLI::App& app, int& exit) {
  auto o = std::make_shared<breakers_options>();
  auto* c = app.add_subcommand("breakers", "Show and steer the circuit breakers of the venues");
  c->require_subcommand(1);
  auto* all = c->add_subcommand("list", "Their states and statistics");
  add_host(*all, o->where);
  all->add_flag("--json", o->json, "The API's answer");
  all->callback([o, &exit] { exit = list(*o); });
  const std::pair<const char*, const char*> actions[] = {
      {"open", "Refuse all calls, until reset"},
      {"close", "Let all calls pass and measure nothing, until reset"},
      {"reset", "Closed, with nothing counted"}};
  for (const auto& [name, help] : actions) {
    auto* a = c->add_subcommand(name, help);
    a->add_option("NAME", o->name, "As `breakers list` shows it: paper/data, paper/orders, ...")
        ->required();
    add_host(*a, o->where);
    a->add_option("--reason", o->reason, "Kept in the journal");
    a->add_option("--operator", o->operator_name, "Who; default: the user");
    a->add_flag("--json", o->json, "The API's answer");
    a->callback([o, &exit, action = std::string(name)] { exit = act(*o, action); });
  }
}

}  // namespace pitwall::cli
