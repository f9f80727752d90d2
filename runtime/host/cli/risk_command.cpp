// Job: `pitwall risk` and `pitwall positions`: the limits with their figures, and what is held.
#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct risk_view_options {
  host_choice where;
  bool json = false;
};

std::string shown(const value& row, std::string_view name) {
  const auto* v = row.find(name);
  if (v == nullptr || v->is_null()) return "-";
  return v->is_number() ? v->as_number().round(8).to_string() : std::string(v->as_text());
}

void add_rows(const value& of, const std::string& scope,
              std::vector<std::vector<std::string>>& rows) {
  if (const auto* failure = of.find("error"); failure != nullptr && !failure->is_null())
    rows.push_back({scope, "unknown: " + std::string(failure->as_text()), "", "", ""});
  for (const auto& l : of.find("limits")->as_list())
    rows.push_back({scope, shown(l, "limit"), shown(l, "value"), shown(l, "threshold"),
                    shown(l, "utilization_percent")});
}

const std::vector<std::string> profit_heading{"PROFIT AND LOSS", "TODAY", "REALIZED",
                                              "UNREALIZED",      "PEAK",  "DRAWDOWN"};

void add_profit(const value& p, const std::string& scope,
                std::vector<std::vector<std::string>>& rows) {
  if (const auto* failure = p.find("error")) {
    rows.push_back({scope, "unknown: " + std::string(failure->as_text())});
    return;
  }
  std::vector<std::string> row{scope};
  for (const char* name : {"daily_pnl", "realized", "unrealized", "peak", "drawdown"})
    row.push_back(shown(p, name));
  rows.push_back(std::move(row));
}

std::string profit_table(const value& profit) {
  std::vector<std::vector<std::string>> rows{profit_heading};
  add_profit(*profit.find("host"), "host", rows);
  const std::pair<const char*, const char*> groups[] = {
      {"bots", "bot:"}, {"strategies", "strategy:"}, {"venues", "venue:"}};
  for (const auto& [name, prefix] : groups)
    for (const auto& p : profit.find(name)->as_list())
      if (!p.find("id")->is_null()) add_profit(p, prefix + shown(p, "id"), rows);
  return format_table(rows);
}

int show_risk(const risk_view_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/risk");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{{"SCOPE", "LIMIT", "VALUE", "THRESHOLD", "USED %"}};
  add_rows(*answer->find("host"), "host", rows);
  for (const auto& bot : answer->find("bots")->as_list())
    if (!bot.find("bot_id")->is_null()) add_rows(bot, "bot:" + shown(bot, "bot_id"), rows);
  fmt::print("{}auto-halt: {}, currency: {}\n\n{}", format_table(rows),
             answer->find("auto_halt")->as_bool() ? "on" : "off", shown(*answer, "currency"),
             profit_table(*answer->find("profit")));
  return exit_done;
}

int show_positions(const risk_view_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/positions");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{
      {"BOT", "VENUE", "SYMBOL", "QUANTITY", "AVERAGE ENTRY", "LAST PRICE", "UNREALIZED"}};
  for (const auto& p : answer->find("positions")->as_list())
    rows.push_back({shown(p, "bot_id"), shown(p, "venue"), shown(p, "symbol"), shown(p, "quantity"),
                    shown(p, "average_entry"), shown(p, "last_price"), shown(p, "unrealized")});
  fmt::print("{}", rows.size() == 1 ? std::string("no positions\n") : format_table(rows));
  return exit_done;
}

void add_view(CLI::App& app, const char* name, const char* help,
              int (*show)(const risk_view_options&), int& exit) {
  auto o = std::make_shared<risk_view_options>();
  auto* c = app.add_subcommand(name, help);
  add_host(*c, o->where);
  c->add_flag("--json", o->json, "The API's answer");
  c->callback([o, show, &exit] { exit = show(*o); });
}

}  // namespace

void add_risk(CLI::App& app, int& exit) {
  add_view(app, "risk", "Limits of the host and its bots, and how much of them is used", show_risk,
           exit);
  add_view(app, "positions", "What each bot holds, at the latest price", show_positions, exit);
}

}  // namespace pitwall::cli
