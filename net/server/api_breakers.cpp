#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

void list_breakers(control& host, const exchange_ref& ex) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex] {
    host.breakers([ex](const result<std::vector<breaker_view>>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  });
}

/// The name is in the body: it may hold a slash.
void steer_breaker(control& host, const exchange_ref& ex) {
  const auto& asked = ex->asked();
  const auto body = object_body(asked, {"name", "action", "operator", "reason"});
  if (!body.ok()) return ex->answer(problem_reply(body.error()));
  for (const char* member : {"name", "action"}) {
    if (body->find(member) != nullptr) continue;
    return ex->answer(problem_reply(error{
        errc::invalid_argument, std::string("the body has no '") + member + "'", asked.to.path,
        R"(send {"name": "paper/data", "action": "reset", "reason": "..."})"}));
  }
  breaker_command command{text_member(*body, "name", {}), text_member(*body, "action", {}),
                          text_member(*body, "operator", {}), text_member(*body, "reason", {})};
  ex->work([&host, ex, command = std::move(command)] {
    host.steer_breaker(command, [ex](const result<breaker_view>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_breaker_routes(router& to, control& host) {
  to.add("GET", "/api/v1/circuit-breakers",
         [&host](const exchange_ref& ex, const auto&) { list_breakers(host, ex); });
  to.add("POST", "/api/v1/circuit-breakers",
         [&host](const exchange_ref& ex, const auto&) { steer_breaker(host, ex); });
}

}  // namespace pitwall::http
