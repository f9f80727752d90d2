#include "runtime/host/config/value.hpp"

#include "runtime/workflow/json.hpp"
#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const config::key& key_of(std::string_view path) {
  for (const auto& k : config::keys())
    if (k.path == path) return k;
  FAIL("no key " << path);
  throw 0;
}

struct row {
  const char *path, *json;
  const char* becomes;  ///< As JSON; null: refused.
};

}  // namespace

TEST_CASE("values as a file writes them", "[config]") {
  const row rows[] = {
      {"/server/port", "8080", "8080"},
      {"/server/port", "0", "0"},
      {"/server/port", "null", "null"},
      {"/server/port", "65536", nullptr},
      {"/server/port", "-1", nullptr},
      {"/server/port", "80.5", nullptr},
      {"/server/port", "\"8080\"", nullptr},
      {"/server/port", "true", nullptr},
      {"/server/listen", "\"::1\"", "\"::1\""},
      {"/server/listen", "\"\"", nullptr},
      {"/server/listen", "\"a\\nb\"", nullptr},
      {"/server/listen", "7", nullptr},
      {"/server/listen", "null", nullptr},
      {"/server/allowed_origins", "[\"https://a\", \"https://b\"]",
       "[\"https://a\",\"https://b\"]"},
      {"/server/allowed_origins", "[]", "[]"},
      {"/server/allowed_origins", "\"https://a\"", nullptr},
      {"/server/allowed_origins", "[7]", nullptr},
      {"/server/insecure_plain", "true", "true"},
      {"/server/insecure_plain", "1", nullptr},
      {"/server/insecure_plain", "\"true\"", nullptr},
      {"/server/drain", "\"90s\"", "\"90s\""},
      {"/server/drain", "\"120s\"", "\"2m\""},
      {"/server/drain", "\"0s\"", "\"0s\""},
      {"/server/drain", "\"25h\"", nullptr},
      {"/server/drain", "30", nullptr},
      {"/server/drain", "\"30\"", nullptr},
      {"/server/drain", "\"-1s\"", nullptr},
      {"/journal/durability", "\"async\"", "\"async\""},
      {"/journal/durability", "\"asink\"", nullptr},
      {"/journal/durability", "7", nullptr},
      {"/journal/keep_days", "30", "30"},
      {"/journal/keep_days", "0", nullptr},
      {"/journal/keep_days", "null", "null"},
      {"/journal/keep_bytes", "\"20GB\"", "21474836480"},
      {"/journal/keep_bytes", "4611686018427387905", nullptr},
      {"/journal/max_wal_bytes", "\"64MB\"", "67108864"},
      {"/journal/max_wal_bytes", "1048576", "1048576"},
      {"/journal/max_wal_bytes", "1048575", nullptr},
      {"/journal/max_wal_bytes", "\"64XB\"", nullptr},
      {"/journal/max_wal_bytes", "\"MB\"", nullptr},
      {"/journal/max_wal_bytes", "1048576.5", nullptr},
      {"/risk/daily_loss_limit", "-500", "-500"},
      {"/risk/daily_loss_limit", "0", "0"},
      {"/risk/daily_loss_limit", "500", nullptr},
      {"/risk/daily_loss_limit", "null", "null"},
      {"/risk/daily_loss_limit", "\"none\"", "null"},
      {"/risk/daily_loss_limit", "\"-0.5\"", "-0.5"},
      {"/risk/daily_loss_limit", "false", nullptr},
      {"/risk/max_order_size", "-1", nullptr},
      {"/risk/max_open_orders", "1.5", nullptr},
      {"/risk/duplicate_window_ms", "3600001", nullptr},
      {"/risk/capital", "0.5", "0.5"},
      {"/risk/capital", "0", nullptr},
      {"/risk/capital", "\"1\"", nullptr},
      {"/risk/look_every", "\"30s\"", "\"30s\""},
      {"/risk/max_price_age", "\"2s\"", "\"2s\""},
      {"/risk/max_price_age", "\"999ms\"", nullptr},
      {"/risk/look_every", "\"31s\"", nullptr},
      {"/venues/paper/seed", "18446744073709551615", "18446744073709551615"},
      {"/venues/*/recv_window", "\"50ms\"", "\"50ms\""},
      {"/venues/*/recv_window", "\"61s\"", nullptr},
      {"/bots/#/trigger", "\"every 5m\"", "\"every 5m\""},
      {"/bots/#/trigger", R"({"type": "interval", "every": "5m"})", "\"every 5m\""},
      {"/bots/#/trigger", R"({"type": "interval", "every": "5"})", nullptr},
      {"/bots/#/trigger", "\"now and then\"", nullptr},
      {"/bots/#/trigger", "5", nullptr},
      {"/bots/#/restart", "\"on_failure max=5 wait=2s\"", "\"on_failure wait=2s\""},
      {"/bots/#/restart", "\"on_failure max=0\"", nullptr},
      {"/bots/#/restart", "true", nullptr},
      {"/resilience/breaker/failures", "3", "\"3\""},
      {"/resilience/breaker/failures", "\"3\"", "\"3\""},
      {"/resilience/breaker/failures", "-3", nullptr},
      {"/resilience/breaker/window", "\"60s\"", "\"1m\""},
      {"/resilience/breaker/window", "60", nullptr},
      {"/resilience/rate", "\"10/s\"", "\"10/s\""},
      {"/resilience/rate", "null", "\"none\""},
      {"/resilience/rate", "\"fast\"", nullptr},
      {"/resilience/retry/jitter", "\"wild\"", nullptr},
      {"/resilience/at/*/bulkhead/at_once", "4", "\"4\""},
      {"/resilience/at/*/bulkhead/at_once", "{}", nullptr},
      {"/log/level", "\"debug\"", "\"debug\""},
      {"/log/level", "\"loud\"", nullptr},
  };
  for (const auto& r : rows) {
    CAPTURE(r.path, r.json);
    const auto& k = key_of(r.path);
    const auto read = config::read(k, parse_json(r.json).value(), config::parts_of(r.path).back());
    REQUIRE(read.ok() == (r.becomes != nullptr));
    if (read.ok()) {
      CHECK(to_json(*read) == r.becomes);
    } else {
      CHECK_FALSE(read.error().message.empty());
      CHECK_FALSE(read.error().remedy.empty());
    }
  }
}

