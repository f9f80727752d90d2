#include "runtime/workflow/bot.hpp"

#include <array>
#include <string>

namespace pitwall {
namespace {

constexpr std::array<std::string_view, 3> state_names{"running", "paused", "stopped"};
constexpr std::array<std::string_view, 3> action_names{"start", "pause", "stop"};

template <class Enum>
result<Enum> from_string(std::string_view text, const std::array<std::string_view, 3>& names,
                         std::string_view what) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  std::string known;
  for (const auto name : names) known.append(known.empty() ? "" : ", ").append(name);
  return error{errc::invalid_argument,
               "'" + std::string(text) + "' is no " + std::string(what) + " of a bot",
               {},
               "use one of: " + known};
}

}  // namespace

std::string_view to_string(bot_state s) noexcept {
  return state_names[static_cast<std::size_t>(s)];
}

result<bot_state> bot_state_from_string(std::string_view text) {
  return from_string<bot_state>(text, state_names, "state");
}

result<bot_action> bot_action_from_string(std::string_view text) {
  return from_string<bot_action>(text, action_names, "action");
}

result<bot_state> decide(bot_state now, bot_action action) {
  switch (action) {
    case bot_action::start:
      return bot_state::running;
    case bot_action::stop:
      return bot_state::stopped;
    case bot_action::pause:
      break;
  }
  if (now != bot_state::stopped) return bot_state::paused;
  return error{errc::failed_precondition,
               "the bot is stopped, which is more than paused",
               {},
               "start it first, with `pitwall bots start`"};
}

}  // namespace pitwall
