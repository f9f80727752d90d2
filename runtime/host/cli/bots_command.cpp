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

struct bots_options {
  host_choice where;
  std::string id, reason, operator_name;
  bool json = false;
};

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_text() ? v->as_text() : "-";
}

std::string texts_of(const value& object, std::string_view name) {
  std::string out;
  // A host of an earlier version does not have each of them.
  if (const auto* all = object.find(name))
    for (const auto& one : all->as_list())
      out.append(out.empty() ? "" : ", ").append(one.as_text());
  return out.empty() ? "-" : out;
}

std::vector<std::string> row_of(const value& b) {
  const value trigger = *b.find("trigger");
  return {text_of(b, "id"),
          text_of(b, "state"),
          texts_of(b, "halted_by"),
          text_of(b, "since"),
          b.find("executions_in_flight")->as_number().to_string(),
          texts_of(b, "workflows"),
          text_of(trigger, "text"),
          text_of(trigger, "next_fire"),
          text_of(b, "operator"),
          text_of(b, "reason")};
}

const std::vector<std::string> heading{"BOT",       "STATE",   "HALTED BY", "SINCE",    "IN FLIGHT",
                                       "WORKFLOWS", "TRIGGER", "NEXT FIRE", "OPERATOR", "REASON"};

int list(const bots_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/bots");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{heading};
  for (const auto& b : answer->find("bots")->as_list()) rows.push_back(row_of(b));
  fmt::print("{}", rows.size() == 1 ? std::string("no bots\n") : format_table(rows));
  return exit_done;
}

int act(const bots_options& o, const std::string& action) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  const auto body = to_json(value(value::object{
      {"reason", value(o.reason)},
      {"operator", value(o.operator_name.empty() ? current_user() : o.operator_name)}}));
  auto answer =
      access->ask("POST", "/api/v1/bots/" + http::percent_encode(o.id) + "/" + action, body);
  if (!answer.ok()) return give_up(answer.error());
  if (o.json)
    fmt::print("{}\n", to_json(*answer));
  else
    fmt::print("{}", format_table({heading, row_of(*answer)}));
  return exit_done;
}

}  // namespace

void add_bots(CLI::App& app, int& exit) {
  auto o = std::make_shared<bots_options>();
  auto* c = app.add_subcommand("bots", "Show, start, pause and stop the bots");
  c->require_subcommand(1);
  auto* all = c->add_subcommand(
      "list", "The bots that deployed workflows name, their states, and what halts them");
  add_host(*all, o->where);
  all->add_flag("--json", o->json, "The API's answer");
  all->callback([o, &exit] { exit = list(*o); });
  const std::pair<const char*, const char*> actions[] = {
      {"start", "Take starts again; makes workflows anew that were given up"},
      {"pause", "Refuse new starts; what runs goes on to its end"},
      {"stop", "Refuse new starts, and cancel what runs"}};
  for (const auto& [name, help] : actions) {
    auto* a = c->add_subcommand(name, help);
    a->add_option("BOT", o->id, "Its id, as `bots list` shows it")->required();
    add_host(*a, o->where);
    a->add_option("--reason", o->reason, "Kept in the journal");
    a->add_option("--operator", o->operator_name, "Who; default: the user");
    a->add_flag("--json", o->json, "The API's answer");
    a->callback([o, &exit, action = std::string(name)] { exit = act(*o, action); });
  }
}

}  // namespace pitwall::cli
