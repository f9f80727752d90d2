// Job: the risk actor (protocol.hpp): the one owner of the portfolio.
// Owns: positions and P&L from committed fills, order counts from committed intents, the peak of
//      each bot's equity. It marks open positions at their venue's price before it answers.
// Errors: where a position cannot be marked there are no figures: who depends on them does not
//      trade. Durable: nothing itself; restore() rebuilds it from the journal.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/risk/protocol.hpp"
#include "actors/services.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/risk/portfolio.hpp"

namespace pitwall {

struct risk_limits {
  decimal daily_loss_limit = -500;
  decimal max_drawdown_percent = 20;
  decimal max_position_size = 10'000;
  decimal capital = 100'000;  ///< Equity before the first trade; the base of the drawdown.
};

struct risk_options {
  portfolio restored;
  venue_directory venues;
  std::shared_ptr<const wall_clock> clock;
  risk_limits limits{};
};

class risk : public risk_actor::base {
 public:
  /// The portfolio as of the journal's head.
  static result<portfolio> restore(const journal& from);

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
  void ask(const ask_figures& question);
  void ask_price(std::uint64_t question, const portfolio::place& where);
  /// The position that a question is about; without a venue or symbol, the only one that fits.
  portfolio::place place_of(const ask_figures& asked) const;
  void marked(const price_marked& message);
  void answer(const open_question& q);
  result<figures> compute(const ask_figures& asked);

  risk_options options_;
  portfolio portfolio_;
  std::map<std::string, decimal> peaks_;  ///< Of equity, by bot; seen since the start.
  std::optional<error> broken_;           ///< A fill could not be booked: no figure is right.
  std::map<std::uint64_t, open_question> questions_;
  std::uint64_t last_question_ = 0;
};

}  // namespace pitwall
