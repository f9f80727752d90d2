#include "runtime/base/symbol.hpp"

#include <array>

namespace pitwall {

std::string asset_name(std::string_view asset) {
  std::string out(asset);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

asset_pair split_symbol(std::string_view symbol) {
  const auto separator = symbol.find_first_of("/-_:");
  if (separator != std::string_view::npos && separator > 0 && separator + 1 < symbol.size()) {
    return {asset_name(symbol.substr(0, separator)), asset_name(symbol.substr(separator + 1))};
  }
  static constexpr std::array<std::string_view, 12> quotes = {
      "USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "JPY", "ZAR", "NGN", "DAI", "BTC", "ETH"};
  std::string whole = asset_name(symbol);
  for (const std::string_view quote : quotes) {
    if (whole.size() > quote.size() && whole.ends_with(quote)) {
      whole.resize(whole.size() - quote.size());
      return {std::move(whole), std::string(quote)};
    }
  }
  return {std::move(whole), "USDT"};
}

}  // namespace pitwall
