// Job: what the exchange knows of its orders, trades and balances: a state that changes by events
//      alone, so that applying the recorded events again gives the same state.
// Threads: one owner. Errors of apply(): data_loss, an event that does not fit; the state is then
//      not to be used. Bounds: the open orders, which the matching bounds; of ended ones and of
//      trades the last `kept_orders` and `kept_trades`.
// Tests: tests/net/exchange_floor_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "net/exchange/order_rules.hpp"
#include "runtime/base/result.hpp"

namespace pitwall::sim {

using matching::order_id;
using trade_id = std::uint64_t;

enum class order_status : std::uint8_t {
  fresh,  ///< NEW
  partially_filled,
  filled,
  canceled,
  expired,
  expired_in_match  ///< Ended by self-trade prevention.
};
/// "NEW", "PARTIALLY_FILLED", ...
std::string_view to_string(order_status s) noexcept;
constexpr bool is_open(order_status s) noexcept {
  return s == order_status::fresh || s == order_status::partially_filled;
}

struct asset_opened {
  std::string asset;
  decimal amount;
  friend bool operator==(const asset_opened&, const asset_opened&) = default;
};
struct order_accepted {
  order_id id = 0;
  std::string client_id, symbol;
  matching::side way = matching::side::buy;
  order_kind kind = order_kind::limit;
  lifetime lasts = lifetime::gtc;
  bool meets_own = false;
  decimal quantity, price;
  std::int64_t time_ms = 0;
  friend bool operator==(const order_accepted&, const order_accepted&) = default;
};
/// One order's part of a trade. Where two orders here meet, both parts bear the same trade id.
struct order_traded {
  order_id id = 0;
  trade_id trade = 0;
  decimal price, quantity, fee;
  bool maker = false;
  std::int64_t time_ms = 0;
  std::string fee_asset{};  ///< Empty: the quote asset.
  friend bool operator==(const order_traded&, const order_traded&) = default;
};
struct order_ended {
  order_id id = 0;
  order_status status = order_status::canceled;  ///< Not filled: fills say that.
  std::int64_t time_ms = 0;
  std::string canceled_by{};  ///< The cancel's own client id.
  friend bool operator==(const order_ended&, const order_ended&) = default;
};

struct order_record {
  order_accepted as;
  order_status status = order_status::fresh;
  decimal executed, notional;
  std::int64_t updated_ms = 0;
  std::vector<trade_id> trades;
  friend bool operator==(const order_record&, const order_record&) = default;
};

struct trade_record {
  order_traded part;
  std::string symbol;
  matching::side way = matching::side::buy;
  friend bool operator==(const trade_record&, const trade_record&) = default;
};

/// Begins a snapshot, which stands for all events before it: what is owned, the orders and the
/// trades that are kept follow.
struct book_kept {
  order_id last_order = 0;
  trade_id last_trade = 0;
  std::int64_t last_time_ms = 0;
  friend bool operator==(const book_kept&, const book_kept&) = default;
};
using book_event = std::variant<asset_opened, order_accepted, order_traded, order_ended, book_kept,
                                order_record, trade_record>;

class records {
 public:
  explicit records(std::size_t kept_orders = 100'000, std::size_t kept_trades = 200'000)
      : kept_orders_(kept_orders), kept_trades_(kept_trades) {}

  status apply(const book_event& e);
  /// Calls `each` with events that give these records to fresh ones: a book_kept, and its rest.
  void tell(const std::function<void(const book_event&)>& each) const;

  const order_record* find(order_id id) const;
  /// The last order of that id.
  const order_record* find(std::string_view client_id) const;
  /// Oldest first; `symbol` empty: of all.
  std::vector<const order_record*> open_orders(std::string_view symbol) const;
  /// Those that are kept and that `wanted` takes, oldest first.
  std::vector<const order_record*> orders_of(
      std::string_view symbol, const std::function<bool(const order_record&)>& wanted) const;
  std::size_t open_count(std::string_view symbol) const;
  /// Every part of every trade, oldest first.
  const std::deque<trade_record>& trades() const noexcept { return trades_; }
  /// The order's trades that are still kept.
  std::vector<const trade_record*> trades_of(const order_record& o) const;
  /// Asset -> what is owned, free or held.
  const std::map<std::string, decimal>& balances() const noexcept { return balances_; }
  order_id last_order() const noexcept { return last_order_; }
  trade_id last_trade() const noexcept { return last_trade_; }
  std::int64_t last_time_ms() const noexcept { return last_time_ms_; }

 private:
  status take(const asset_opened& e);
  status take(const order_accepted& e);
  status take(const order_traded& e);
  status take(const order_ended& e);
  status take(const book_kept& e);
  status take(const order_record& o);
  status take(const trade_record& t);
  void close(order_record& o);
  void forget_oldest();

  std::size_t kept_orders_, kept_trades_;
  std::map<order_id, order_record> orders_;
  std::map<order_id, const order_record*> open_;
  std::unordered_map<std::string, order_id> by_client_id_;
  std::deque<order_id> ended_;
  std::deque<trade_record> trades_;
  std::map<std::string, decimal> balances_;
  order_id last_order_ = 0;
  trade_id last_trade_ = 0;
  std::int64_t last_time_ms_ = 0;
};

}  // namespace pitwall::sim
