#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/peer_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall {
namespace {

value whole(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

/// In milliseconds.
value length_or_null(const std::optional<microseconds>& t) {
  if (!t) return {};
  return decimal(std::chrono::duration_cast<milliseconds>(*t).count());
}

/// With two digits: no more is known of it.
value share_or_null(const std::optional<double>& load) {
  if (!load || !(*load >= 0) || *load > 1e6) return {};
  const auto hundredths = static_cast<std::int64_t>(*load * 100 + 0.5);
  const auto digits = std::to_string(hundredths % 100);
  const auto text = std::to_string(hundredths / 100) + (digits.size() < 2 ? ".0" : ".") + digits;
  const auto n = decimal::parse(text);
  return n.ok() ? value(*n) : value();
}

}  // namespace

value view_of(const host_view& h) {
  return value::object{{"name", h.name},
                       {"role", h.is_worker ? "worker" : "host"},
                       {"state", h.state},
                       {"version", h.version},
                       {"labels", value::list(h.labels.begin(), h.labels.end())},
                       {"nodes", whole(h.nodes)},
                       {"cores", whole(h.cores)},
                       {"load", share_or_null(h.load)},
                       {"epoch", h.is_worker ? whole(h.epoch) : value()},
                       {"heard_ms_ago", length_or_null(h.heard_ago)},
                       {"lease_left_ms", length_or_null(h.lease_left)},
                       {"emergency", value()},
                       {"url", value()},
                       {"error", value()}};
}

}  // namespace pitwall

namespace pitwall::http {
namespace {

/// Of this host, which is the first.
value with_emergency(const value& row, const host_health& h) {
  auto members = row.as_object();
  for (auto& [name, content] : members)
    if (name == "emergency") content = emergency_view(h);
  return members;
}

}  // namespace

void add_hosts_route(router& to, control& host, const server_figures& own) {
  to.add("GET", "/api/v1/hosts", [&host, peers = own.peers](const exchange_ref& ex, const auto&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok())
      return ex->answer(problem_reply(known.error()));
    ex->work([&host, ex, peers] {
      host.hosts([&host, ex, peers](const result<std::vector<host_view>>& r) {
        if (!r.ok()) return ex->answer(problem_reply(r.error()));
        value::list rows;
        for (const auto& h : *r) rows.push_back(view_of(h));
        if (!rows.empty()) rows.front() = with_emergency(rows.front(), host.health());
        for (const auto& p : peers ? peers->all() : std::vector<peers::peer_view>{})
          rows.push_back(peers::view_of(p));
        ex->answer(json_reply(value::object{{"hosts", value(std::move(rows))}}));
      });
    });
  });
}

}  // namespace pitwall::http
