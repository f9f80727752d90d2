// Job: a venue in process: simulated prices, a real order book, one account. For development,
//      tests, benchmarks, and as the engine of the paper exchange.
// Market: price_feed is the mid price, orderbook the simulated quotes of the step (100 ms),
//      without one's own resting orders; balance what is free of each asset, positions what was
//      bought minus sold per symbol. Orders do not use the quotes up
//      (runtime/matching/order_book.hpp).
// Orders: executed within submit(). A limit order that does not trade at once rests; what happens
//      to it is found out at the next call of any kind in a later step, and told to on_report().
//      Two threads may deliver two reports of an order in either order: a report holds all fills
//      so far, so the one with more is the newer. Cancels are answered, not reported.
// Rejections (code): halted, duplicate_order, invalid_order_id, unknown_symbol, invalid_amount,
//      invalid_price, insufficient_balance, too_many_open_orders, rejected_on_demand. Nothing of a
//      rejected order is kept: its id may be used again. Ended unfilled or in part (canceled):
//      no_liquidity, not_fillable (FOK), self_trade, too_many_fills.
// Threads: any; one mutex, never held while a completion or listener runs. Completions run before
//      the call returns, unless deferred.
// Bounds: an id is known (to query(), and as a duplicate) while its order is open, and after that
//      until `remembered_orders` others have ended.
// Durable: nothing; a restart starts from the options. Tests: tests/net/paper_venue_test.cpp
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/venues/paper_orders.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/matching/exchange.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

struct paper_options {
  std::string name = "paper";
  std::uint64_t seed = 1;
  /// Starting balances. Assets that are not listed start, when a symbol first needs them, with the
  /// amounts below. From 0 to 1e15 each.
  std::vector<std::pair<std::string, decimal>> balances;
  decimal quote_balance = 1'000'000, base_balance = 100;
  decimal fee_rate = decimal::from_raw(decimal::one_raw / 1'000);  ///< In the quote asset.
  decimal quantity_step = decimal::from_raw(decimal::one_raw / 100'000'000);
  decimal price_tick = decimal::from_raw(decimal::one_raw / 100);
  unsigned levels = 10;                  ///< Per side.
  decimal level_notional = 100'000;      ///< About what the first level is worth.
  decimal spread_bps = 2;                ///< In 1/10,000 of the price.
  std::int64_t volatility_ppb = 40'000;  ///< Per step, in 1e-9 of the price; 0: prices stand still.
  std::vector<std::pair<std::string, decimal>>
      base_prices;                  ///< Symbol -> price; others: a default.
  bool prevent_self_trade = false;  ///< Between orders of one bot.
  std::size_t max_symbols = 1'024, max_open_orders = 10'000, remembered_orders = 16'384;
};

/// Faults on demand, for tests and demonstrations.
struct paper_faults {
  bool fail_fetches = false;  ///< fetch_market: unavailable.
  bool reject_all = false;    ///< submit: rejected_on_demand.
  /// submit: the order is executed, but reported in doubt; query() knows the truth.
  bool drop_answers_after_accept = false;
  bool stale_prices = false;  ///< observed_at and prices stand still.
};

class paper_venue final : public venue {
 public:
  /// How many fills an order may collect; at this many the rest is cancelled.
  static constexpr std::size_t max_fills = 1'000;

  paper_venue(paper_options options, std::shared_ptr<const order_gate> gate,
              std::shared_ptr<const wall_clock> clock);

  const std::string& name() const noexcept override { return name_; }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override;
  void submit(const std::string& client_order_id, const order_request& order,
              const order_permit& permit, std::function<void(order_report)> then) override;
  /// Orders execute within submit(): an id that is not known was never accepted.
  void query(const std::string& client_order_id, const order_request& order,
             completion<order_report> then) override;
  /// The symbol of the request restricts it; its venue does not.
  void cancel(const cancel_request& request, const std::vector<std::string>& client_order_ids,
              completion<cancel_report> then) override;
  std::vector<std::string> unanswered() const override;
  decimal quantity_step(const std::string& symbol) const override;
  void on_report(std::function<void(order_report)> listener) override;
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override;

  void set_faults(paper_faults faults);
  /// From now on all completions and reports wait for flush(); a fetch until it is cancelled.
  void set_deferred(bool on);
  /// From now on the completions of submit(), and reports, wait for flush().
  void set_deferred_submits(bool on);
  /// Calls the completions that are queued now and were not cancelled, in their order, and returns
  /// how many.
  std::size_t flush();

 private:
  using entry = paper_orders::entry;
  using listener = std::function<void(order_report)>;
  /// Collected under the mutex, told after it.
  struct news {
    std::shared_ptr<const listener> to;
    std::vector<order_report> reports;
  };
  struct queued {
    std::string client_order_id;  ///< Of a submission.
    std::function<void()> call;
    std::shared_ptr<const std::atomic<bool>> ended;  ///< True: called already. Null: it cannot be.
  };
  /// What does not change within a step.
  struct quoted {
    std::int64_t step = 0;
    const matching::market* market = nullptr;
    value price, book;
  };

  void advance(timestamp now);
  quoted* quote(const std::string& symbol, timestamp now);
  result<market_data> market(const market_request& request);
  void refresh_account();
  order_report execute(const std::string& client_order_id, const order_request& order,
                       const order_permit& permit, timestamp now);
  order_report record(const std::string& client_order_id, const order_request& order,
                      matching::order_id id, const matching::placement& placed, timestamp now);
  void absorb_fills(timestamp now);
  void limit_fills(entry& e);
  news take_news();
  struct answering {
    bool hold;                      ///< Queue it for flush().
    const std::string* submission;  ///< The id where this answers an order that left.
    std::shared_ptr<const std::atomic<bool>> ended = nullptr;  ///< As of what is queued.
  };
  template <class Call>
  void answer(std::unique_lock<std::mutex> lock, news told, answering how, Call call);

  const std::string name_;
  const std::shared_ptr<const order_gate> gate_;
  const std::shared_ptr<const wall_clock> clock_;

  mutable std::mutex mutex_;  // guards all below
  matching::exchange exchange_;
  paper_orders orders_;
  matching::order_id last_id_ = 0;
  std::int64_t advanced_to_ = 0;
  std::unordered_map<std::string, quoted> quoted_;
  value balance_, positions_;
  std::uint64_t account_version_ = ~std::uint64_t{0};
  std::size_t account_markets_ = 0;
  paper_faults faults_;
  bool deferred_ = false, deferred_submits_ = false;
  timestamp frozen_at_{};
  std::shared_ptr<const listener> listener_;
  std::vector<matching::settled_fill> fills_;       // scratch
  std::vector<entry*> changed_;                     // with fills that are not told yet
  std::vector<const std::string*> being_answered_;  // executed; the completion runs
  std::deque<queued> queue_;
};

}  // namespace pitwall
