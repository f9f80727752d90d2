// Each way to misconfigure: what contradicts something else, or names what is not there.
#include "runtime/host/config/check.hpp"

#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("what contradicts something else is told where it stands", "[config]") {
  struct row {
    const char *file, *where, *words;
  };
  const row rows[] = {
      {R"({"server": {"listen": "0.0.0.0"}})", "/server/listen", "without a port"},
      {R"({"server": {"tls_certificate_file": "c", "tls_key_file": "k", "port": null}})", "",
       "without a port"},
      {R"({"server": {"allowed_origins": ["https://a"]}})", "/server/allowed_origins",
       "give server.port"},
      {R"({"server": {"insecure_plain": true}})", "/server/insecure_plain", "without a port"},
      {R"({"server": {"port": 1, "tls_certificate_file": "c"}})", "/server/tls_certificate_file",
       "give server.tls_key_file"},
      {R"({"server": {"port": 1, "tls_key_file": "k"}})", "/server/tls_key_file",
       "give server.tls_certificate_file"},
      {R"({"server": {"port": 1, "tls_certificate_file": "c", "tls_key_file": "k",
           "insecure_plain": true}})",
       "/server/insecure_plain", "leave one of the two out"},
      {R"({"log": {"kept_files": 9}})", "/log/kept_files", "give log.file"},
      {R"({"log": {"max_file_bytes": "1MB"}})", "/log/max_file_bytes", "give log.file"},
      {R"({"venues": {"a b": {"type": "binance", "url": "http://a:1"}}})", "/venues/a b",
       "cannot name a venue"},
      {R"({"venues": {"a": {"url": "http://a:1"}}})", "/venues/a", "it has no 'type'"},
      {R"({"venues": {"a": {"type": "binance"}}})", "/venues/a", "it has no 'url'"},
      {R"({"venues": {"a": {"type": "kranken", "url": "http://a:1"}}})", "/venues/a/type",
       "one of binance"},
      {R"({"venues": {"a": {"type": "kraken", "live": true}}})", "/venues/a/live",
       "no order can leave"},
      {R"({"venues": {"a": {"type": "kalshi", "stream": true}}})", "/venues/a/stream",
       "no public stream"},
      {R"({"venues": {"a": {"type": "luno", "key_file": "k"}}})", "/venues/a/key_file",
       "public data alone"},
      {R"({"venues": {"a": {"type": "luno", "key_env": "K"}}})", "/venues/a/key_env",
       "public data alone"},
      {R"({"venues": {"a": {"type": "binance", "url": "https://h", "key_file": "k",
           "key_env": "K"}}})",
       "/venues/a/key_env", "not in both"},
      {R"({"venues": {"a": {"type": "binance", "url": "http://10.0.0.1:8080", "key_env": "K"}}})",
       "/venues/a/url", "in the clear"},
      {R"({"venues": {"a": {"type": "dydx", "recv_window": "3s"}}})", "/venues/a/recv_window",
       "public data alone"},
      {R"({"venues": {"a": {"type": "binance", "url": "https://me:hush@h"}}})", "/venues/a/url",
       "names a user"},
      {R"({"venues": {"a": {"type": "kraken", "url": "https://h/?key=hush"}}})", "/venues/a/url",
       "no path and no query"},
      {R"({"venues": {"a": {"type": "binance", "url": "http://10.0.0.1:8080", "key_file": "k"}}})",
       "/venues/a/url", "in the clear"},
      {R"({"venues": {"a": {"type": "binance", "url": "https://h", "live": true}}})",
       "/venues/a/live", "no key to sign them with"},
      {R"({"bots": [{"enabled": true}]})", "/bots/0", "it has no 'id'"},
      {R"({"bots": [{"id": "a"}, {"id": "b"}, {"id": "a"}]})", "/bots/2/id",
       "also that of host.json#/bots/0/id"},
      {R"({"bots": [{"id": "a", "workflow": "w", "workflow_id": "x"},
                    {"id": "b", "workflow": "v", "workflow_id": "x"}]})",
       "/bots/1/workflow_id", "under its own id"},
      {R"({"bots": [{"id": "  "}]})", "/bots/0/id", "no halt could name it"},
      {R"({"bots": [{"id": "a", "workflow": "w", "strategy_id": " "}]})", "/bots/0/strategy_id",
       "no halt could name it"},
      {R"({"bots": [{"id": "a", "template": "t"}]})", "/bots/0/template", "has no workflow"},
      {R"({"bots": [{"id": "a", "workflow_id": "t"}]})", "/bots/0/workflow_id", "has no workflow"},
      {R"({"bots": [{"id": "a", "strategy_id": "t"}]})", "/bots/0/strategy_id", "has no workflow"},
      {R"({"bots": [{"id": "a", "venues": {"binance": "paper"}}]})", "/bots/0/venues/binance",
       "has no workflow"},
      {R"({"bots": [{"id": "a", "workflow": "w", "venues": {"binance": "smi"}}],
           "venues": {"sim": {"type": "binance", "url": "http://a:1"}}})",
       "/bots/0/venues/binance", "did you mean 'sim'?"},
      {R"({"bots": [{"id": "a", "workflow": "w", "venues": {"binanse": "paper"}}]})",
       "/bots/0/venues/binanse", "did you mean 'binance'?"},
      {R"({"risk": {"daily_loss_limit": 500}})", "/risk/daily_loss_limit", "write -500"},
      {R"({"bots": [{"id": "a", "limits": {"daily_loss_limit": 1}}]})",
       "/bots/0/limits/daily_loss_limit", "write -1"},
      {R"({"risk": {"max_position_size": -1}})", "/risk/max_position_size", "at least 0"},
      {R"({"resilience": {"breaker": {"max_probes": 99}}})", "/resilience/breaker/max_probes",
       "every venue"},
      {R"({"resilience": {"retry": {"min_wait": "5m"}}})", "/resilience/retry/min_wait", "wait"},
      {R"({"resilience": {"at": {"paper": {"bulkhead": {"at_once": 0}}}}})",
       "/resilience/at/paper/bulkhead/at_once", "paper"},
      {R"({"resilience": {"rate": "1/s", "at": {"x/data": {"breaker": {"open_time": "20m"}}}}})",
       "/resilience/at/x~1data/breaker/open_time", "x/data"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.file);
    const auto l = load_file(r.file);
    CHECK(lines_of(l.problems).find("hush") == std::string::npos);
    if (*r.where != '\0') {
      check_one(l.problems, "host.json#" + std::string(r.where), r.words);
      continue;
    }
    INFO(lines_of(l.problems));
    CHECK(l.problems.size() == 2);  // Of the certificate, and of its key.
    CHECK(lines_of(l.problems).find(r.words) != std::string::npos);
  }
}

