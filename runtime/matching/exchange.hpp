// Job: a small simulated exchange for one account: a market per symbol (price process and order
//      book), funds checked and held, fees taken. Pure: time is given; the same calls with the same
//      times give the same fills.
// Prices: constant within a step of 100 ms. Resting orders fill when the quotes cross them. After a
//      gap every step since is looked at, but at most the last max_steps_back: an order that was
//      crossed only before those stays open.
// Threads: one owner. Errors: an order is refused with a reason and changes nothing.
// Bounds: max_symbols markets, max_open_orders resting orders; per call the work of max_steps_back
//      steps for each symbol with resting orders.
// Tests: tests/matching/exchange_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/matching/ledger.hpp"
#include "runtime/matching/order_book.hpp"
#include "runtime/matching/price_process.hpp"

namespace pitwall::matching {

struct exchange_options {
  price_options prices;  ///< Its quantity_step is the step of order amounts.
  decimal fee_rate =
      decimal::from_raw(decimal::one_raw / 1'000);  ///< Of maker and taker, in quote.
  decimal fee_step = decimal::from_raw(1);          ///< Fees are rounded down to it.
  /// Empty: fees are paid in quote. "received": in what the order brings, the base asset of a buy.
  /// Else in this asset, at the mid price of its market in the same quote asset; where there is
  /// none, or not enough is owned, in quote.
  std::string fee_asset{};
  /// What the account owns at the start. Assets that are not listed start, when a symbol first
  /// needs them, with the amounts below. From 0 to 1e15 each.
  std::vector<std::pair<std::string, decimal>> balances;
  decimal quote_balance = 1'000'000, base_balance = 100;
  bool prevent_self_trade = false;
  std::size_t max_symbols = 1'024, max_open_orders = 10'000;
};

enum class refusal : std::uint8_t {
  none,
  unknown_symbol,  ///< Empty, longer than 64 bytes, or beyond max_symbols.
  invalid_amount,  ///< Not > 0, not a multiple of the step, or its value is beyond a decimal.
  invalid_price,
  insufficient_balance,
  too_many_open_orders
};
/// "none", "unknown_symbol", ...
std::string_view to_string(refusal r) noexcept;

/// One order's part of a trade, settled.
struct settled_fill {
  order_id order = 0;
  decimal price, quantity, fee, left;
  bool maker = false;
  std::string fee_asset{};  ///< Empty: the quote asset.
};

struct market {
  market(std::string name, const exchange_options& options);

  std::string symbol;
  asset_pair assets;
  ledger::asset_id base = 0, quote = 0;
  decimal position;  ///< Bought minus sold.
  price_process process;
  order_book book;
  market_step now;
};

class exchange {
 public:
  static constexpr std::int64_t max_steps_back = 600;

  explicit exchange(exchange_options options);

  /// Brings all symbols with resting orders to `now`; appends the fills on the way.
  void advance(timestamp now, std::vector<settled_fill>& fills);

  /// The market at `now`, opened at the first use; null where the symbol is refused. The pointer
  /// stays valid; its `now` moves with later calls.
  const market* look(const std::string& symbol, timestamp now, std::vector<settled_fill>& fills);

  struct answer {
    refusal refused = refusal::none;
    placement placed;
  };
  /// Refusals change nothing. The order's id must never have been used before.
  answer place(const std::string& symbol, const new_order& order, timestamp now,
               std::vector<settled_fill>& fills);
  /// False: it does not rest (any more).
  bool cancel(order_id id);
  /// What rested in an earlier process rests again, without a trade; prices move on from `now`.
  /// Before any other call, oldest order first, with balances that include what was held.
  /// data_loss: it cannot have rested beside the others.
  status restore(const std::string& symbol, const new_order& rest, timestamp now);

  /// Markets in the order of their first use.
  const std::vector<std::unique_ptr<market>>& markets() const noexcept { return markets_; }
  const ledger& account() const noexcept { return account_; }
  const exchange_options& options() const noexcept { return options_; }
  std::size_t open_orders() const noexcept { return open_.size(); }

 private:
  struct open_order {
    market* where;
    side way;
    decimal price, hold;
  };

  market* find(const std::string& symbol, timestamp now, std::vector<settled_fill>& fills);
  market* open(const std::string& symbol);
  void move_to(market& m, std::int64_t step, std::vector<settled_fill>& fills);
  void requote(market& m, std::int64_t step, std::vector<settled_fill>& fills);
  refusal check(const market& m, const new_order& order) const;
  result<decimal> with_fee(decimal notional) const;
  void settle(market& m, std::vector<settled_fill>& out);
  void settle_one(market& m, const fill& f, std::vector<settled_fill>& out);
  struct charge {
    decimal fee;
    ledger::asset_id asset = 0;
  };
  /// Of a fill of this size.
  charge charge_of(const market& m, const fill& f, decimal notional) const;
  void hold_rest(market& m, const new_order& order, decimal left);

  exchange_options options_;
  ledger account_;
  std::vector<std::unique_ptr<market>> markets_;
  std::unordered_map<std::string, market*> by_symbol_;
  std::unordered_map<order_id, open_order> open_;
  std::vector<fill> fills_;  // scratch, kept for its capacity
};

}  // namespace pitwall::matching
