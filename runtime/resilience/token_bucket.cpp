#include "runtime/resilience/token_bucket.hpp"

#include <string>

namespace pitwall {

status token_bucket::check(const token_limits& limits) {
  const auto good = [](std::uint32_t n) { return n >= 1 && n <= max_count; };
  if (!good(limits.tokens) || !good(limits.burst)) {
    return {errc::invalid_argument,
            "a rate limit's tokens and burst must be at least 1",
            {},
            "give numbers from 1 to " + std::to_string(max_count)};
  }
  if (limits.period < microseconds(1) || limits.period > max_period) {
    return {errc::invalid_argument,
            "a rate limit's period must be longer than zero",
            {},
            "give a time of up to a day"};
  }
  return done{};
}

result<token_bucket> token_bucket::make(const token_limits& limits, timestamp now) {
  PITWALL_CHECK(check(limits));
  token_bucket bucket(limits, {0, forward_time::from(now)});
  bucket.state_.credit = bucket.cost(limits.burst);
  return bucket;
}

result<token_bucket> token_bucket::restore(const token_limits& limits, const state& s) {
  PITWALL_CHECK(check(limits));
  token_bucket bucket(limits, s);
  bucket.state_.credit = std::min(s.credit, bucket.cost(limits.burst));
  return bucket;
}

std::uint64_t token_bucket::cost(std::uint64_t n) const noexcept {
  return n * static_cast<std::uint64_t>(limits_.period.count());  // Below 2^20 * 2^37.
}

void token_bucket::fill(timestamp now) noexcept {
  const auto before = state_.clock.reached;
  const auto passed =
      static_cast<std::uint64_t>(between(before, state_.clock.advance(now)).count());
  const auto missing = cost(limits_.burst) - state_.credit;
  // Long enough to be full: no product that could overflow.
  state_.credit += passed > missing / limits_.tokens ? missing : passed * limits_.tokens;
}

bool token_bucket::try_take(std::uint32_t n, timestamp now) noexcept {
  fill(now);
  if (cost(n) > state_.credit) return false;
  state_.credit -= cost(n);
  return true;
}

std::optional<microseconds> token_bucket::time_until(std::uint32_t n,
                                                     timestamp now) const noexcept {
  if (n > limits_.burst) return std::nullopt;
  token_bucket then = *this;
  then.fill(now);
  const auto wanted = cost(n);
  if (wanted <= then.state_.credit) return microseconds(0);
  const auto missing = wanted - then.state_.credit;
  return microseconds(static_cast<std::int64_t>((missing - 1) / limits_.tokens + 1));
}

std::uint32_t token_bucket::available(timestamp now) const noexcept {
  token_bucket then = *this;
  then.fill(now);
  return static_cast<std::uint32_t>(then.state_.credit /
                                    static_cast<std::uint64_t>(limits_.period.count()));
}

}  // namespace pitwall
