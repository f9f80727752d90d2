#include "runtime/host/resilience_settings.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

resilience_settings good(const std::vector<std::string>& texts) {
  std::vector<error> problems;
  auto s = parse_resilience(texts, problems);
  for (const auto& p : problems) FAIL(p.to_string());
  return s;
}

std::vector<std::string> bad(const std::vector<std::string>& texts) {
  std::vector<error> problems;
  parse_resilience(texts, problems);
  std::vector<std::string> where;
  for (const auto& p : problems) {
    CAPTURE(p.to_string());
    CHECK(p.code == errc::invalid_argument);
    CHECK_FALSE(p.remedy.empty());
    where.push_back(p.where);
  }
  return where;
}

}  // namespace

TEST_CASE("without settings the defaults hold") {
  const auto s = good({});
  CHECK(s.retry.max_attempts == 3);
  const auto l = s.limits_of("paper/orders");
  CHECK(l.breaker.failure_threshold == 5);
  CHECK(l.at_once.max_concurrent == 64);
  CHECK_FALSE(l.rate);
}

TEST_CASE("every key sets its setting, and nothing else") {
  const auto s = good({"retry.max_attempts=7",
                       "retry.min_wait=500ms",
                       "retry.max_wait=2m",
                       "retry.multiplier=1.5",
                       "retry.jitter=decorrelated",
                       "retry.total_time=1h",
                       "retry.max_retry_after=30s",
                       "breaker.failures=9",
                       "breaker.window=30s",
                       "breaker.failure_percent=40",
                       "breaker.slow_percent=60",
                       "breaker.minimum_calls=11",
                       "breaker.slow_after=700ms",
                       "breaker.open_time=5s",
                       "breaker.max_open_time=50s",
                       "breaker.max_probes=3",
                       "breaker.close_after=4",
                       "breaker.probe_timeout=9s",
                       "rate=600/m:20",
                       "bulkhead.at_once=8",
                       "bulkhead.waiting=99",
                       "retry_budget.percent=10",
                       "retry_budget.max_saved=50",
                       "retry_budget.min_per_second=2"});
  CHECK(s.retry.max_attempts == 7);
  CHECK(s.retry.min_wait == 500ms);
  CHECK(s.retry.max_wait == 2min);
  CHECK(s.retry.multiplier == 1.5);
  CHECK(s.retry.shape == backoff::decorrelated_jitter);
  CHECK(s.retry.total_time == microseconds(1h));
  CHECK(s.retry.max_retry_after == 30s);
  const auto l = s.limits_of("x/data");
  CHECK(l.breaker.failure_threshold == 9);
  CHECK(l.breaker.window.length == 30s);
  CHECK(l.breaker.failure_percent == 40);
  CHECK(l.breaker.slow_percent == 60);
  CHECK(l.breaker.minimum_calls == 11);
  CHECK(l.breaker.slow_after == 700ms);
  CHECK(l.breaker.open_time == 5s);
  CHECK(l.breaker.max_open_time == 50s);
  CHECK(l.breaker.max_probes == 3);
  CHECK(l.breaker.close_after == 4);
  CHECK(l.breaker.probe_timeout == 9s);
  REQUIRE(l.rate);
  CHECK(l.rate->tokens == 600);
  CHECK(l.rate->period == 1min);
  CHECK(l.rate->burst == 20);
  CHECK(l.at_once.max_concurrent == 8);
  CHECK(l.at_once.max_waiting == 99);
  CHECK(l.retries.percent == 10);
  CHECK(l.retries.max_saved == 50);
  CHECK(l.retries.min_per_second == 2);
}

TEST_CASE("the narrowest place holds, whatever the order, and the later of two of one place") {
  const auto s = good({"rate@binance/orders=1/s", "rate@binance=2/s", "rate=3/s", "rate=4/s",
                       "breaker.failures@mine=2", "rate@free=none"});
  CHECK(s.limits_of("binance/orders").rate->tokens == 1);
  CHECK(s.limits_of("binance/data").rate->tokens == 2);
  CHECK(s.limits_of("paper/data").rate->tokens == 4);
  CHECK(s.limits_of("mine").breaker.failure_threshold == 2);
  CHECK_FALSE(s.limits_of("free/data").rate);
  CHECK(s.unknown_places({"binance", "free"}) == std::vector<std::string>{"mine"});
}

TEST_CASE("a rate's burst is its number of tokens where nothing else is said") {
  const auto l = good({"rate=5/2s"}).limits_of("paper/data");
  CHECK(l.rate->tokens == 5);
  CHECK(l.rate->period == 2s);
  CHECK(l.rate->burst == 5);
}

TEST_CASE("what cannot be followed is named, all of it at once") {
  const std::vector<std::string> wrong{"rate",
                                       "rate=",
                                       "rate=10",
                                       "rate=10/",
                                       "rate=0/s",
                                       "rate=10/s:0",
                                       "rate=10/week",
                                       "rate=-1/s",
                                       "rate@=10/s",
                                       "speed=3",
                                       "breaker.failures=many",
                                       "breaker.failures=-1",
                                       "breaker.failures=5.5",
                                       "breaker.failures=99999999999",
                                       "breaker.open_time=60",
                                       "breaker.open_time=s",
                                       "retry.jitter=wild",
                                       "retry.multiplier=x",
                                       "retry.min_wait=1d",
                                       "retry.max_attempts@paper=2"};
  CHECK(bad(wrong) == wrong);
  auto more = wrong;
  more.push_back("breaker.failures=5");
  more.push_back("breaker.max_probes@paper=99");
  auto found = wrong;
  found.push_back("paper");
  CHECK(bad(more) == found);
}

TEST_CASE("settings that do not go together are found too, with their place") {
  CHECK(bad({"breaker.max_probes=99"}) == std::vector<std::string>{"every venue"});
  CHECK(bad({"bulkhead.at_once@paper=0"}) == std::vector<std::string>{"paper"});
  CHECK(bad({"breaker.open_time@paper/data=20m"}) == std::vector<std::string>{"paper/data"});
  CHECK(bad({"retry.min_wait=5m"}).size() == 1);
  CHECK(bad({"retry.max_attempts=0"}).size() == 1);
}
