#include "net/server/api.hpp"
#include "net/server/problem_reply.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::http {
namespace {

/// Values are JSON; one that is not set is null.
value shown(const std::string& json) {
  const auto parsed = json.empty() ? result<value>(value()) : parse_json(json);
  return parsed.ok() ? *parsed : value();
}

value list_of(const std::vector<reload_outcome::change>& changes) {
  value::list out;
  for (const auto& c : changes)
    out.push_back(
        value(value::object{{"key", value(c.key)}, {"from", shown(c.from)}, {"to", shown(c.to)}}));
  return value(std::move(out));
}

void reload(control& host, const exchange_ref& ex) {
  if (const auto body = object_body(ex->asked(), {}); !body.ok())
    return ex->answer(problem_reply(body.error()));
  ex->work([&host, ex] {
    host.reload([ex](const result<reload_outcome>& r, const std::vector<problem>& problems) {
      if (!r.ok()) return ex->answer(problem_reply(r.error(), problems));
      ex->answer(json_reply(value(
          value::object{{"applied", list_of(r->applied)}, {"refused", list_of(r->refused)}})));
    });
  });
}

}  // namespace

void add_config_routes(router& to, control& host) {
  to.add("POST", "/api/v1/config/reload",
         [&host](const exchange_ref& ex, const auto&) { reload(host, ex); });
}

}  // namespace pitwall::http
