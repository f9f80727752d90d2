#include "runtime/workflow/bot.hpp"

#include <optional>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("bot: every action in every state") {
  using enum bot_state;
  struct row {
    bot_state now;
    bot_action action;
    std::optional<bot_state> next;
  };
  const row table[] = {
      {running, bot_action::start, running}, {running, bot_action::pause, paused},
      {running, bot_action::stop, stopped},  {paused, bot_action::start, running},
      {paused, bot_action::pause, paused},   {paused, bot_action::stop, stopped},
      {stopped, bot_action::start, running}, {stopped, bot_action::pause, std::nullopt},
      {stopped, bot_action::stop, stopped}};
  for (const auto& r : table) {
    CAPTURE(to_string(r.now), static_cast<int>(r.action));
    const auto next = decide(r.now, r.action);
    REQUIRE(next.ok() == r.next.has_value());
    if (r.next)
      CHECK(*next == *r.next);
    else
      CHECK(next.error().code == errc::failed_precondition);
  }
  CHECK(takes_starts(running));
  CHECK_FALSE(takes_starts(paused));
  CHECK_FALSE(takes_starts(stopped));
}

TEST_CASE("bot: names there and back; others are named in the error") {
  for (const auto s : {bot_state::running, bot_state::paused, bot_state::stopped})
    CHECK(*bot_state_from_string(to_string(s)) == s);
  CHECK(*bot_action_from_string("stop") == bot_action::stop);
  const auto wrong = bot_action_from_string("kill");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == errc::invalid_argument);
  CHECK(wrong.error().remedy.find("start, pause, stop") != std::string::npos);
  CHECK_FALSE(bot_state_from_string("").ok());
}
