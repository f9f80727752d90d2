#include "runtime/matching/ledger.hpp"

#include <algorithm>

namespace pitwall::matching {

ledger::asset_id ledger::open(std::string_view asset, decimal initial) {
  const auto found = std::find_if(balances_.begin(), balances_.end(),
                                  [&](const balance& b) { return b.asset == asset; });
  if (found != balances_.end()) return static_cast<asset_id>(found - balances_.begin());
  balances_.push_back({std::string(asset), initial, decimal{}});
  ++version_;
  return static_cast<asset_id>(balances_.size() - 1);
}

bool ledger::hold(asset_id asset, decimal amount) {
  balance& b = balances_[asset];
  if (amount > b.free) return false;
  b.free = sub(b.free, amount).value();
  b.held = add(b.held, amount).value();
  ++version_;
  return true;
}

void ledger::release(asset_id asset, decimal amount) {
  balance& b = balances_[asset];
  b.held = sub(b.held, amount).value();
  b.free = add(b.free, amount).value();
  ++version_;
}

void ledger::book(asset_id asset, decimal change) {
  balances_[asset].free = add(balances_[asset].free, change).value();
  ++version_;
}

}  // namespace pitwall::matching
