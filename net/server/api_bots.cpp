#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

void list_bots(control& host, const exchange_ref& ex) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  ex->work([&host, ex] {
    host.bots([&host, ex](const result<std::vector<bot_view>>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r, host.health())) : problem_reply(r.error()));
    });
  });
}

void steer_bot(control& host, const exchange_ref& ex, const std::vector<std::string>& captured) {
  const auto body = object_body(ex->asked(), {"operator", "reason"});
  if (!body.ok()) return ex->answer(problem_reply(body.error()));
  bot_command command{captured[0], captured[1], text_member(*body, "operator", {}),
                      text_member(*body, "reason", {})};
  ex->work([&host, ex, command = std::move(command)] {
    host.steer_bot(command, [&host, ex](const result<bot_view>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r, host.health())) : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_bot_routes(router& to, control& host) {
  to.add("GET", "/api/v1/bots",
         [&host](const exchange_ref& ex, const auto&) { list_bots(host, ex); });
  to.add("POST", "/api/v1/bots/{id}/{action}", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) { steer_bot(host, ex, captured); });
}

}  // namespace pitwall::http
