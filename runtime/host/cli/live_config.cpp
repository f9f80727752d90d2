#include "runtime/host/cli/live_config.hpp"

#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/cli/trigger_choice.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/reload.hpp"

namespace pitwall::cli {

std::vector<error> live_config::switch_bots(const std::vector<config::bot_part>& bots) {
  std::vector<error> failed;
  // Whoever shall not trade first: nothing that fails on another's way keeps it at it.
  for (const bool enabled : {false, true})
    for (const auto& bot : bots) {
      if (bot.enabled != enabled) continue;
      if (auto switched = host_.enable_bot(bot.id, enabled); !switched.ok()) {
        failed.push_back(std::move(switched).error());
        failed.back().where = "bots[" + bot.id + "].enabled";
      }
    }
  return failed;
}

std::vector<error> live_config::switch_triggers(const config::configuration& c) {
  std::vector<error> problems;
  auto wanted = triggers_of(c, triggers_, problems);
  return problems.empty() && bound_ ? host_.bind_triggers(std::move(wanted)) : problems;
}

std::vector<error> live_config::bind_triggers() {
  const std::lock_guard turn(turn_);
  bound_ = true;
  return switch_triggers(config::bind(in_force_));
}

void live_config::tell(const reload_outcome& outcome) const {
  const auto shown = [](const std::string& json) { return json.empty() ? "not set" : json; };
  for (const auto& c : outcome.applied)
    log_.write(log_level::warning, "config", c.key + ": " + shown(c.from) + " -> " + shown(c.to));
  for (const auto& c : outcome.refused)
    log_.write(log_level::warning, "config",
               c.key + " stays " + shown(c.from) + " until the host starts anew, and is now " +
                   shown(c.to));
  if (outcome.applied.empty() && outcome.refused.empty())
    log_.write(log_level::info, "config", "read again: nothing has changed");
}

result<reload_outcome> live_config::reload(std::vector<problem>& problems) {
  const std::lock_guard turn(turn_);
  const error not_valid{errc::invalid_argument,
                        "the configuration is not valid, and nothing was changed",
                        {},
                        "correct the problems listed; `pitwall config check` shows them too"};
  const auto wrong = [&](const std::vector<error>& all) {
    for (const auto& e : all)
      problems.push_back({problem::severity::error, e.where, {}, e.message, e.remedy});
    return !all.empty();
  };
  auto read = flags_.load();
  if (read.problems.empty()) read.problems = inspect(config::bind(read.config), read.config);
  if (wrong(read.problems)) return not_valid;
  auto plan = config::plan_reload(in_force_, read.config);
  const auto c = config::bind(plan.next);
  // Those that change all or nothing, and may fail, are first.
  if (const auto all = switch_triggers(c); wrong(all))
    return error{
        errc::invalid_argument,
        "the triggers cannot be bound, and nothing was changed: " + all.front().to_string(),
        {},
        "correct them, and reload the configuration again"};
  if (auto limits = host_.change_limits(c.risk); !limits.ok()) {
    switch_triggers(config::bind(in_force_));
    return std::move(limits).error();
  }
  const auto failed = switch_bots(c.bots);
  in_force_ = std::move(plan.next);
  tell(plan.outcome);
  log_.set_level(c.log.least);  // Last: it may be what silences the rest.
  for (const auto& e : failed) log_.write(log_level::error, "config", e.to_string());
  if (failed.empty()) return std::move(plan.outcome);
  wrong(failed);
  return error{errc::unavailable,
               "bots could not be switched; all else of the configuration is in force",
               {},
               "reload it again: it tries them anew"};
}

}  // namespace pitwall::cli
