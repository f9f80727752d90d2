// Job: public market data of Kraken's spot markets.
// Document: Kraken API Center, Spot REST "Get Ticker Information", "Get Order Book", and WebSocket
//      v2 "Book (Level 2)", "Book checksum (WebSocket v2)"; https://docs.kraken.com/api, as of May
//      2026.
// Symbols: BTC/USD, as the stream writes it. REST wants XBTUSD: BTC is XBT there, and DOGE is XDG.
// Limit: a request a second for an address and pair is said to be safe ("What are the API rate
//      limits?", public endpoints); counted for the address.
// Quirks: refusals come with status 200. The stream has no numbers but a CRC-32 over the ten best
//      levels of both sides, made of the digits as they were sent. 10 levels a side; what falls out
//      of them is to be forgotten.
// Tests: tests/net/market_dialects_test.cpp, tests/net/market_streams_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class kraken_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.kraken.com"; }
  public_limit limit() const override { return {1, milliseconds(1'000)}; }
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
  std::uint32_t checksum(const book_levels& bids, const book_levels& asks) const override;
};

}  // namespace pitwall
