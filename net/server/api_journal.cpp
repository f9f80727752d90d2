#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

/// GET without parameters.
template <class Answer>
router::handler query(Answer answer) {
  return [answer](const exchange_ref& ex, const std::vector<std::string>&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
      return ex->answer(problem_reply(known.error()));
    }
    ex->work([ex, answer] {
      const auto r = answer();
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  };
}

/// The host's own path: relative to its working directory it would surprise whoever asks.
result<std::string> directory_of(const request& asked) {
  PITWALL_TRY(body, object_body(asked, {"directory"}));
  auto directory = body.is_object() ? text_member(body, "directory", {}) : std::string();
  if (directory.empty() || directory.front() != '/') {
    return {errc::invalid_argument, "the body names no absolute directory", asked.to.path,
            R"(send {"directory": "/path/on/the/host"})"};
  }
  return directory;
}

void back_up(control& host, const exchange_ref& ex) {
  auto directory = directory_of(ex->asked());
  if (!directory.ok()) return ex->answer(problem_reply(directory.error()));
  ex->work([&host, ex, directory = std::move(*directory)] {
    const auto head = host.history().backup(directory);
    if (!head.ok()) return ex->answer(problem_reply(head.error()));
    value::object members = view_of(*head).as_object();
    members.emplace_back("directory", directory);
    ex->answer(json_reply(value(std::move(members))));
  });
}

}  // namespace

void add_journal_routes(router& to, control& host) {
  to.add("GET", "/api/v1/journal/stats", query([&host] { return host.history().stats(); }));
  to.add("GET", "/api/v1/journal/head", query([&host] { return host.history().chain_head(); }));
  to.add("POST", "/api/v1/journal/backup",
         [&host](const exchange_ref& ex, const auto&) { back_up(host, ex); });
}

}  // namespace pitwall::http
