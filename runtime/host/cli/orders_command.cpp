// Job: `pitwall orders`: the host's own orders without a final word.
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

struct orders_options {
  host_choice where;
  std::string status = "all", venue, bot;
  std::string id, as, filled, price, reason, operator_name;
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
  auto access = host_access::open(o.where);
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

int settle(const orders_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  const bool says = !o.as.empty();
  if (!says && !(o.filled.empty() && o.price.empty() && o.reason.empty()))
    return give_up({errc::invalid_argument,
                    "without --as the venue is asked, and nothing is said",
                    {},
                    "give --as not_sent, --as filled or --as canceled"});
  value::object body;
  const std::pair<const char*, std::string> members[] = {
      {"as", o.as},
      {"filled", o.filled},
      {"price", o.price},
      {"reason", o.reason},
      {"operator", says && o.operator_name.empty() ? current_user() : o.operator_name}};
  for (const auto& [name, text] : members)
    if (!text.empty()) body.emplace_back(name, value(text));
  auto answer = access->ask("POST", "/api/v1/orders/" + http::percent_encode(o.id) + "/settle",
                            to_json(value(std::move(body))));
  if (!answer.ok()) return give_up(answer.error());
  const bool settled = answer->find("settled")->as_bool();
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
  } else if (settled) {
    const auto filled = shown(*answer, "filled");
    const auto why = shown(*answer, "reason");
    fmt::print("{} is {}{}\n", o.id, shown(*answer, "state"),
               filled != "0" ? ": " + filled + " at " + shown(*answer, "average_price")
               : why == "-"  ? ""
                             : ": " + why);
  } else {
    fmt::print("{} is still in doubt: {}\n", o.id, shown(*answer, "reason"));
  }
  return settled ? exit_done : exit_failed;
}

}  // namespace

void add_orders(CLI::App& app, int& exit) {
  auto o = std::make_shared<orders_options>();
  auto* c = app.add_subcommand("orders", "Orders that are on their way, resting or in doubt");
  c->require_subcommand(1);
  auto* list = c->add_subcommand("list", "All of them, by execution");
  add_host(*list, o->where);
  list->add_option("--status", o->status, "open (on its way or resting), in_doubt or all")
      ->capture_default_str();
  list->add_option("--venue", o->venue, "Only of this venue");
  list->add_option("--bot", o->bot, "Only of this bot");
  list->add_flag("--json", o->json, "As the API has them");
  list->callback([o, &exit] { exit = list_orders(*o); });
  auto* word = c->add_subcommand(
      "settle", "Say what became of an order in doubt, or (without --as) ask its venue now");
  word->add_option("ID", o->id, "Client order id")->required();
  word->add_option("--as", o->as, "not_sent, filled or canceled");
  word->add_option("--filled", o->filled,
                   "How much was filled in all; default: all of it, resp. what is known");
  word->add_option("--price", o->price,
                   "Price of what was filled and is not known yet; default: the limit price");
  word->add_option("--reason", o->reason, "Kept in the journal; needed with --as");
  word->add_option("--operator", o->operator_name, "Who; default: the user");
  add_host(*word, o->where);
  word->add_flag("--json", o->json, "The API's answer");
  word->callback([o, &exit] { exit = settle(*o); });
}

}  // namespace pitwall::cli
