// Job: public market data of Luno.
// Document: "Luno API", Market: "Get ticker for currency pair", "Get top orderbook", and
//      Rate-Limiting; https://www.luno.com/en/developers/api, as of May 2026.
// Symbols: XBTZAR; BTC is XBT there.
// Status: only the ticker tells of it; so a price with a book takes both requests.
// Limit: market data once a second for an address.
// Streams: Luno's demand an API key; there is none here.
// Tests: tests/net/market_dialects_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class luno_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.luno.com"; }
  public_limit limit() const override { return {1, milliseconds(1'000)}; }
  std::vector<market_question> ask(const std::string& symbol, bool price, bool book,
                                   unsigned depth) const override;
  status read(const market_question& asked, std::string_view body,
              market_reading& into) const override;
  error refusal(unsigned status, std::string_view body, std::string_view retry_after,
                timestamp now) const override;

  result<stream_opening> open(const std::vector<std::string>& symbols,
                              timestamp now) const override;
  std::vector<std::string> subscribe(const std::vector<std::string>&) const override { return {}; }
  std::unique_ptr<stream_reader> reader() const override { return nullptr; }
};

}  // namespace pitwall
