// Job: public market data of dYdX v4, by an indexer.
// Document: dYdX documentation, Indexer HTTP API "Get Perpetual Market Orderbook", WebSocket
// channel
//      v4_orderbook, "How to uncross the orderbook"; https://docs.dydx.xyz, as of May 2026.
// Symbols: BTC-USD, a perpetual.
// Units: prices in USDC, quantities in the base asset.
// Limit: 100 requests in 10 seconds for an address (the indexer's default).
// Quirks: there is no one order book, so an indexer's may be crossed for moments: that is no price,
//      and asking again helps. /v4/perpetualMarkets has the oracle's price alone, which nobody can
//      trade at: so a price comes from the book, too. message_id counts all messages of a
//      connection.
// Tests: tests/net/market_dialects_test.cpp, tests/net/market_streams_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class dydx_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://indexer.dydx.trade"; }
  public_limit limit() const override { return {100, milliseconds(10'000)}; }
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
