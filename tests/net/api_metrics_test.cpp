#include "tests/net/server_fixture.hpp"
#include "tests/support/plain_http.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("metrics are Prometheus's text, or JSON where a client says so") {
  server_fixture f;
  CHECK(ask_socket(f.socket, {"GET", "/metrics"}).content_type ==
        "text/plain; version=0.0.4; charset=utf-8");
  CHECK(f.host.metrics_asked == metrics_form::prometheus_text);
  const auto accepting = [&](const char* what) {
    const auto r = ask_socket(f.socket, {"GET", "/metrics", {}, {{"Accept", what}}});
    CHECK(r.status == 200);
    return f.host.metrics_asked;
  };
  CHECK(accepting("application/json") == metrics_form::json);
  CHECK(accepting("text/html, application/json;q=0.9") == metrics_form::json);
  CHECK(
      accepting("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*") ==
      metrics_form::prometheus_text);
  CHECK(f.get("/metrics?x=1").status == 400);
  CHECK(f.ask("POST", "/metrics").status == 405);
}

TEST_CASE("the server's own figures are its connections and viewers") {
  server_fixture f;
  raw_client viewer(f.socket);
  viewer.send("GET /api/v1/events/stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(viewer.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  f.get("/metrics");
  const auto value_of = [&](std::string_view name, std::string_view label) {
    for (const auto& family : f.host.figures_of_server)
      for (const auto& s : family.samples)
        if (family.name == name && (label.empty() || s.labels.front().second == label))
          return s.value;
    return -1.0;
  };
  CHECK(value_of("pitwall_connections", "") == 2);
  CHECK(value_of("pitwall_stream_clients", "sse") == 1);
  CHECK(value_of("pitwall_stream_clients", "websocket") == 0);
  CHECK(value_of("pitwall_stream_clients_cut_total", "websocket") == 0);
}
