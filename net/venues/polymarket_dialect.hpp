// Job: public market data of Polymarket, a prediction market.
// Document: Polymarket documentation, CLOB API "Orderbook", "Midpoint Price", WebSocket "Market
//      Channel", "Rate Limits"; https://docs.polymarket.com, as of May 2026.
// Symbols: the token id of an outcome, a number of up to 78 digits (CLOB token id). YES and NO of a
//      market are two tokens.
// Units: prices are in USDC, between 0 and 1: the probability that the market gives the outcome.
// Limit: 1,500 requests in 10 seconds for each of /book and /midpoint; counted together.
// Quirks: /book has told a liquid market's book as 0.01 to 0.99 while /midpoint was right, so with
//      a book both are asked for, and refused where they are over 0.05 apart. /midpoint alone
//      cannot be checked. Levels come in either order, prices may lack the zero before the point.
//      The stream has no numbers; its books are whole ones again at each trade. With each change it
//      says what the best levels are by now: what is better than those in a book is taken out, and
//      a book that lacks them has lost something. Not at once a loss: a trade's two ends come one
//      after the other. A change whose time is before that of the last one came too late: a loss.
//      The hash of a book is that of a text that is not sent, and shows nothing here.
// Tests: tests/net/market_dialects_test.cpp, tests/net/market_streams_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class polymarket_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://clob.polymarket.com"; }
  public_limit limit() const override { return {1'500, milliseconds(10'000)}; }
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
