// Job: public market data of Kalshi, a prediction market.
// Document: Kalshi API "Get Market", "Get Market Orderbook", "Orderbook Responses", "Rate Limits
// and
//      Tiers"; https://docs.kalshi.com, as of May 2026.
// Symbols: a market's ticker, as Kalshi writes it: KXHIGHNY-24JAN01-T60.
// Units: prices are those of YES in dollars, between 0 and 1: the probability that the market
//      gives it. Quantities are contracts.
// Quirks: a book has bids alone. A bid for NO at 0.56 is an ask for YES at 0.44, and so it is
// shown.
//      A side without a bid is quoted as 0 or 1: no quote.
// Status: only the market tells of it, and a paused one keeps its book; so a price with a book
//      takes both requests. No answer tells its time; the price is that of the book.
// Limit: 200 tokens a second at 10 a request, of the lowest tier; none is published for requests
//      without a key. 429 comes without Retry-After.
// Streams: Kalshi's demand an API key, of public data as well ("WebSocket Connection", as of
// November
//      2026); there is none here.
// Tests: tests/net/market_dialects_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class kalshi_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.elections.kalshi.com"; }
  public_limit limit() const override { return {20, milliseconds(1'000)}; }
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
