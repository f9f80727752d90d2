// Job: the public market data of venues that speak the Binance Spot conventions.
// Source: rest-api.md and web-socket-streams.md (2023-12-04) of the public repository
//      binance/binance-spot-api-docs: bookTicker, the diff. depth stream with "How to manage a
//      local order book correctly", trade, live subscribing.
// Numbers: depth updates are counted (U to u), from a snapshot by REST on; those of bookTicker
// rise.
//      Trades are read, but not asked for: nothing here would use them.
// Threads: as market_dialect.hpp. Tests: tests/net/binance_dialect_test.cpp
#pragma once

#include <string>

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class binance_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.binance.com"; }
  public_limit limit() const override { return {6'000, milliseconds(60'000)}; }
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
  std::unique_ptr<stream_reader> reader() const override;
  std::string snapshot_target(const std::string& symbol, bool deep) const override;
  result<feed_update> read_snapshot(const std::string& symbol,
                                    std::string_view body) const override;
};

}  // namespace pitwall
