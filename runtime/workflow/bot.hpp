// Job: the states of a bot, and which change an operator may make. A bot is who workflows trade
//      for: those whose files carry its id. Running takes starts; paused refuses them, and what
//      runs goes on to its end; stopped refuses them too, and what runs is cancelled.
// Rules: a bot that nobody has spoken of runs. Only `start` leaves paused and stopped: a pause
//      never weakens a stop.
// Tests: tests/workflow/bot_test.cpp
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

enum class bot_state : std::uint8_t { running, paused, stopped };
std::string_view to_string(bot_state s) noexcept;
result<bot_state> bot_state_from_string(std::string_view text);

enum class bot_action : std::uint8_t { start, pause, stop };
result<bot_action> bot_action_from_string(std::string_view text);

constexpr bool takes_starts(bot_state s) noexcept { return s == bot_state::running; }

/// The state after it; the same where there is nothing to do. failed_precondition: a pause of a
/// stopped one.
result<bot_state> decide(bot_state now, bot_action action);

}  // namespace pitwall
