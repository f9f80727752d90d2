#include "net/server/api.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

/// Prometheus asks for text; who wants JSON says so.
metrics_form form_of(const request& asked) {
  const auto* accept = asked.header("Accept");
  const bool json = accept != nullptr && accept->find("application/json") != std::string::npos;
  return json ? metrics_form::json : metrics_form::prometheus_text;
}

}  // namespace

void add_metrics_route(router& to, control& host, const server_figures& own) {
  to.add("GET", "/metrics", [&host, own = own.metrics](const exchange_ref& ex, const auto&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok())
      return ex->answer(problem_reply(known.error()));
    const auto form = form_of(ex->asked());
    ex->work([&host, ex, form, own] {
      // Here, and not where connections are served: some of it is under locks.
      host.metrics(form, own ? own() : metric_families{}, [ex, form](result<std::string> text) {
        if (!text.ok()) return ex->answer(problem_reply(text.error()));
        reply r{200,
                form == metrics_form::json ? "application/json"
                                           : "text/plain; version=0.0.4; charset=utf-8",
                std::move(*text)};
        r.headers.emplace_back("Vary", "Accept");
        ex->answer(std::move(r));
      });
    });
  });
}

}  // namespace pitwall::http
