// Job: `emergency explain`: why a scope was closed, how fast, and what became of what was open.
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

struct explain_options {
  host_choice where;
  std::string id = "latest";
  bool json = false;
};

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  if (v == nullptr || v->is_null()) return "-";
  return v->is_text() ? v->as_text() : to_json(*v);
}

std::string delay_of(const value& report, std::string_view name) {
  const auto* v = report.find(name);
  return v != nullptr && v->is_number() ? " (" + format_milliseconds(v->as_number()) + " later)"
                                        : std::string();
}

using table = std::vector<std::vector<std::string>>;

void add_evidence(const value& report, table& rows) {
  const auto* e = report.find("evidence");
  if (e == nullptr || !e->is_object()) return;
  const auto* window = e->find("window");
  rows.push_back({"limit", text_of(*e, "limit") + " of " + text_of(*e, "threshold") + " (" +
                               text_of(*e, "unit") + ")"});
  rows.push_back({"observed", text_of(*e, "observed")});
  rows.push_back({"formula", text_of(*e, "formula")});
  rows.push_back({"computed", text_of(*e, "computation")});
  if (const auto* inputs = e->find("inputs"); inputs != nullptr && inputs->is_object()) {
    std::string all;
    for (const auto& [name, v] : inputs->as_object())
      all += (all.empty() ? "" : ", ") + name + " " + to_json(v);
    rows.push_back({"inputs", all});
  }
  if (const auto* held = e->find("positions"); held != nullptr && held->is_list())
    for (const auto& p : held->as_list())
      rows.push_back({"position", text_of(p, "quantity") + " " + text_of(p, "symbol") + " on " +
                                      text_of(p, "venue") + ", entered at " +
                                      text_of(p, "average_entry") + ", price " +
                                      text_of(p, "price")});
  if (window != nullptr && window->is_object())
    rows.push_back({"window", text_of(*window, "name") + ", from " + text_of(*window, "from") +
                                  " to " + text_of(*window, "to")});
}

void print_head(const value& r) {
  fmt::print("Report {}: {} was closed, {} -> {}\n\n", text_of(r, "id"), text_of(r, "scope"),
             text_of(r, "previous_state"), text_of(r, "state"));
  table rows{{"trigger", text_of(r, "trigger")},
             {"operator", text_of(r, "operator")},
             {"reason", text_of(r, "reason")}};
  add_evidence(r, rows);
  rows.push_back({"tripped", text_of(r, "tripped_at")});
  rows.push_back({"closed", text_of(r, "closed_at") + delay_of(r, "closed_after_ms")});
  const auto told = text_of(r, "acknowledged_as");
  rows.push_back({"acknowledged", text_of(r, "acknowledged_at") +
                                      delay_of(r, "acknowledged_after_ms") +
                                      (told == "-" || told == "done" ? "" : ": " + told)});
  const auto* last = r.find("last_order");
  if (last != nullptr && last->is_object()) {
    rows.push_back({"last order", text_of(*last, "client_order_id") + ", left between " +
                                      text_of(*last, "left_after") + " and " +
                                      text_of(*last, "left_before")});
    const auto at_most = last->find("at_most_after_trip_ms")->as_number();
    rows.push_back({"", at_most.is_zero()
                            ? std::string("before the trip")
                            : "at most " + format_milliseconds(at_most) + " after the trip"});
  } else {
    rows.push_back({"last order", "none is known to have left in this scope shortly before"});
  }
  for (const auto& id : r.find("unanswered_orders")->as_list())
    rows.push_back({"unanswered", id.as_text()});
  fmt::print("{}", format_table(rows));
}

void print_executions(const value& r) {
  const auto& all = r.find("executions")->as_list();
  fmt::print("\nExecutions that were open in this scope: {}\n", all.size());
  table rows{{"EXECUTION", "FATE", "STATUS NOW", "ENDED"}};
  for (const auto& e : all)
    rows.push_back({text_of(e, "execution_id"), text_of(e, "fate"), text_of(e, "status"),
                    text_of(e, "ended_at")});
  if (rows.size() > 1) fmt::print("{}", format_table(rows));
  for (const auto& [name, what] :
       {std::pair{"executions_left_out", "more were open than a report names"},
        std::pair{"executions_no_longer_kept", "are no longer kept in the journal"}})
    if (const auto* n = r.find(name); n != nullptr && !n->as_number().is_zero())
      fmt::print("{} {}\n", to_json(*n), what);
}

void print_orders(const value& r) {
  const auto& all = r.find("orders")->as_list();
  fmt::print("\nOrders without a final word then: {}\n", all.size());
  table rows{{"ORDER", "WHAT", "THEN", "NOW", "FILLED", "WHY"}};
  for (const auto& o : all) {
    auto what = text_of(o, "side") + " " + text_of(o, "amount") + " " + text_of(o, "symbol");
    if (const auto price = text_of(o, "price"); price != "-") what += " at " + price;
    const auto code = text_of(o, "code"), reason = text_of(o, "reason");
    rows.push_back({text_of(o, "client_order_id"), what + " on " + text_of(o, "venue"),
                    text_of(o, "state_then"), text_of(o, "state"), text_of(o, "filled"),
                    code == "-" ? reason : code});
  }
  if (rows.size() > 1) fmt::print("{}", format_table(rows));
  fmt::print("\nas of seq {}\n", text_of(r, "as_of_seq"));
}

int explain(const explain_options& o) {
  auto access = host_access::open(o.where);
  if (!access.ok()) return give_up(access.error());
  auto report = access->ask("GET", "/api/v1/emergency/reports/" + http::percent_encode(o.id));
  if (!report.ok()) return give_up(report.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*report));
    return exit_done;
  }
  print_head(*report);
  print_executions(*report);
  print_orders(*report);
  return exit_done;
}

}  // namespace

void add_explain(CLI::App& emergency, int& exit) {
  auto o = std::make_shared<explain_options>();
  auto* c = emergency.add_subcommand(
      "explain", "Why a scope was closed, and what became of what was open then");
  c->add_option("ID", o->id, "The report's id: the seq of its emergency_state_changed")
      ->capture_default_str();
  add_host(*c, o->where);
  c->add_flag("--json", o->json, "The API's answer");
  c->callback([o, &exit] { exit = explain(*o); });
}

}  // namespace pitwall::cli
