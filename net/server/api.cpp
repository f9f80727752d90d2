#include "net/server/api.hpp"

#include <algorithm>

#include "runtime/workflow/json.hpp"

namespace pitwall::http {

router make_api(control& host, const server_figures& own, recent_texts* recent) {
  router r;
  add_host_routes(r, host, own);
  add_openapi_route(r);
  add_metrics_route(r, host, own);
  add_workflow_routes(r, host);
  add_execution_routes(r, host);
  add_event_routes(r, host, recent);
  add_journal_routes(r, host);
  add_breaker_routes(r, host);
  add_hosts_route(r, host, own);
  add_command_routes(r, host, own);
  add_bot_routes(r, host);
  add_emergency_routes(r, host);
  add_order_routes(r, host);
  add_config_routes(r, host);
  return r;
}

reply json_reply(const value& view, unsigned status) {
  return {status, "application/json", to_json(view)};
}

result<value> object_body(const request& asked, std::initializer_list<std::string_view> members,
                          std::initializer_list<std::string_view> flags) {
  if (asked.body.empty()) return value();
  PITWALL_TRY(body, parse_json(asked.body));
  std::string known;
  for (const auto all : {members, flags})
    for (const auto name : all) known.append(known.empty() ? "" : ", ").append(name);
  if (!body.is_object()) {
    return {errc::invalid_argument,
            "the body is no JSON object but " + std::string(to_string(body.type())), asked.to.path,
            "send an object with: " + known};
  }
  for (const auto& [name, member] : body.as_object()) {
    const bool flag = std::find(flags.begin(), flags.end(), name) != flags.end();
    if (!flag && std::find(members.begin(), members.end(), name) == members.end()) {
      return {errc::invalid_argument, "the body has an unknown member '" + name + "'",
              asked.to.path, "known are: " + known};
    }
    if (flag && !member.is_bool()) {
      return {errc::invalid_argument, "the body's member '" + name + "' is neither true nor false",
              asked.to.path, "send true or false"};
    }
    if (!flag && !member.is_text()) {
      return {errc::invalid_argument, "the body's member '" + name + "' is no text", asked.to.path,
              "send a JSON string"};
    }
  }
  return body;
}

std::string text_member(const value& body, std::string_view name, std::string fallback) {
  const value* member = body.find(name);
  return member != nullptr ? member->as_text() : std::move(fallback);
}

}  // namespace pitwall::http
