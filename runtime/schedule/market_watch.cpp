#include "runtime/schedule/market_watch.hpp"

#include <utility>

namespace pitwall {

bool market_watch::crosses(decimal before, decimal price) const noexcept {
  if (!rule_.crosses) return false;
  const auto level = *rule_.crosses;
  return (before < level && price >= level) || (before > level && price <= level);
}

bool market_watch::changes(decimal price) const noexcept {
  if (!rule_.change_percent) return false;
  const auto moved = sub(price, reference_);
  if (!moved.ok()) return true;
  const auto size = mul(moved->abs(), 100);
  const auto needed = mul(reference_.abs(), *rule_.change_percent);
  if (!size.ok()) return true;
  return needed.ok() && !size->is_zero() && *size >= *needed;
}

std::optional<decimal> market_watch::see(decimal price) {
  const auto before = std::exchange(previous_, price);
  if (!before) {
    reference_ = price;
    return std::nullopt;
  }
  const bool moved = changes(price);
  if (moved) reference_ = price;
  return moved || crosses(*before, price) ? before : std::nullopt;
}

std::optional<decimal> market_watch::see_volume(decimal volume) {
  const auto before = std::exchange(previous_volume_, volume);
  const bool fires = before && rule_.volume && *before < *rule_.volume && volume >= *rule_.volume;
  return fires ? before : std::nullopt;
}

}  // namespace pitwall
