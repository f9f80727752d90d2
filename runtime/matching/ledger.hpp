// Job: what one account owns: per asset a free amount and an amount held for resting orders.
// Threads: one owner. Errors: hold() refuses what is not free. An amount that leaves the range of
//      decimal is a broken invariant: the process ends rather than lose money.
// Bounds: one entry per asset opened; the owner limits their number.
// Tests: tests/matching/ledger_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/decimal.hpp"
#include "runtime/base/symbol.hpp"

namespace pitwall::matching {

using pitwall::asset_pair;
using pitwall::split_symbol;

class ledger {
 public:
  using asset_id = std::uint32_t;
  struct balance {
    std::string asset;
    decimal free, held;
  };

  /// The asset's id; one not known yet starts with `initial`.
  asset_id open(std::string_view asset, decimal initial);
  /// Moves from free to held; false: not enough is free.
  bool hold(asset_id asset, decimal amount);
  void release(asset_id asset, decimal amount);
  /// Adds to what is free; negative: takes from it. Whether it suffices was checked before.
  void book(asset_id asset, decimal change);

  decimal free(asset_id asset) const { return balances_[asset].free; }
  const std::vector<balance>& balances() const noexcept { return balances_; }
  /// Moves with every change.
  std::uint64_t version() const noexcept { return version_; }

 private:
  std::vector<balance> balances_;
  std::uint64_t version_ = 0;
};

}  // namespace pitwall::matching
