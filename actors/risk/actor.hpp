// Job: the risk actor (protocol.hpp): the one owner of portfolio, open orders and limits.
// Owns: positions and P&L from committed fills, what open orders hold, order counts from committed
//      intents. It marks open positions at their venue's price before it answers for them.
// Decides: runtime/risk/pre_trade.hpp, for the host and the order's bot.
// Errors: where a position cannot be marked there are no figures: who depends on them does not
//      trade. Durable: a snapshot now and then, and at the end; restore() takes it, the events
//      after it from the journal, and the prices that were booked between them (valuations.hpp).
//      Bounds: a start replays about snapshot_events.
// Time: a price is as old as its venue says. Those older than max_price_age (a setting) are asked
//      for before an order is judged by them, and do not count if they stay so; with `look_every`,
//      while something is held, all of them are asked for every so often. A price from before the
//      start says nothing of today: what rests on it is not known until the venue was asked once.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/resident.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/services.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/risk/books.hpp"
#include "runtime/risk/pre_trade.hpp"
#include "runtime/risk/recent_orders.hpp"
#include "runtime/risk/valuations.hpp"

namespace pitwall {

/// The books with the events up to `seq` in them.
struct books_as_of {
  risk_books books;
  std::uint64_t seq = 0;
  std::optional<error> broken{};    ///< Some of it could not be booked: no figure is right.
  std::vector<valuation> valued{};  ///< Since the snapshot.
};

struct risk_options {
  books_as_of restored;
  venue_directory venues;
  std::shared_ptr<const wall_clock> clock;
  risk_settings settings{};
  std::shared_ptr<state_store> snapshots{};  ///< Null: none are taken.
  std::shared_ptr<const order_gate> gate{};
  journal_writer_actor writer{};                  ///< For warnings; null: none are journaled.
  std::function<void(emergency_command)> halt{};  ///< Any thread; must not block.
  std::uint32_t term = 0;  ///< Of its permits (runtime/ports/order_gate.hpp).
};

class risk : public resident<risk_actor> {
 public:
  static constexpr std::uint64_t snapshot_events = 50'000;

  /// The books as of the journal's head. Errors: those of reading; data_loss where the snapshot
  /// is damaged and the journal does not reach back to the first event; failed_precondition, they
  /// were kept in another currency. A fill that cannot be booked is `broken`, and no error.
  static result<books_as_of> restore(const journal& from, const state_store& snapshots,
                                     const std::string& currency = risk_settings{}.currency);

  /// The seq up to which the stored snapshot stands for the events; 0 where there is none. Those
  /// after it are needed by the next start.
  static result<std::uint64_t> stands_for(const state_store& snapshots);

  risk(caf::actor_config& cfg, risk_options options);

  const char* name() const override { return "risk"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  using place = portfolio::place;
  /// Someone who waits for prices.
  struct waiting {
    caf::strong_actor_ptr client;
    std::variant<ask_figures, reserve_order> asked;
    std::set<place> missing{};
    wire_error failure{};
  };
  /// The host (without an id) or a bot, as it stands.
  struct standing {
    profit_and_loss pnl;
    decimal today, equity, peak;
  };
  using places = std::vector<place>;

  // Books and prices (actor.cpp).
  void take(const committed& commit);
  void store_snapshot();
  void wait_for(waiting who, const places& wanted, bool even_if_young);
  void ask_price(const place& where);
  /// What waits for the price of this place is realized, if that is young.
  void value_at(const place& where);
  void value_all();
  void store_valuations();
  void marked(const price_marked& message);
  /// False: the latest price is too old to count.
  bool take_price(const place& where, decimal price, timestamp observed_at);
  error no_young_price(const place& where) const;
  void answer(waiting& who);
  bool is_young(const place& where, timestamp now) const;
  bool all_young(const places& of, timestamp now) const;
  result<standing> stand(const std::string* bot_id, timestamp now) const;
  /// Those whose prices are from before the start.
  places unseen_since_start(const std::string* bot_id) const;
  /// The position that a question is about; without a venue or symbol, the only one that fits.
  place place_of(const ask_figures& asked) const;
  result<figures> compute(const ask_figures& asked);

  // Orders (orders.cpp).
  void forget_question(const std::string& client_order_id);
  void reserve(reserve_order& message);
  void judge(const caf::strong_actor_ptr& client, const reserve_order& message);
  /// Nothing: it may leave.
  std::optional<refusal> check(const reserve_order& message, timestamp now);
  std::optional<refusal> check_scope(const reserve_order& message, const std::string* bot_id,
                                     timestamp now);
  const risk_limits& limits_of(const std::string& bot_id) const;
  const risk_limits& limits_of(const std::string* bot_id) const {
    return bot_id != nullptr ? limits_of(*bot_id) : options_.settings.limits;
  }
  /// What the quote asset of a symbol there is worth; nothing: there is no young price of it.
  std::optional<decimal> rate_at(const place& where, timestamp now) const;
  bool take_limits(const change_limits& message);

  // Alarms and views (watch.cpp).
  void watch(const std::set<std::string>& bots);
  void watch_scope(const std::string* bot_id, timestamp now);
  void ask_once(const places& all);
  /// What is open, by limits that have changed.
  void judge_all();
  /// What goes up with an order, before it does and after.
  void watch_levels(const reserve_order& message, timestamp now);
  void watch_levels(const std::string* bot_id, const place& where, timestamp now);
  void raise(const std::string& scope, const limit_alarm& alarm, const std::optional<standing>& s);
  /// An order was refused for a limit.
  void exceeded(const std::string* bot_id, const refusal& refused, timestamp now);
  void cannot_see(const std::string& why);
  void look();
  std::chrono::milliseconds look_wait() const;
  void look_again();
  /// All that was asked for is answered, or was for long enough.
  void judge_prices();
  value view();
  value view_of(const std::string* bot_id, timestamp now);

  // Profit and loss by who or what made it (groups.cpp).
  value profit_of(const portfolio& book, const std::string& id, timestamp now) const;
  value profit_by(const portfolio& book, timestamp now) const;
  value profit_view(timestamp now) const;

  risk_options options_;
  risk_books books_;
  recent_orders lately_;
  std::uint64_t seq_ = 0;                    ///< All up to it is in the books.
  std::uint64_t stored_at_ = 0;              ///< The seq of the last snapshot.
  std::map<place, timestamp> marked_at_;     ///< When the latest price was true.
  std::map<place, timestamp> wanted_since_;  ///< What figures rest on, as looks found it.
  std::set<place> asked_;                    ///< Places that a venue is being asked about.
  std::set<place> asked_once_;               ///< Since the start, as figures needed them.
  std::vector<valuation> valued_;            ///< Since the last snapshot.
  std::optional<error> broken_;              ///< A fill could not be booked: no figure is right.
  std::map<std::uint64_t, waiting> waiting_;
  std::uint64_t last_waiting_ = 0;
  std::map<std::string, limit_watch> watches_;  ///< By scope, and by scope and place.
  std::set<place> looking_;                     ///< What the present look still waits for.
  std::chrono::milliseconds looked_for_{0};     ///< How long.
  std::set<std::string> unwatched_;             ///< Bots whose figures wait for a price.
  bool blind_ = false;
  bool taking_ = false;  ///< Part of a commit is in: who dies now leaves no snapshot.
};

}  // namespace pitwall
