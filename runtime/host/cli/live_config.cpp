#include "runtime/host/cli/live_config.hpp"

#include "runtime/host/cli/config_inspect.hpp"
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
  auto read = flags_.load();
  if (read.problems.empty()) read.problems = inspect(config::bind(read.config), read.config);
  for (auto& p : read.problems)
    problems.push_back({problem::severity::error,
                        std::move(p.where),
                        {},
                        std::move(p.message),
                        std::move(p.remedy)});
  if (!problems.empty())
    return error{errc::invalid_argument,
                 "the configuration is not valid, and nothing was changed",
                 {},
                 "correct the problems listed; `pitwall config check` shows them too"};
  auto plan = config::plan_reload(in_force_, read.config);
  const auto c = config::bind(plan.next);
  // The one that changes all or nothing, and may fail, is first.
  PITWALL_CHECK(host_.change_limits(c.risk));
  const auto failed = switch_bots(c.bots);
  in_force_ = std::move(plan.next);
  tell(plan.outcome);
  log_.set_level(c.log.least);  // Last: it may be what silences the rest.
  for (const auto& e : failed) log_.write(log_level::error, "config", e.to_string());
  if (failed.empty()) return std::move(plan.outcome);
  for (const auto& e : failed)
    problems.push_back({problem::severity::error, e.where, {}, e.message, e.remedy});
  return error{errc::unavailable,
               "bots could not be switched; all else of the configuration is in force",
               {},
               "reload it again: it tries them anew"};
}

}  // namespace pitwall::cli
