#include "runtime/resilience/retry_filter.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

failed_attempt failed(errc code, std::uint32_t status = 0) {
  return {code, status, {}, false, false};
}
failed_attempt effect(errc code, std::uint32_t status = 0) {
  return {code, status, {}, true, false};
}

retry_filter filter(const std::vector<std::string>& words) {
  return retry_filter::parse(words).value();
}

}  // namespace

TEST_CASE("by default: connection errors, time-outs, 429 and 5xx") {
  const retry_filter f;
  for (const auto code :
       {errc::unavailable, errc::io_error, errc::deadline_exceeded, errc::resource_exhausted}) {
    CHECK(f.matches(failed(code)));
  }
  for (const auto code : {errc::invalid_argument, errc::not_found, errc::halted, errc::cancelled,
                          errc::stale_input, errc::data_loss, errc::internal}) {
    CHECK_FALSE(f.matches(failed(code)));
  }
  for (const std::uint32_t status : {408U, 429U, 500U, 503U, 599U}) {
    CHECK(f.matches(failed(errc::unavailable, status)));
  }
  for (const std::uint32_t status : {200U, 302U, 400U, 401U, 404U, 418U, 600U, 70'000U}) {
    CHECK_FALSE(f.matches(failed(errc::unavailable, status)));
  }
}

TEST_CASE("retry_on names classes, statuses and error codes") {
  CHECK(filter({}) == retry_filter());
  const auto f = filter({"timeout", "429"});
  CHECK(f.matches(failed(errc::deadline_exceeded)));
  CHECK(f.matches(failed(errc::resource_exhausted, 429)));
  CHECK_FALSE(f.matches(failed(errc::unavailable)));
  CHECK_FALSE(f.matches(failed(errc::unavailable, 503)));
  CHECK(filter({"5xx"}) == filter({"server_error"}));
  CHECK(filter({"aborted"}).matches(failed(errc::aborted)));
  CHECK(filter({"internal"}).matches(failed(errc::internal)));
  CHECK(filter({"connection", "timeout", "rate_limited", "5xx"}) == retry_filter());
}

TEST_CASE("an unknown word is refused, and so is what must never be repeated") {
  for (const std::string word :
       {"", "tiemout", "200", "600", "-429", "4x9", "halted", "cancelled"}) {
    CAPTURE(word);
    const auto f = retry_filter::parse(std::vector{word});
    REQUIRE_FALSE(f.ok());
    CHECK(f.error().code == errc::invalid_argument);
  }
}

TEST_CASE("an effect is in doubt unless it certainly did not happen") {
  CHECK_FALSE(effect_in_doubt(effect(errc::unavailable)));
  CHECK_FALSE(effect_in_doubt(effect(errc::resource_exhausted)));
  CHECK_FALSE(effect_in_doubt(effect(errc::resource_exhausted, 429)));
  CHECK_FALSE(effect_in_doubt(effect(errc::invalid_argument, 400)));
  CHECK(effect_in_doubt(effect(errc::deadline_exceeded)));
  CHECK(effect_in_doubt(effect(errc::io_error)));
  CHECK(effect_in_doubt(effect(errc::unavailable, 503)));
  CHECK(effect_in_doubt(effect(errc::unavailable, 408)));
  CHECK(effect_in_doubt(effect(errc::unavailable, 200)));
  CHECK_FALSE(effect_in_doubt(failed(errc::deadline_exceeded)));
  CHECK(effect_in_doubt({errc::unavailable, 0, {}, false, true}));
}
