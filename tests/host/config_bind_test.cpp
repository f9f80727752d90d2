// Every key ends where it is honoured: none is accepted and forgotten.
#include "runtime/host/config/configuration.hpp"

#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

TEST_CASE("a whole file, key by key", "[config]") {
  const auto c = config::bind(good(load_file(R"({
    "profile": "staging",
    "server": {"port": 8443, "listen": "::1", "tls_certificate_file": "c", "tls_key_file": "k",
               "allowed_origins": ["https://a"], "drain": "7s"},
    "journal": {"directory": "d", "durability": "async", "keep_days": 3, "keep_events": 5,
                "keep_bytes": "1MB", "max_wal_bytes": "2MB", "write_buffer_bytes": "3MB",
                "block_cache_bytes": "4MB"},
    "recovery": {"scan_wait": "11s", "venue_wait": "12s"},
    "risk": {"daily_loss_limit": -7, "max_drawdown_percent": 8, "max_position_size": 9,
             "max_order_size": 10, "max_order_notional": 11, "price_collar_percent": 12,
             "orders_per_second": 13, "max_open_orders": 14, "duplicate_window_ms": 15,
             "auto_halt": false, "capital": 1000, "currency": "eur", "look_every": "2s",
             "max_price_age": "90s",
             "cancel_on_halt": true, "cancel_on_disconnect": true},
    "venues": {"paper": {"seed": 42}, "http": {"allow": ["h:2"], "ca_file": "w"},
               "sim": {"type": "binance", "url": "https://h:1", "key_file": "f", "live": true,
                       "recv_window": "4s", "ca_file": "x", "stream": true,
                       "stale_after": "6s"}},
    "bots": [{"id": "a", "enabled": false, "workflow": "w", "template": "t", "workflow_id": "i",
              "strategy_id": "s", "trigger": {"type": "interval", "every": "300s"},
              "venues": {"binance": "sim"},
              "limits": {"daily_loss_limit": -1, "max_drawdown_percent": 2,
                         "max_position_size": 3, "max_order_size": null, "max_order_notional": 5,
                         "price_collar_percent": 6, "orders_per_second": 7, "max_open_orders": 8,
                         "duplicate_window_ms": 9}},
             {"id": "b"}],
    "resilience": {"retry": {"max_attempts": 7}, "breaker": {"failures": 9}, "rate": "3/s",
                   "at": {"sim/orders": {"rate": "1/s", "bulkhead": {"at_once": 2}}}},
    "workers": {"heartbeat": "2s", "lost_after": "8s", "trading_lease": "7s", "spread": true},
    "limits": {"max_in_flight": 77, "threads": 3},
    "log": {"format": "console", "level": "warning", "file": "l", "max_file_bytes": "1MB",
            "kept_files": 2, "queue_lines": 99}
  })")));
  CHECK(c.profile == "staging");
  CHECK(c.server.port == 8443);
  CHECK(c.server.listen == "::1");
  CHECK(c.server.certificate == "c");
  CHECK(c.server.key == "k");
  CHECK(c.server.origins == std::vector<std::string>{"https://a"});
  CHECK(c.server.drain == 7s);
  CHECK(c.directory == "d");
  CHECK(c.mode == durability::async);
  CHECK(c.keep.max_age == microseconds(72h));
  CHECK(c.keep.max_events == 5);
  CHECK(c.keep.max_bytes == 1U << 20U);
  CHECK(c.memory.max_wal_bytes == 2U << 20U);
  CHECK(c.memory.write_buffer_bytes == 3U << 20U);
  CHECK(c.memory.block_cache_bytes == 4U << 20U);
  CHECK(c.scan_wait == 11s);
  CHECK(c.venue_wait == 12s);
  const auto& r = c.risk;
  CHECK(r.limits == risk_limits{-7, 8, 9, 10, 11, 12, 13, 14, 15});
  CHECK_FALSE(r.auto_halt);
  CHECK(r.capital == decimal(1'000));
  CHECK(r.currency == "EUR");
  CHECK(r.look_every == 2s);
  CHECK(r.max_price_age == 90s);
  CHECK(c.cancel_on_halt);
  CHECK(c.cancel_on_disconnect);
  CHECK(c.web.allow == std::vector<std::string>{"h:2"});
  CHECK(c.web.ca_file == "w");
  CHECK(c.paper_seed == 42);
  REQUIRE(c.venues.size() == 1);
  CHECK(c.venues[0].name == "sim");
  CHECK(c.venues[0].url == "https://h:1");
  CHECK(c.venues[0].key_file == "f");
  CHECK(c.venues[0].recv_window == 4s);
  CHECK(c.workers.heartbeat == 2s);
  CHECK(c.workers.lost_after == 8s);
  CHECK(c.workers.trading_lease == 7s);
  CHECK(c.workers.spread);
  CHECK(c.venues[0].ca_file == "x");
  CHECK(c.venues[0].type == "binance");
  CHECK(c.venues[0].live == true);
  CHECK(c.venues[0].stream == true);
  CHECK(c.venues[0].stale_after == 6s);
  REQUIRE(c.bots.size() == 2);
  CHECK(c.bots[0].id == "a");
  CHECK_FALSE(c.bots[0].enabled);
  CHECK(c.bots[0].workflow == "w");
  CHECK(c.bots[0].template_id == "t");
  CHECK(c.bots[0].workflow_id == "i");
  CHECK(c.bots[0].strategy_id == "s");
  CHECK(c.bots[0].venues == std::map<std::string, std::string>{{"binance", "sim"}});
  REQUIRE(c.bots[0].trigger);
  CHECK(c.bots[0].trigger->text == "every 5m");
  CHECK(c.bots[1].enabled);
  CHECK_FALSE(c.bots[1].trigger);
  CHECK(c.bots[1].workflow.empty());
  REQUIRE(r.bots.size() == 1);
  CHECK(r.bots.at("a") == risk_limits{-1, 2, 3, std::nullopt, 5, 6, 7, 8, 9});
  CHECK(c.resilience.retry.max_attempts == 7);
  const auto calls = c.resilience.limits_of("sim/orders");
  CHECK(calls.breaker.failure_threshold == 9);
  CHECK(calls.rate->tokens == 1);
  CHECK(calls.at_once.max_concurrent == 2);
  CHECK(c.resilience.limits_of("sim/data").rate->tokens == 3);
  CHECK(c.max_in_flight == 77);
  CHECK(c.threads == 3);
  CHECK(c.log.form == log_form::text);
  CHECK(c.log.least == log_level::warning);
  CHECK(c.log.file == "l");
  CHECK(c.log.max_file_bytes == 1U << 20U);
  CHECK(c.log.kept_files == 2);
  CHECK(c.log.queue_lines == 99);
}

TEST_CASE("a venue's key is in its file or in the environment", "[config]") {
  const auto c = config::bind(good(
      load_file(R"({"venues": {"x": {"type": "binance", "url": "https://h", "key_env": "X"}}})")));
  REQUIRE(c.venues.size() == 1);
  CHECK(c.venues[0].key_env == "X");
  CHECK(c.venues[0].key_file.empty());
}

TEST_CASE("a bot has the host's limits where it has none of its own", "[config]") {
  const auto r = config::bind(good(load_file(
                                  R"({"risk": {"max_order_size": 5},
      "bots": [{"id": "a", "limits": {"max_open_orders": 2}}, {"id": "b"}]})")))
                     .risk;
  REQUIRE(r.bots.size() == 1);
  CHECK(r.bots.at("a").max_order_size == decimal(5));
  CHECK(r.bots.at("a").max_open_orders == decimal(2));
  CHECK(r.bots.at("a").daily_loss_limit == decimal(-500));
}