TEST_CASE("a contradiction between layers is told where its later half stands", "[config]") {
  check_one(load_file(R"({"server": {"port": 1}})", {},
                      {{"--tls-cert", "/server/tls_certificate_file", "c"}})
                .problems,
            "--tls-cert", "--tls-key");
  check_one(load_file(R"({"bots": [{"id": "a"}]})", {{"PITWALL__BOTS__1__ID", "a", {}}}).problems,
            "PITWALL__BOTS__1__ID", "host.json#/bots/0/id");
}

TEST_CASE("what goes together is taken", "[config]") {
  for (const char* file : {
           R"({})",
           R"({"server": {}, "workers": {}, "scheduler": {}, "bots": [], "venues": {}})",
           R"({"server": {"port": 0, "listen": "0.0.0.0", "insecure_plain": true}})",
           R"({"server": {"listen": "127.0.0.1", "insecure_plain": false}})",
           R"({"server": {"port": 1, "tls_certificate_file": "c", "tls_key_file": "k"}})",
           R"({"log": {"kept_files": 5, "max_file_bytes": "100MB"}})",
           R"({"log": {"file": "l", "kept_files": 6}})",
           R"({"bots": [{"id": "a", "limits": {"max_order_size": null}}]})",
           R"({"bots": [{"id": "a", "workflow": "w", "venues": {"binance": "paper"}}]})",
           R"({"venues": {"paper": {"seed": 3}}})",
           R"({"venues": {"a": {"type": "binance", "url": "http://127.0.0.1:1", "key_file": "k",
               "live": true}, "b": {"type": "binance", "url": "http://10.0.0.1:1", "live": true},
               "c": {"type": "binance", "url": "https://h", "live": true, "key_file": "k"}}})",
           R"({"risk": {"daily_loss_limit": null}})",
       }) {
    CAPTURE(file);
    good(load_file(file));
  }
}
