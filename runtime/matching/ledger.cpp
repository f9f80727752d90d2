#include "runtime/matching/ledger.hpp"

#include <algorithm>
#include <array>

namespace pitwall::matching {

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace

asset_pair split_symbol(std::string_view symbol) {
  const auto separator = symbol.find_first_of("/-_:");
  if (separator != std::string_view::npos && separator > 0 && separator + 1 < symbol.size()) {
    return {upper(symbol.substr(0, separator)), upper(symbol.substr(separator + 1))};
  }
  static constexpr std::array<std::string_view, 12> quotes = {
      "USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "JPY", "ZAR", "NGN", "DAI", "BTC", "ETH"};
  std::string whole = upper(symbol);
  for (const std::string_view quote : quotes) {
    if (whole.size() > quote.size() && whole.ends_with(quote)) {
      whole.resize(whole.size() - quote.size());
      return {std::move(whole), std::string(quote)};
    }
  }
  return {std::move(whole), "USDT"};
}

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
