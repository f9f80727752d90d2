// Job: public market data of Coinbase.
// Document: Coinbase Developer Platform, "Advanced Trade API": REST "Get Public Product Book" and
//      "Get Public Market Trades", WebSocket "Channels" (level2, heartbeats);
//      https://docs.cdp.coinbase.com/api-reference/advanced-trade-api, as of May 2026.
// Symbols: BTC-USD. The stream tells of a -USDC product under the name of its -USD product (they
//      share a book), so it is not asked for one: its prices come by REST. USDT-USDC and EURC-USDC
//      have books of their own.
// Limit: 10 requests a second for an address ("Advanced Trade API Rate Limits", public).
// Quirks: public answers are cached for a second there, unless the request forbids it, as ours
//      do. sequence_num counts all messages of a connection, whatever their channel. An error names
//      no product: it is about the request before, which is answered by "subscriptions" otherwise.
// Tests: tests/net/market_dialects_test.cpp, tests/net/market_streams_test.cpp
#pragma once

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class coinbase_dialect final : public market_dialect {
 public:
  result<std::string> wire_symbol(std::string_view house) const override;
  std::string rest_url() const override { return "https://api.coinbase.com"; }
  std::string rest_headers() const override { return "Cache-Control: no-cache\r\n"; }
  public_limit limit() const override { return {10, milliseconds(1'000)}; }
  std::vector<market_question> ask(const std::string& symbol, bool price, bool book,
                                   unsigned depth) const override;
  status read(const market_question& asked, std::string_view body,
              market_reading& into) const override;
  error refusal(unsigned status, std::string_view body, std::string_view retry_after,
                timestamp now) const override;

  stream_traits stream() const override;
  bool streams(const std::string& symbol) const override;
  result<stream_opening> open(const std::vector<std::string>& symbols,
                              timestamp now) const override;
  std::vector<std::string> subscribe(const std::vector<std::string>& symbols) const override;
  std::unique_ptr<stream_reader> reader() const override;
};

}  // namespace pitwall
