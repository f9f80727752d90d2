// Job: whether a price, or a minute's volume, after the ones before it, is what a market trigger
//      waits for. The first of each fires nothing.
// Threads: one owner. Tests: tests/schedule/market_watch_test.cpp
#pragma once

#include <optional>

#include "runtime/schedule/trigger_spec.hpp"

namespace pitwall {

class market_watch {
 public:
  explicit market_watch(by_market rule) : rule_(std::move(rule)) {}

  /// The price before this one, where it fires: a level is crossed when the price reaches it from
  /// either side; a change counts from the price at which it fired last (or the first one).
  std::optional<decimal> see(decimal price);
  /// The volume before this one, where it fires: it was below the rule's, and is no more.
  std::optional<decimal> see_volume(decimal volume);
  const by_market& rule() const noexcept { return rule_; }

 private:
  bool crosses(decimal before, decimal price) const noexcept;
  bool changes(decimal price) const noexcept;

  by_market rule_;
  std::optional<decimal> previous_, previous_volume_;
  decimal reference_;
};

}  // namespace pitwall
