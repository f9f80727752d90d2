#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

reply readiness(const host_health& h) {
  if (!h.ready) {
    return problem_reply(error{errc::unavailable,
                               "the host is recovering: " + std::to_string(h.unfinished) +
                                   " unfinished executions found so far",
                               {},
                               "ask again"});
  }
  if (h.status == "ok" || h.status == "halted") {
    return json_reply(value::object{{"status", "ready"}});
  }
  return problem_reply(error{errc::unavailable,
                             "the host is not ready: its status is " + h.status,
                             {},
                             "ask again, or see the host's log"});
}

value::object with_sockets(const host_health& h, std::size_t sockets) {
  auto members = view_of(h).as_object();
  const decimal clients(static_cast<std::int64_t>(sockets));
  members.emplace_back("websocket", value(value::object{{"clients", clients}}));
  return members;
}

reply full_status(control& host, std::size_t sockets) {
  const auto stats = host.history().stats();
  if (!stats.ok()) return problem_reply(stats.error());
  auto members = with_sockets(host.health(), sockets);
  members.emplace_back("published_seq", decimal(static_cast<std::int64_t>(host.published_head())));
  members.emplace_back("journal", view_of(*stats));
  return json_reply(value(std::move(members)));
}

/// GET without parameters whose answer may block in the host.
template <class Answer>
router::handler query(Answer answer) {
  return [answer](const exchange_ref& ex, const std::vector<std::string>&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
      return ex->answer(problem_reply(known.error()));
    }
    ex->work([ex, answer] { ex->answer(answer()); });
  };
}

/// The whole of what risk keeps but for the positions, or one part of it.
void add_risk_route(router& to, control& host, const char* path, const std::string& part) {
  to.add("GET", path, [&host, part](const exchange_ref& ex, const std::vector<std::string>&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok())
      return ex->answer(problem_reply(known.error()));
    ex->work([&host, ex, part] {
      host.risk_state([ex, part](const result<value>& r) {
        if (!r.ok()) return ex->answer(problem_reply(r.error()));
        value::object shown;
        for (const auto& member : r->as_object())
          if (part.empty() ? member.first != "positions" : member.first == part)
            shown.push_back(member);
        ex->answer(json_reply(value(std::move(shown))));
      });
    });
  });
}

/// One that shows how many WebSocket clients there are, too.
template <class Answer>
void add_view(router& to, const char* path, const std::function<std::size_t()>& web_sockets,
              Answer answer) {
  to.add("GET", path, [web_sockets, answer](const exchange_ref& ex, const auto&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok())
      return ex->answer(problem_reply(known.error()));
    ex->work([ex, answer, n = web_sockets ? web_sockets() : 0] { ex->answer(answer(n)); });
  });
}

}  // namespace

void add_host_routes(router& to, control& host, const server_figures& own) {
  // For whoever watches over the process: it tells nothing.
  to.add("GET", "/livez", access::scope::none, [](const exchange_ref& ex, const auto&) {
    ex->answer(json_reply(value::object{{"status", "alive"}}));
  });
  // A halt is not an illness: 200 in every state in which the host can answer at all.
  add_view(to, "/health", own.web_sockets, [&host](std::size_t sockets) {
    return json_reply(value(with_sockets(host.health(), sockets)));
  });
  to.add("GET", "/readyz", query([&host] { return readiness(host.health()); }));
  add_view(to, "/status", own.web_sockets,
           [&host](std::size_t sockets) { return full_status(host, sockets); });
  add_risk_route(to, host, "/api/v1/risk", {});
  add_risk_route(to, host, "/api/v1/positions", "positions");
  to.add("POST", "/api/v1/stop", [&host](const exchange_ref& ex, const auto&) {
    ex->answer(json_reply(value::object{{"status", "stopping"}}, 202));
    host.stop();
  });
}

}  // namespace pitwall::http
