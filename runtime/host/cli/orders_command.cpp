// Job: `pitwall orders`: the host's own orders without a final word.
#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct orders_options {
  std::filesystem::path data_directory;
  std::string status = "all", venue, bot;
  bool json = false;
};

std::string shown(const value& row, std::string_view name) {
  const auto* v = row.find(name);
  if (v == nullptr || v->is_null()) return "-";
  return v->is_text() ? v->as_text() : to_json(*v);
}

std::vector<std::string> row_of(const value& o) {
  return {shown(o, "client_order_id"),
          shown(o, "venue"),
          shown(o, "symbol"),
          shown(o, "side"),
          shown(o, "type"),
          shown(o, "amount"),
          shown(o, "price"),
          shown(o, "filled"),
          shown(o, "state"),
          shown(o, "since"),
          shown(o, "bot_id"),
          shorten(shown(o, "why"), 100)};
}

const std::vector<std::string> heading{"ORDER", "VENUE",  "SYMBOL", "SIDE",  "TYPE", "AMOUNT",
                                       "PRICE", "FILLED", "STATE",  "SINCE", "BOT",  "WHY"};

int list_orders(const orders_options& o) {
  auto access = host_access::open(o.data_directory);
  if (!access.ok()) return give_up(access.error());
  value::list all;
  for (std::string after;;) {
    auto page = access->ask("GET", "/api/v1/orders?" + query_string({{"status", o.status},
                                                                     {"venue", o.venue},
                                                                     {"bot_id", o.bot},
                                                                     {"after", after}}));
    if (!page.ok()) return give_up(page.error());
    for (const auto& order : page->find("orders")->as_list()) all.push_back(order);
    const auto* next = page->find("next_after");
    if (!next->is_text()) break;
    after = next->as_text();
  }
  if (o.json) {
    fmt::print("{}\n", to_json(value(value::object{{"orders", value(std::move(all))}})));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{heading};
  for (const auto& order : all) rows.push_back(row_of(order));
  fmt::print("{}", rows.size() == 1 ? std::string("no orders\n") : format_table(rows));
  return exit_done;
}

}  // namespace

void add_orders(CLI::App& app, int& exit) {
  auto o = std::make_shared<orders_options>();
  auto* c = app.add_subcommand("orders", "Orders that are on their way, resting or in doubt");
  c->require_subcommand(1);
  auto* list = c->add_subcommand("list", "All of them, by execution");
  add_data_directory(*list, o->data_directory);
  list->add_option("--status", o->status, "open (on its way or resting), in_doubt or all")
      ->capture_default_str();
  list->add_option("--venue", o->venue, "Only of this venue");
  list->add_option("--bot", o->bot, "Only of this bot");
  list->add_flag("--json", o->json, "As the API has them");
  list->callback([o, &exit] { exit = list_orders(*o); });
}

}  // namespace pitwall::cli
