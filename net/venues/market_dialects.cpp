#include "net/venues/market_dialects.hpp"

#include "net/venues/bybit_dialect.hpp"
#include "net/venues/coinbase_dialect.hpp"
#include "net/venues/dydx_dialect.hpp"
#include "net/venues/kalshi_dialect.hpp"
#include "net/venues/kraken_dialect.hpp"
#include "net/venues/luno_dialect.hpp"
#include "net/venues/polymarket_dialect.hpp"

namespace pitwall {

const std::vector<std::string_view>& market_types() {
  static const std::vector<std::string_view> all{"coinbase", "kraken",     "bybit", "luno",
                                                 "kalshi",   "polymarket", "dydx"};
  return all;
}

std::shared_ptr<const market_dialect> make_market_dialect(std::string_view type) {
  if (type == "coinbase") return std::make_shared<coinbase_dialect>();
  if (type == "kraken") return std::make_shared<kraken_dialect>();
  if (type == "bybit") return std::make_shared<bybit_dialect>();
  if (type == "luno") return std::make_shared<luno_dialect>();
  if (type == "kalshi") return std::make_shared<kalshi_dialect>();
  if (type == "polymarket") return std::make_shared<polymarket_dialect>();
  if (type == "dydx") return std::make_shared<dydx_dialect>();
  return nullptr;
}

}  // namespace pitwall
