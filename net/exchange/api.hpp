// Job: the REST API of the exchange: one request in, one answer out, by the Binance Spot
//      conventions (docs/exchange.md).
// Threads: one owner. Errors: refusals, as the real exchange words them; 404 for what is not
//      there. Tests: tests/process/exchange_test.cpp
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/exchange/book_feed.hpp"
#include "net/exchange/faults.hpp"
#include "net/exchange/listen_keys.hpp"
#include "net/exchange/rate_limits.hpp"
#include "net/exchange/trading_floor.hpp"
#include "net/server/message.hpp"
#include "net/signature.hpp"

namespace pitwall::sim {

struct api_options {
  std::optional<api_key> key;  ///< None: private requests need no signature.
  rate_options rates;
  fault_settings faults;
};

class api {
 public:
  api(trading_floor& floor, api_options options);
  /// Once the floor is restored.
  void start(timestamp now);

  struct answer {
    http::reply reply;
    milliseconds latency{0};
  };
  /// `arrived`: the exchange's clock when the request was there.
  answer serve(const http::request& asked, timestamp arrived);

  /// A request for a WebSocket meets the faults of any other: the refusal, or the cut.
  std::optional<http::reply> meet_stream();
  static http::reply refused(const refusal& r);

  market_view& market() noexcept { return view_; }
  const listen_keys& keys() const noexcept { return keys_; }
  fault_die& die() noexcept { return die_; }

  struct call;
  struct route;

 private:
  using outcome = std::variant<value, refusal>;

  http::reply serve_route(const route& r, call& c, bool drop_answer);
  http::reply serve_faults(const http::request& asked);

  // api_market.cpp
  outcome time(const call& c);
  outcome ping(const call& c);
  outcome exchange_info(const call& c);
  outcome book_ticker(const call& c);
  outcome depth(const call& c);
  outcome klines(const call& c);
  // api_tape.cpp
  outcome trades(const call& c);
  outcome gathered_trades(const call& c);
  outcome day_ticker(const call& c);
  outcome price_ticker(const call& c);
  outcome by_symbol(const parameters& p,
                    const std::function<value(const symbol_rules& r)>& view) const;
  verdict read_symbols(const parameters& p, std::vector<const symbol_rules*>& out) const;
  // api_orders.cpp
  outcome account(const call& c);
  outcome place(const call& c);
  outcome test_order(const call& c);
  outcome find(const call& c);
  outcome cancel(const call& c);
  outcome open_orders(const call& c);
  outcome all_orders(const call& c);
  outcome cancel_all(const call& c);
  outcome my_trades(const call& c);
  // api_user_stream.cpp
  outcome open_stream(const call& c);
  outcome keep_stream(const call& c);
  outcome close_stream(const call& c);
  verdict read_symbol(const parameters& p, const symbol_rules*& out) const;
  verdict read_order_id(const call& c, const refusal& unknown, const order_record*& out) const;
  value canceled(const order_record& o, const std::string& named, std::int64_t now_ms) const;

  static const std::vector<route>& routes();

  trading_floor& floor_;
  const api_options options_;
  rate_limits rates_;
  fault_die die_;
  market_view view_;
  listen_keys keys_;
};

struct api::call {
  parameters p;
  timestamp now;
  std::int64_t now_ms = 0;
};

struct api::route {
  std::string_view method, path;
  std::uint64_t weight;
  enum class access : std::uint8_t { open, key, signature } needs;
  bool places_order;
  outcome (api::*run)(const call& c);
};

}  // namespace pitwall::sim
