// Job: positions, average entry prices, profit and loss and order counts, from fills: pure
//      bookkeeping. Method: average cost. A fill that enlarges a position moves its average entry;
//      one that reduces it realizes the difference to the average; one that crosses zero does
//      both. Fees reduce what is realized; one in the base asset also what is held.
// Currency: figures are in one, that of the account, and nothing of another asset is added to them
//      as if it were that. What is realized, or paid as a fee, in another one waits for the first
//      price of it (value_at), and until then there are no figures; open positions are converted
//      at the latest price of their quote asset.
// Peak: the highest profit right after a fill, at the prices of fills, and at what value_at() said
//      of other assets since: no price that is in no record raises it.
// Money: decimals; what does not fit is an error, and the state is then as before.
// Time: given. Days are UTC days of the fills; each keeps its own figures, so that a clock that is
//      set back, or was ahead for a while, takes none from the day that it returns to.
// Bounds: the last few days a bot traded on. Threads: one owner.
// Durable: nothing itself: rebuilt exactly from the journaled fills and what was valued between
//      them (valuations.hpp), or from a snapshot and those after it.
// Tests: tests/risk/portfolio_test.cpp, tests/risk/valuations_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

struct portfolio_fill {
  std::string bot_id, venue, symbol;
  bool buy = true;
  decimal price, quantity;  ///< > 0
  decimal fee;
  timestamp at;
  std::string strategy_id{};
  std::string fee_asset{};  ///< Empty: the quote asset.
};

struct position {
  decimal quantity;       ///< Signed: negative is short.
  decimal average_entry;  ///< 0 without a position.
  friend bool operator==(const position&, const position&) = default;
};

/// Of one bot, in the account's currency.
struct profit_and_loss {
  decimal realized_total, realized_today, unrealized;
  decimal peak_total;  ///< Highest realized and unrealized together after any fill; at least 0.
  friend bool operator==(const profit_and_loss&, const profit_and_loss&) = default;
};

class portfolio {
 public:
  using place = std::pair<std::string, std::string>;  ///< venue, symbol

  explicit portfolio(std::string currency);
  portfolio() : portfolio("USDT") {}

  /// Where the price of an asset in the account's currency is known; nothing: it is that.
  static std::optional<place> rate_place(const std::string& venue, const std::string& asset,
                                         const std::string& currency);

  status apply(const portfolio_fill& fill);
  void count_order(const std::string& bot_id, timestamp at);
  /// The latest price of a symbol, for what is not realized. Every fill is one, too.
  void mark(const std::string& venue, const std::string& symbol, decimal price);
  /// What waits for the price of this place is realized at it, on the days it belongs to. Errors:
  /// out_of_range; nothing of that account has changed then. Again without a fill in between it
  /// changes nothing.
  status value_at(const place& where, decimal price);
  /// What value_at() is waited for, by figures or by the peak alone.
  std::set<place> unvalued() const;

  /// All of it, for from_snapshot(): the same answers to every question. Errors: data_loss.
  value snapshot() const;
  static result<portfolio> from_snapshot(const value& v, std::string currency = "USDT");

  /// Of a mark or a fill, whichever came last; nothing: there was none.
  std::optional<decimal> last_price(const std::string& venue, const std::string& symbol) const;
  /// Every bot that ever ordered or held something, in the order of their ids.
  void each(const std::function<void(const std::string& bot_id)>& take) const;
  position position_of(const std::string& bot_id, const std::string& venue,
                       const std::string& symbol) const;
  /// Where the bot holds something.
  std::vector<place> open_places(const std::string& bot_id) const;
  /// All whose prices its profit rests on: where it holds something, and where what it holds or
  /// made is worth something in the account's currency.
  std::vector<place> priced_places(const std::string& bot_id) const;
  /// Orders since 00:00 UTC of `now`.
  std::int64_t orders_today(const std::string& bot_id, timestamp now) const;
  /// Errors: unavailable, a price is not known; out_of_range.
  result<profit_and_loss> profit(const std::string& bot_id, timestamp now) const;

 private:
  struct daily {
    std::chrono::sys_days day{};
    decimal realized;
    std::int64_t orders = 0;
  };
  struct account {
    std::map<place, position> positions;
    decimal realized;
    decimal peak;
    std::vector<daily> days;  ///< The one touched last is the last.
    /// Realized in another asset, by the place of its price and by day. Nothing of it (0): the
    /// peak after the latest fill waits for that price.
    std::map<place, std::map<std::chrono::sys_days, decimal>> unvalued{};
  };
  /// What a fill makes of an account.
  struct booked {
    position held;
    decimal realized;  ///< In the account's currency.
    std::vector<std::pair<place, decimal>> elsewhere;
  };

  /// The figures of that day so far.
  static daily on_day(const account& a, timestamp at);
  static void keep(account& a, const daily& figures);
  using prices = std::map<place, decimal>;
  result<booked> book(const position& held, const portfolio_fill& fill) const;
  result<decimal> unrealized(const account& a, const prices& at, const prices& rates) const;
  /// The peak of before the fill is not waited for any more, that of after it is.
  void expect_rates(account& a, std::chrono::sys_days day) const;
  static bool counts(const std::map<std::chrono::sys_days, decimal>& waiting);
  /// What cannot be computed raises none; profit() reports it.
  void raise_peak(account& a) const;
  static status realize(account& a, std::chrono::sys_days day, decimal amount);

  std::string currency_;
  std::map<std::string, account> accounts_;
  prices marks_;
  prices fill_prices_;  ///< Of fills alone: peaks are what the journal makes them.
  prices rates_;        ///< Of value_at() alone, for the same reason.
};

}  // namespace pitwall
