// Job: what of a host's configuration changes while it runs.
#include "runtime/host/wiring.hpp"

namespace pitwall {
namespace {

/// Who pauses and starts bots for the configuration's sake: a person's word is told from it.
constexpr const char* by_configuration = "configuration";

void add_words(const std::string& bot_id, const risk_limits& limits, change_limits& into) {
  for (const auto& d : limit_table()) {
    const auto& number = limits.*d.member;
    into.all.push_back({bot_id, std::string(d.name), number ? number->to_string() : "none"});
  }
}

}  // namespace

void host::on_reload(reloader reload) {
  std::lock_guard lock(w_->mutex);
  w_->reload = std::move(reload);
}

void host::reload(std::function<void(result<reload_outcome>, std::vector<problem>)> then) {
  reloader how;
  {
    std::lock_guard lock(w_->mutex);
    how = w_->reload;
  }
  if (!how)
    return then(error{errc::failed_precondition,
                      "this host has no configuration to read again",
                      {},
                      "start it with `pitwall serve`"},
                {});
  std::vector<problem> problems;
  auto outcome = how(problems);
  then(std::move(outcome), std::move(problems));
}

status host::change_limits(risk_settings settings) {
  pitwall::change_limits message{settings.auto_halt, {}, settings.max_price_age.count()};
  add_words({}, settings.limits, message);
  for (const auto& [bot_id, limits] : settings.bots) add_words(bot_id, limits, message);
  const auto remember = [&](const risk_settings& those) {
    std::lock_guard lock(w_->mutex);
    auto& r = w_->options.risk;
    const auto before = r;
    r.limits = those.limits;
    r.bots = those.bots;
    r.auto_halt = those.auto_halt;
    r.max_price_age = those.max_price_age;
    return before;
  };
  // First for a successor of the risk actor, should it die meanwhile.
  const auto before = remember(settings);
  const auto taken = w_->ask<bool>(w_->shared->risk, std::move(message));
  if (taken.ok() && *taken) return done{};
  remember(before);
  if (!taken.ok()) return taken.error();
  return error{errc::internal, "the risk actor does not understand its limits", {}, {}};
}

void host::change_bot_venues(bot_venues of_bots) {
  const std::lock_guard lock(w_->mutex);
  w_->options.of_bots = std::move(of_bots);
}

status host::enable_bot(const std::string& bot_id, bool enabled) {
  const auto now = w_->bot_states->read(bot_id);
  const bool ours = now.state == bot_state::paused && now.operator_name == by_configuration;
  if (enabled ? !ours : !takes_starts(now.state)) return done{};
  if (enabled) PITWALL_CHECK(w_->revive(bot_id));
  const auto outcome = w_->ask<bot_outcome>(
      w_->steer_bots,
      pitwall::steer_bot{bot_id, enabled ? bot_action::start : bot_action::pause,
                         enabled ? "enabled in the configuration" : "disabled in the configuration",
                         by_configuration, by_configuration});
  if (!outcome.ok()) return outcome.error();
  return outcome->failure.failed() ? status(outcome->failure.to_error()) : status(done{});
}

}  // namespace pitwall
