// polymarket luno kalshi binance coinbase bybit kraken dydx paper: what a venue says now.
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

class provider final : public block {
 public:
  explicit provider(market_request request) : request_(std::move(request)) {}

  result<step> evaluate(const evaluation&) const override {
    if (!request_.price && !request_.balance && !request_.positions && !request_.book) {
      return step(outputs(nullptr, nullptr, nullptr, nullptr));
    }
    return step(request_);
  }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* m = std::get_if<market_data>(&a);
    if (m == nullptr) return wrong_answer("a provider", "market data");
    completion c = outputs(m->price_feed, m->balance, m->positions, m->orderbook);
    c.observed_at = m->observed_at;
    return c;
  }

 private:
  market_request request_;
};

status choose_endpoints(const property_reader& properties, const value& enabled,
                        market_request& request) {
  if (enabled.is_null()) return done{};
  if (!enabled.is_list()) {
    return properties.fault("enabled_endpoints", "must be a list, not " + shown(enabled));
  }
  request.price = request.balance = request.positions = request.book = false;
  for (const value& endpoint : enabled.as_list()) {
    const std::string name = endpoint.is_text() ? endpoint.as_text() : shown(endpoint);
    if (name == "price_feed") {
      request.price = true;
    } else if (name == "balance") {
      request.balance = true;
    } else if (name == "positions") {
      request.positions = true;
    } else if (name == "orderbook") {
      request.book = true;
    } else {
      return properties.fault("enabled_endpoints", "names the unknown endpoint '" + name + "'",
                              "use price_feed, balance, positions, orderbook");
    }
  }
  return done{};
}

result<block_ptr> make_provider(const block_config& config, const std::string& type,
                                const std::string& default_symbol) {
  const property_reader properties(config);
  market_request request;
  PITWALL_TRY(profile, properties.text("profile_id", ""));
  request.venue = profile.empty() ? type : profile;
  PITWALL_TRY(symbol, properties.text("symbol", default_symbol));
  request.symbol = symbol.empty() ? default_symbol : symbol;
  PITWALL_CHECK(choose_endpoints(properties, config.property("enabled_endpoints"), request));
  return built<provider>(std::move(request));
}

block_type provider_type(std::string name, std::string what, std::string symbol) {
  using namespace declare;
  block_type t;
  t.name = name;
  t.category = "providers";
  t.effect = effect_class::idempotent;
  t.summary = "Market and account data of " + what +
              ". Fetched anew in every execution; outputs that were not fetched are null.";
  t.outputs = {{"price_feed", port_kind::number, "Mid price of `symbol`."},
               {"balance", port_kind::object, "Free balance by asset."},
               {"positions", port_kind::any, "What the account holds."},
               {"orderbook", port_kind::object,
                "{bids: [[price, quantity]], asks: [[price, quantity]], time}, best first."}};
  t.properties = {
      optional("profile_id", port_kind::text,
               "Configured venue profile; null: the host's default venue for this type."),
      defaulted("symbol", port_kind::text, symbol, "What to quote, passed on as written."),
      optional("enabled_endpoints", port_kind::list,
               "Which outputs are fetched, of price_feed, balance, positions, orderbook; absent: "
               "all; an empty list: none.")};
  t.make = [name, symbol](const block_config& c) { return make_provider(c, name, symbol); };
  return t;
}

}  // namespace

std::vector<block_type> provider_types() {
  return {
      provider_type("polymarket", "Polymarket", "BTC-YES/USDC"),
      provider_type("luno", "Luno", "BTC/ZAR"),
      provider_type("kalshi", "Kalshi", "BTC-YES/USD"),
      provider_type("binance", "Binance", "BTC/USDT"),
      provider_type("coinbase", "Coinbase", "BTC/USD"),
      provider_type("bybit", "Bybit", "BTC/USDT"),
      provider_type("kraken", "Kraken", "BTC/USD"),
      provider_type("dydx", "dYdX", "BTC-USD"),
      provider_type("paper", "the paper exchange", "BTC/USDT"),
  };
}

}  // namespace pitwall::blocks