TEST_CASE("values as a variable or a flag writes them", "[config]") {
  const row rows[] = {
      {"/server/port", "8080", "8080"},
      {"/server/port", "none", "null"},
      {"/server/port", "", nullptr},
      {"/server/port", "80a", nullptr},
      {"/server/insecure_plain", "true", "true"},
      {"/server/insecure_plain", "yes", nullptr},
      {"/server/allowed_origins", "https://a,https://b", "[\"https://a\",\"https://b\"]"},
      {"/server/allowed_origins", "", "[]"},
      {"/server/allowed_origins", "a,,b", nullptr},
      {"/journal/directory", "/x", "\"/x\""},
      {"/journal/directory", "", nullptr},
      {"/journal/max_wal_bytes", "64MB", "67108864"},
      {"/risk/max_order_size", "none", "null"},
      {"/risk/max_order_size", "2.5", "2.5"},
      {"/resilience/rate", "none", "\"none\""},
  };
  for (const auto& r : rows) {
    CAPTURE(r.path, r.json);
    const auto& k = key_of(r.path);
    const auto read = config::read_text(k, r.json, config::parts_of(r.path).back());
    REQUIRE(read.ok() == (r.becomes != nullptr));
    if (read.ok()) CHECK(to_json(*read) == r.becomes);
  }
}

TEST_CASE("a word that is nearly right is suggested", "[config]") {
  const auto read = config::read(key_of("/journal/durability"), value("asyn"), "durability");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().remedy == "did you mean 'async'? give one of sync, async, memory");
}
