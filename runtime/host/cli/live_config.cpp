#include "runtime/host/cli/live_config.hpp"

#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/reload.hpp"

namespace pitwall::cli {

status live_config::apply(const config::settings& next) {
  const auto c = config::bind(next);
  // The one that may fail for a reason of its own is first: then nothing has changed.
  PITWALL_CHECK(host_.change_limits(c.risk));
  log_.set_level(c.log.least);
  for (const auto& bot : c.bots) PITWALL_CHECK(host_.enable_bot(bot.id, bot.enabled));
  return done{};
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
  PITWALL_CHECK(apply(plan.next));
  in_force_ = std::move(plan.next);
  tell(plan.outcome);
  return std::move(plan.outcome);
}

}  // namespace pitwall::cli
