#include "net/server/peer_views.hpp"

#include "net/server/json_views.hpp"

namespace pitwall::peers {
namespace {

value text_or_null(const std::string& text) { return text.empty() ? value() : value(text); }

value length_or_null(const std::optional<milliseconds>& t) {
  return t ? value(decimal(t->count())) : value();
}

/// What it says of itself, while it can be heard.
std::string state_of(const peer_condition& is) {
  if (is.link != "connected" || is.status.empty()) return is.link;
  // A change is known before it has said again how it is.
  if (!is.emergency || (is.status != "ok" && is.status != "halted")) return is.status;
  const auto global = is.emergency->find("global");
  const bool trades = global == is.emergency->end() || global->second == "alert";
  return trades ? "ok" : "halted";
}

value emergency_of(const peer_condition& is) {
  if (!is.emergency) return {};
  host_health h;
  for (const auto& [scope, state] : *is.emergency) h.emergency.emplace_back(scope, state);
  return pitwall::emergency_view(h);
}

}  // namespace

value view_of(const peer_view& p) {
  return value::object{{"name", p.name},
                       {"role", "peer"},
                       {"state", state_of(p.is)},
                       {"version", p.is.version},
                       {"labels", value(value::list{})},
                       {"nodes", value()},
                       {"cores", value()},
                       {"load", value()},
                       {"epoch", value()},
                       {"heard_ms_ago", length_or_null(p.heard_ago)},
                       {"lease_left_ms", value()},
                       {"emergency", emergency_of(p.is)},
                       {"url", p.url},
                       {"error", text_or_null(p.is.trouble)}};
}

value emergency_view(const peer_view& p) {
  return value::object{{"host", p.name},
                       {"state", state_of(p.is)},
                       {"emergency", emergency_of(p.is)},
                       {"heard_ms_ago", length_or_null(p.heard_ago)},
                       {"error", text_or_null(p.is.trouble)}};
}

value view_of(const all_hosts_report& r) {
  value::list hosts;
  for (const auto& h : r.hosts)
    hosts.push_back(value::object{{"host", h.host},
                                  {"url", h.url},
                                  {"outcome", to_string(h.outcome)},
                                  {"answer", h.answer},
                                  {"error", text_or_null(h.message)},
                                  {"after_ms", length_or_null(h.after)}});
  return value::object{{"id", text_or_null(r.id)},
                       {"action", r.action},
                       {"scope", r.scope},
                       {"finished", value(r.finished())},
                       {"hosts", value(std::move(hosts))}};
}

}  // namespace pitwall::peers
