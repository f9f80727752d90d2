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

struct hosts_options {
  host_choice where;
  bool json = false;
};

std::string number_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_number() ? v->as_number().to_string() : "-";
}
std::string length_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  if (v == nullptr || !v->is_number()) return "-";
  return time_text(milliseconds(v->as_number().to_int().value_or(0)));
}

/// The global state, and how many scopes of its own have another.
std::string emergency_of(const value& h) {
  const auto* e = h.find("emergency");
  if (e == nullptr || !e->is_object()) return "-";
  std::size_t others = 0;
  for (const auto& s : e->find("scopes")->as_list())
    others += s.find("scope")->as_text() != "global" ? 1 : 0;
  return e->find("state")->as_text() + (others > 0 ? " +" + std::to_string(others) : "");
}

std::vector<std::string> row_of(const value& h) {
  std::string labels;
  for (const auto& l : h.find("labels")->as_list())
    labels.append(labels.empty() ? "" : ",").append(l.as_text());
  return {
      h.find("name")->as_text(),     h.find("role")->as_text(),     h.find("state")->as_text(),
      h.find("version")->as_text(),  labels.empty() ? "-" : labels, number_of(h, "nodes"),
      number_of(h, "cores"),         number_of(h, "load"),          length_of(h, "heard_ms_ago"),
      length_of(h, "lease_left_ms"), number_of(h, "epoch"),         emergency_of(h)};
}

int list(const hosts_options& o) {
  auto access = host_access::running(o.where);
  if (!access.ok()) return give_up(access.error());
  auto answer = access->ask("GET", "/api/v1/hosts");
  if (!answer.ok()) return give_up(answer.error());
  if (o.json) {
    fmt::print("{}\n", to_json(*answer));
    return exit_done;
  }
  std::vector<std::vector<std::string>> rows{{"NAME", "ROLE", "STATE", "VERSION", "LABELS", "NODES",
                                              "CORES", "LOAD", "HEARD", "LEASE", "EPOCH",
                                              "EMERGENCY"}};
  for (const auto& h : answer->find("hosts")->as_list()) rows.push_back(row_of(h));
  fmt::print("{}", format_table(rows));
  for (const auto& h : answer->find("hosts")->as_list())
    if (const auto* why = h.find("error"); why != nullptr && why->is_text())
      fmt::print("{}: {}\n", h.find("name")->as_text(), why->as_text());
  return exit_done;
}

}  // namespace

void add_hosts(CLI::App& app, int& exit) {
  auto o = std::make_shared<hosts_options>();
  auto* c = app.add_subcommand(
      "hosts",
      "List the running host, its workers and its peers: states, labels, nodes, load, leases");
  add_host(*c, o->where);
  c->add_flag("--json", o->json, "The API's answer");
  c->callback([o, &exit] { exit = list(*o); });
}

}  // namespace pitwall::cli
