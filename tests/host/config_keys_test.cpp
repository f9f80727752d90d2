#include "runtime/host/config/keys.hpp"

#include <set>

#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/layers.hpp"
#include "runtime/host/config/value.hpp"
#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("each key stands once, and says what it is for", "[config]") {
  std::set<std::string> paths, variables;
  for (const auto& k : config::keys()) {
    CAPTURE(k.path);
    CHECK(paths.insert(k.path).second);
    CHECK(variables.insert(config::variable_of(k.path)).second);
    CHECK_FALSE(k.about.empty());
    CHECK(k.about.back() != '.');
    CHECK((k.how != config::form::choice || !k.bounds.empty()));
  }
}

TEST_CASE("every default can be read, under every profile", "[config]") {
  for (const auto& k : config::keys())
    for (const std::string_view profile : {"", "development", "staging", "production"}) {
      const auto text = config::default_of(k, profile);
      if (text.empty()) continue;
      CAPTURE(k.path, std::string(profile), text);
      CHECK(config::read_text(k, text, config::parts_of(k.path).back()).ok());
    }
  for (const auto& d : config::profile_defaults()) {
    CAPTURE(std::string(d.path));
    CHECK(std::any_of(config::keys().begin(), config::keys().end(),
                      [&](const auto& k) { return k.path == d.path; }));
  }
}

TEST_CASE("the table's defaults of resilience are those of the machines", "[config]") {
  std::vector<std::string> texts;
  for (const auto& k : config::keys()) {
    if (k.how != config::form::resilience || k.fallback.empty()) continue;
    auto parts = config::parts_of(k.path);
    texts.push_back(parts[1] + (parts.size() > 2 ? "." + parts[2] : "") + "=" + k.fallback);
  }
  CHECK(texts.size() == 23);
  std::vector<error> wrong;
  const auto said = parse_resilience(texts, wrong);
  CHECK(lines_of(wrong).empty());
  const resilience_settings built_in;
  const auto a = said.limits_of("x/data"), b = built_in.limits_of("x/data");
  CHECK(a.breaker.failure_threshold == b.breaker.failure_threshold);
  CHECK(a.breaker.window.length == b.breaker.window.length);
  CHECK(a.breaker.failure_percent == b.breaker.failure_percent);
  CHECK(a.breaker.slow_percent == b.breaker.slow_percent);
  CHECK(a.breaker.minimum_calls == b.breaker.minimum_calls);
  CHECK(a.breaker.slow_after == b.breaker.slow_after);
  CHECK(a.breaker.open_time == b.breaker.open_time);
  CHECK(a.breaker.max_open_time == b.breaker.max_open_time);
  CHECK(a.breaker.max_probes == b.breaker.max_probes);
  CHECK(a.breaker.close_after == b.breaker.close_after);
  CHECK(a.breaker.probe_timeout == b.breaker.probe_timeout);
  CHECK(a.rate.has_value() == b.rate.has_value());
  CHECK(a.at_once.max_concurrent == b.at_once.max_concurrent);
  CHECK(a.at_once.max_waiting == b.at_once.max_waiting);
  CHECK(a.retries.percent == b.retries.percent);
  CHECK(a.retries.max_saved == b.retries.max_saved);
  CHECK(a.retries.min_per_second == b.retries.min_per_second);
  CHECK(said.retry.max_attempts == built_in.retry.max_attempts);
  CHECK(said.retry.min_wait == built_in.retry.min_wait);
  CHECK(said.retry.max_wait == built_in.retry.max_wait);
  CHECK(said.retry.multiplier == built_in.retry.multiplier);
  CHECK(said.retry.shape == built_in.retry.shape);
  CHECK(said.retry.total_time == built_in.retry.total_time);
  CHECK(said.retry.max_retry_after == built_in.retry.max_retry_after);
}

TEST_CASE("the table has every setting that --resilience takes", "[config]") {
  std::vector<error> problems;
  parse_resilience({"nothing=1"}, problems);
  REQUIRE_FALSE(problems.empty());
  std::set<std::string> known;
  for (const auto& k : config::keys()) {
    const auto parts = config::parts_of(k.path);
    if (k.how == config::form::resilience && parts[1] != "at")
      known.insert(parts[1] + (parts.size() > 2 ? "." + parts[2] : ""));
  }
  std::string_view names = problems.front().remedy;
  names.remove_prefix(std::string_view("there are: ").size());
  std::size_t listed = 0;
  for (; !names.empty(); ++listed) {
    const auto comma = std::min(names.find(", "), names.size());
    CAPTURE(std::string(names.substr(0, comma)));
    CHECK(known.contains(std::string(names.substr(0, comma))));
    names.remove_prefix(std::min(names.size(), comma + 2));
  }
  CHECK(listed == known.size());
}

TEST_CASE("without a configuration a host is what its rooms' defaults say", "[config]") {
  const auto c = config::bind(good(config::load({})));
  CHECK(c.profile.empty());
  CHECK_FALSE(c.server.port);
  CHECK(c.server.listen == "127.0.0.1");
  CHECK(c.server.drain == std::chrono::seconds(30));
  CHECK(c.directory == "pitwall-data");
  CHECK(c.mode == durability::sync);
  CHECK_FALSE(c.keep.max_age);
  CHECK(c.memory.max_wal_bytes == storage_bounds{}.max_wal_bytes);
  CHECK(c.memory.write_buffer_bytes == storage_bounds{}.write_buffer_bytes);
  CHECK(c.memory.block_cache_bytes == storage_bounds{}.block_cache_bytes);
  CHECK(c.risk.limits == risk_limits{});
  CHECK(c.risk.bots.empty());
  CHECK(c.risk.capital == risk_settings{}.capital);
  CHECK_FALSE(c.risk.auto_halt);
  CHECK(c.max_in_flight == limits::max_executions_in_flight);
  CHECK(c.paper_seed == 1);
  CHECK(c.log.form == log_form::text);
  CHECK(c.log.least == log_level::info);
  CHECK(c.log.queue_lines == log_options{}.queue_lines);
  CHECK(c.log.max_file_bytes == log_options{}.max_file_bytes);
  CHECK(c.log.kept_files == log_options{}.kept_files);
}

TEST_CASE("profiles: small limits to develop with, halts and JSON lines to trade with",
          "[config]") {
  const auto of = [](const std::string& profile) {
    return config::bind(good(load_file(R"({"profile": ")" + profile + "\"}")));
  };
  const auto development = of("development"), staging = of("staging"),
             production = of("production");
  CHECK(development.risk.limits.daily_loss_limit == decimal(-100));
  CHECK(development.risk.limits.max_position_size == decimal(1'000));
  CHECK(development.log.form == log_form::text);
  CHECK_FALSE(development.risk.auto_halt);
  for (const auto& c : {staging, production}) {
    CHECK(c.risk.limits == risk_limits{});
    CHECK(c.risk.auto_halt);
    CHECK(c.log.form == log_form::json);
    CHECK(c.mode == durability::sync);
  }
  CHECK(staging.log.least == log_level::debug);
  CHECK(production.log.least == log_level::info);
}
