#include "runtime/host/cli/live_config.hpp"

#include <algorithm>

#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/cli/trigger_choice.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/reload.hpp"
#include "runtime/workflow/parse.hpp"

namespace pitwall::cli {

bot_venues venues_by_bot(const config::configuration& c) {
  bot_venues out;
  for (const auto& bot : c.bots)
    if (!bot.venues.empty()) out.emplace(bot.id, bot.venues);
  return out;
}

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

namespace {

std::vector<std::string> ids_of(host& h) {
  std::vector<std::string> out;
  h.workflows([&](const result<std::vector<deployed_workflow>>& all) {
    for (const auto& w : all.ok() ? *all : std::vector<deployed_workflow>{}) out.push_back(w.id);
  });
  return out;
}

std::vector<std::string> ids_of(host& h, const std::string& bot_id) {
  std::vector<std::string> out;
  h.bots([&](const result<std::vector<bot_view>>& all) {
    for (const auto& b : all.ok() ? *all : std::vector<bot_view>{})
      if (b.id == bot_id) out = b.workflows;
  });
  return out;
}

bool has(const std::vector<std::string>& all, const std::string& id) {
  return std::find(all.begin(), all.end(), id) != all.end();
}

}  // namespace

status live_config::add_bot(const config::bot_part& bot, std::vector<std::string>& deployed) {
  PITWALL_TRY(request, deployment_of(bot));
  const auto parsed = parse_workflow(request.text, request.parsing);
  const auto id = parsed.definition ? parsed.definition->id : std::string();
  const bool there = has(ids_of(host_), id);
  if (there && !has(ids_of(host_, bot.id), id))
    return error{errc::already_exists,
                 "workflow '" + id + "' is deployed already, and not for this bot",
                 {},
                 "give the bot's another id (workflow_id), or remove that one"};
  // Before anything of it can be started, it is as the configuration wants it.
  PITWALL_CHECK(host_.enable_bot(bot.id, bot.enabled));
  std::vector<problem> told;
  const auto made = host_.deploy_now(request, told);
  for (const auto& p : told)
    if (!made.ok() && p.level == problem::severity::error)
      return error{errc::invalid_argument, p.message, bot.workflow.string() + "#" + p.pointer,
                   p.remedy};
  if (!made.ok()) return made.error();
  if (!there) deployed.push_back(id);
  return done{};
}

std::vector<error> live_config::add_bots(const config::configuration& c,
                                         const std::vector<std::string>& ids,
                                         std::vector<std::string>& deployed) {
  std::vector<error> failed;
  for (const auto& bot : c.bots) {
    if (!has(ids, bot.id) || bot.workflow.empty()) continue;
    if (auto added = add_bot(bot, deployed); !added.ok()) {
      failed.push_back(std::move(added).error());
      auto& where = failed.back().where;
      where = bot.where + (where.empty() ? "" : ": " + where);
    }
  }
  return failed;
}

risk_settings live_config::meanwhile(const config::configuration& c,
                                     const std::vector<std::string>& new_bots) {
  auto risk = config::bind(in_force_).risk;
  for (const auto& id : new_bots) {
    const auto own = c.risk.bots.find(id);
    // Of one that trades already, by a workflow deployed otherwise, what it holds would be judged.
    if (own != c.risk.bots.end() && ids_of(host_, id).empty()) risk.bots.insert(*own);
  }
  return risk;
}

void live_config::take_back(const std::vector<std::string>& new_bots,
                            const std::vector<std::string>& deployed) {
  for (const auto& id : deployed) host_.remove(id, [](const result<done>&) {});
  host_.forget_bots(new_bots);
  if (const auto back = host_.change_limits(config::bind(in_force_).risk); !back.ok())
    log_.write(log_level::error, "config",
               "the limits in force before cannot be put back: " + back.error().to_string());
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
  for (auto& e : inspect(config::bind(read.config), read.config, {{}, triggers_}))
    read.problems.push_back(std::move(e));
  if (wrong(read.problems)) return not_valid;
  auto plan = config::plan_reload(in_force_, read.config);
  const auto c = config::bind(plan.next);
  // What may halt comes last: a limit that a failure takes back must not have halted before.
  PITWALL_CHECK(host_.change_limits(meanwhile(c, plan.new_bots)));
  std::vector<std::string> deployed;
  if (const auto all = add_bots(c, plan.new_bots, deployed); wrong(all)) {
    take_back(plan.new_bots, deployed);
    return error{errc::invalid_argument,
                 "a new bot cannot be set up, and nothing was changed: " + all.front().to_string(),
                 {},
                 "correct that, and reload the configuration again"};
  }
  if (const auto all = switch_triggers(c); wrong(all)) {
    take_back(plan.new_bots, deployed);
    return error{
        errc::invalid_argument,
        "the triggers cannot be bound, and nothing was changed: " + all.front().to_string(),
        {},
        "correct them, and reload the configuration again"};
  }
  if (auto taken = host_.change_limits(c.risk); !taken.ok()) {
    switch_triggers(config::bind(in_force_));
    take_back(plan.new_bots, deployed);
    return std::move(taken).error();
  }
  host_.change_bot_venues(venues_by_bot(c));
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
