// Job: public market data of Bybit's spot markets.
// Document: Bybit API v5, "Get Tickers", "Get Orderbook", WebSocket public "Orderbook", "Rate Limit
//      Rules"; https://bybit-exchange.github.io/docs/v5, as of May 2026.
// Symbols: BTCUSDT, of category spot.
// Limit: 600 requests in 5 seconds for an address. Beyond it 403 for ten minutes.
// Quirks: refusals come with status 200 and a retCode. The stream's u counts the updates of a
//      symbol's book; a snapshot may come again at any time, and begins anew (u is 1 after a
//      restart there).
// Tests: tests/net/market_dialects_test.cpp, tests/net/market_streams_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class bybit_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.bybit.com"; }
  public_limit limit() const override { return {600, milliseconds(5'000)}; }
  std::vector<market_question> ask(const std::string& symbol, bool price, bool book,
                                   unsigned depth) const override;
  status read(const market_question& asked, std::string_view body,
              market_reading& into) const override;
  error refusal(unsigned status, std::string_view body, std::string_view retry_after,
                timestamp now) const override;

  stream_traits stream() const override;
  result<stream_opening> open(const std::vector<std::string>& symbols,
                              timestamp now) const override;
  std::vector<std::string> subscribe(const std::vector<std::string>& symbols) const override;
  std::vector<std::string> resync(const std::string& symbol) const override;
  std::unique_ptr<stream_reader> reader() const override;
};

}  // namespace pitwall
