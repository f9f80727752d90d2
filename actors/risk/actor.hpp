// Job: the risk actor (protocol.hpp): the one owner of the portfolio.
// Owns: positions and P&L from committed fills, order counts from committed intents, the peak of
//      each bot's equity. It marks open positions at their venue's price before it answers.
// Errors: where a position cannot be marked there are no figures: who depends on them does not
//      trade. Durable: a snapshot now and then, and at the end; restore() takes it and the events
//      after it from the journal. Bounds: a start replays about snapshot_events.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/resident.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/services.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/risk/portfolio.hpp"

namespace pitwall {

struct risk_limits {
  decimal daily_loss_limit = -500;
  decimal max_drawdown_percent = 20;
  decimal max_position_size = 10'000;
  decimal capital = 100'000;  ///< Equity before the first trade; the base of the drawdown.
};

/// A portfolio with the events up to `seq` in it.
struct portfolio_as_of {
  portfolio books;
  std::uint64_t seq = 0;
};

struct risk_options {
  portfolio_as_of restored;
  venue_directory venues;
  std::shared_ptr<const wall_clock> clock;
  risk_limits limits{};
  std::shared_ptr<state_store> snapshots{};  ///< Null: none are taken.
};

class risk : public resident<risk_actor> {
 public:
  static constexpr std::uint64_t snapshot_events = 50'000;

  /// The portfolio as of the journal's head. Errors: those of reading; data_loss where the snapshot
  /// is damaged and the journal does not reach back to the first event.
  static result<portfolio_as_of> restore(const journal& from, const state_store& snapshots);

  /// The seq up to which the stored snapshot stands for the events; 0 where there is none. Those
  /// after it are needed by the next start.
  static result<std::uint64_t> stands_for(const state_store& snapshots);

  risk(caf::actor_config& cfg, risk_options options);

  const char* name() const override { return "risk"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct open_question {
    caf::strong_actor_ptr client;
    ask_figures asked;
    std::size_t marks_missing = 0;
    wire_error failure;
  };

  void take(const committed& commit);
  void store_snapshot();
  void ask(const ask_figures& question);
  void ask_price(std::uint64_t question, const portfolio::place& where);
  /// The position that a question is about; without a venue or symbol, the only one that fits.
  portfolio::place place_of(const ask_figures& asked) const;
  void marked(const price_marked& message);
  void answer(const open_question& q);
  result<figures> compute(const ask_figures& asked);

  risk_options options_;
  portfolio portfolio_;
  std::uint64_t seq_ = 0;                 ///< All up to it is in the portfolio.
  std::uint64_t stored_at_ = 0;           ///< The seq of the last snapshot.
  std::map<std::string, decimal> peaks_;  ///< Of equity, by bot; seen since the start.
  bool taking_ = false;          ///< Part of a commit is in: who dies now leaves no snapshot.
  std::optional<error> broken_;  ///< A fill could not be booked: no figure is right.
  std::map<std::uint64_t, open_question> questions_;
  std::uint64_t last_question_ = 0;
};

}  // namespace pitwall
