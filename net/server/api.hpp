// Job: the HTTP API of a host: paths, parameters and bodies over `control`.
//
//   GET  /health /livez /readyz /status
//   GET  /openapi.json                         docs/openapi.json, which describes all of this
//   GET  /asyncapi.json                        docs/asyncapi.json: /ws
//   GET  /metrics                              Prometheus text; JSON with Accept: application/json
//   GET  /api/v1/workflows
//   GET  PUT DELETE /api/v1/workflows/{id}     template; the body is the workflow file
//   POST /api/v1/workflows/{id}/validate       template; says what PUT would, and deploys nothing
//   POST /api/v1/workflows/{id}/executions     wait (seconds); the body is the trigger event
//   POST /api/v1/hooks/{workflow}              the same, where the workflow has a webhook block
//   GET  /api/v1/workflows/{id}/latest         the newest execution
//   GET  /api/v1/workflows/{id}/states         of its triggers
//   GET  /api/v1/executions                    workflow_id, bot_id, strategy_id, status,
//                                              started_after, started_before, before, limit
//   GET  /api/v1/executions/{id}
//   GET  /api/v1/executions/{id}/events        after, limit, types
//   POST /api/v1/executions/{id}/cancel        {reason}
//   POST /api/v1/executions/{id}/resume        of a halted one, or one that is stuck
//   GET  /api/v1/events                        after, limit, types, and execution_id, workflow_id,
//                                              bot_id, strategy_id
//   GET  /api/v1/events/stream                 the same but for limit, or Last-Event-ID (SSE)
//   GET  /api/v1/journal/stats
//   GET  /api/v1/journal/head
//   POST /api/v1/journal/backup                {directory}: absolute, on the host
//   GET  /api/v1/hosts                         this one, and its workers
//   GET  /api/v1/bots
//   POST /api/v1/bots/{id}/{action}            start, pause, stop; {reason, operator}
//   GET  POST /api/v1/emergency                {action, scope, reason, operator, trigger,
//                                              all_hosts}
//   GET  /api/v1/emergency/all-hosts/{id}      what became of one with all_hosts; wait (seconds)
//   GET  /api/v1/emergency/reports             before, limit
//   GET  /api/v1/emergency/reports/{id}        or `latest`
//   GET  /api/v1/orders                        status (open, in_doubt, all), venue, bot_id, after,
//                                              limit
//   POST /api/v1/orders/{id}/settle            {as, filled, price, reason, operator}; without `as`
//                                              the venue is asked now
//   POST /api/v1/config/reload                 reads the configuration again
//   POST /api/v1/stop
//
// Scopes of tokens: `read` for GET (none for /livez), `trade` for workflows, executions and bots,
//      `control` for the rest.
// Threads: the router may be used from the I/O thread only. Emergency commands, starts and stop go
//      to `control` at once; everything else may block in the host and runs on a worker thread, so
//      that a halt never waits behind a slow disk.
// Tests: tests/net/api_*_test.cpp, control_server_test.cpp
#pragma once

#include "net/server/recent_texts.hpp"
#include "net/server/router.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall::peers {
class host_relay;
}

namespace pitwall::http {

/// What the server says of itself, through all of its doors; called on the I/O thread of any of
/// them. Empty: there is none.
struct server_figures {
  std::function<metric_families()> metrics{};
  std::function<std::size_t()> web_sockets{};
  /// The other hosts; null: there are none.
  std::shared_ptr<peers::host_relay> peers{};
  /// How this host calls itself; empty: it has no name, and takes no command that is for a name.
  std::string name{};
};

/// `host` and `recent`, which may be null, must outlive the router and every exchange it was given.
router make_api(control& host, const server_figures& own = {}, recent_texts* recent = nullptr);

void add_host_routes(router& to, control& host, const server_figures& own);
void add_openapi_route(router& to);
void add_metrics_route(router& to, control& host, const server_figures& own);
void add_workflow_routes(router& to, control& host);
void add_execution_routes(router& to, control& host);
void add_event_routes(router& to, control& host, recent_texts* recent);
void add_journal_routes(router& to, control& host);
void add_emergency_routes(router& to, control& host);
void add_command_routes(router& to, control& host, const server_figures& own);
void add_breaker_routes(router& to, control& host);
void add_hosts_route(router& to, control& host, const server_figures& own);
void add_bot_routes(router& to, control& host);
void add_order_routes(router& to, control& host);
void add_config_routes(router& to, control& host);

/// 200 with the JSON text, or the problem.
reply json_reply(const value& view, unsigned status = 200);
/// A body that must be an object with text members of these names, and true or false of those,
/// only; an empty body gives null.
result<value> object_body(const request& asked, std::initializer_list<std::string_view> members,
                          std::initializer_list<std::string_view> flags = {});
/// The text member, or `fallback`.
std::string text_member(const value& body, std::string_view name, std::string fallback);

}  // namespace pitwall::http
