#include "runtime/resilience/retry_budget.hpp"

namespace pitwall {

namespace {

constexpr std::uint64_t one_retry = 100;

token_limits reserve_of(const retry_budget_limits& limits) noexcept {
  return {limits.min_per_second, std::chrono::seconds(1), limits.min_per_second};
}

status check(const retry_budget_limits& limits) {
  if (limits.percent > 1'000) {
    return {errc::invalid_argument,
            "a retry budget of more than 1,000 percent is none",
            {},
            "give 0 to 1000; 20 lets a fifth of the calls be retried"};
  }
  if (limits.max_saved > token_bucket::max_count) {
    return {errc::invalid_argument,
            "a retry budget may save up to a million retries",
            {},
            "give a smaller max_saved"};
  }
  if (limits.min_per_second == 0) return done{};
  return token_bucket::check(reserve_of(limits));
}

}  // namespace

result<retry_budget> retry_budget::make(const retry_budget_limits& limits, timestamp now) {
  PITWALL_CHECK(check(limits));
  if (limits.min_per_second == 0) return retry_budget(limits, std::nullopt);
  PITWALL_TRY(reserve, token_bucket::make(reserve_of(limits), now));
  return retry_budget(limits, reserve);
}

result<retry_budget> retry_budget::restore(const retry_budget_limits& limits, const state& s) {
  PITWALL_CHECK(check(limits));
  std::optional<token_bucket> reserve;
  if (limits.min_per_second > 0) {
    PITWALL_TRY(restored, token_bucket::restore(reserve_of(limits), s.reserve));
    reserve = restored;
  }
  retry_budget budget(limits, reserve);
  budget.saved_ = std::min(s.saved, limits.max_saved * one_retry);
  return budget;
}

void retry_budget::on_call() noexcept {
  saved_ = std::min(saved_ + limits_.percent, limits_.max_saved * one_retry);
}

bool retry_budget::try_retry(timestamp now) noexcept {
  if (saved_ >= one_retry) {
    saved_ -= one_retry;
    return true;
  }
  return reserve_ && reserve_->try_take(1, now);
}

std::uint64_t retry_budget::available(timestamp now) const noexcept {
  return saved_ / one_retry + (reserve_ ? reserve_->available(now) : 0);
}

retry_budget::state retry_budget::snapshot() const {
  return {saved_, reserve_ ? reserve_->snapshot() : token_bucket::state{}};
}

}  // namespace pitwall
