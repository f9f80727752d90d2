// Job: what a symbol says of its assets. Threads: plain functions. Tests:
// tests/matching/ledger_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace pitwall {

/// "BTCUSDT", "BTC/USDT", "BTC-USDT" and "btc_usdt" are base BTC, quote USDT. Without a separator
/// and a known quote asset at the end the whole symbol is the base, and the quote USDT.
struct asset_pair {
  std::string base, quote;
  friend bool operator==(const asset_pair&, const asset_pair&) = default;
};
asset_pair split_symbol(std::string_view symbol);

/// In capitals, as split_symbol() gives it.
std::string asset_name(std::string_view asset);

}  // namespace pitwall
