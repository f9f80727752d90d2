// Job: what a limit that trips is shown by: its formula in words and in numbers, the inputs, the
//      window and the figures, as a value that the journal keeps with the halt (docs/emergency.md).
// Threads: plain functions. Tests: tests/risk/evidence_test.cpp
#pragma once

#include <optional>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/risk/portfolio.hpp"
#include "runtime/risk/pre_trade.hpp"

namespace pitwall {

/// Of the host or of a bot, when its limit was looked at.
struct limit_figures {
  profit_and_loss pnl;
  decimal equity, peak;
};

/// What `unrealized` is the sum of: {venue, symbol, quantity, average_entry, price}, at most
/// max_shown_positions of them.
inline constexpr std::size_t max_shown_positions = 100;
value::list position_inputs(const portfolio& of, const std::string& owner);

/// {realized_today, realized_total, unrealized, equity, peak_equity}
value limit_inputs(const limit_figures& f);

/// {limit, unit, formula, computation, inputs, positions, window: {name, from, to}, threshold,
/// observed}; `from` is null where the window has no beginning. Inputs are null where profit and
/// loss are not known.
value limit_evidence(const limit_alarm& alarm, const std::optional<limit_figures>& f,
                     value::list positions, timestamp now);

}  // namespace pitwall
