// Job: the exchange without its sockets: matching, and the records of what happened. Every change
//      is drafted as events; take_events() hands them over to be made durable before anyone is
//      told of them.
// Time: given, in calls; a clock that goes back stands still here.
// Threads: one owner. Errors: refusals change nothing; data_loss from restore().
// Bounds: those of the records and of matching; an order with max_trades trades expires.
// Durable: nothing by itself; restore() applies the events of earlier processes. While no process
//      ran, prices moved nothing.
// Tests: tests/net/exchange_floor_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/records.hpp"
#include "runtime/matching/exchange.hpp"

namespace pitwall::sim {

struct floor_options {
  std::vector<symbol_rules> symbols;
  matching::price_options prices;  ///< Its tick and quantity_step are set from the first symbol's.
  /// What the account owns at its first start; assets that are not listed start with the amounts
  /// below.
  std::vector<std::pair<std::string, decimal>> balances;
  decimal quote_balance = 1'000'000, base_balance = 100;
  std::size_t max_trades = 10'000;
  std::string fee_asset{};  ///< As matching::exchange_options has it.
};

class trading_floor {
 public:
  explicit trading_floor(floor_options options);

  /// Once, before anything else, also without earlier events: opens what is new.
  status restore(std::span<const book_event> earlier, timestamp now);

  /// Brings every symbol to `now`; all the other calls do so first.
  void advance(timestamp now);
  verdict place(const order_ticket& ticket, timestamp now, const order_record*& out);
  /// Null where the order is not open. `name`: the cancel's own client id.
  const order_record* cancel(order_id id, std::string name, timestamp now);
  /// `seen` hears of every event right after the records have taken it, before it is durable.
  void watch(std::function<void(const book_event&)> seen) { seen_ = std::move(seen); }

  const symbol_rules* rules(std::string_view symbol) const noexcept;
  const std::vector<symbol_rules>& symbols() const noexcept { return options_.symbols; }
  const records& book() const noexcept { return records_; }
  const std::vector<matching::ledger::balance>& balances() const noexcept {
    return exchange_->account().balances();
  }
  /// Quotes of the simulated market with the orders that rest, best first.
  struct depth {
    std::vector<matching::level> bids, asks;
  };
  depth look(const symbol_rules& r) const;

  bool has_events() const noexcept { return !drafted_.empty(); }
  std::vector<book_event> take_events() { return std::exchange(drafted_, {}); }

 private:
  void draft(book_event e);
  void absorb(timestamp now);
  const matching::market& market_of(const std::string& symbol) const;
  std::string name_for(order_id id) const;
  verdict check(const order_ticket& t, const std::string& name) const;
  void open_assets();
  static matching::new_order to_matching(const order_accepted& o, decimal quantity);

  floor_options options_;
  records records_;
  std::unique_ptr<matching::exchange> exchange_;
  std::vector<const matching::market*> markets_;  ///< By symbol, as in the options.
  std::vector<book_event> drafted_;
  std::function<void(const book_event&)> seen_;
  std::vector<matching::settled_fill> fills_;  // scratch
  timestamp now_;
};

}  // namespace pitwall::sim
