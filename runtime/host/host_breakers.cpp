// Job: the circuit breakers as the inbound port shows them.
#include <array>

#include "actors/breakers/actor.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {
namespace {

breaker_view view_of(const breaker_report& r) {
  breaker_view v;
  v.name = r.name;
  v.state = r.state;
  v.since = r.since;
  if (r.next_probe_us >= 0) v.next_probe_in = microseconds(r.next_probe_us);
  v.window_calls = r.window_calls;
  v.window_failures = r.window_failures;
  v.window_slow = r.window_slow;
  v.permitted = r.permitted;
  v.refused = r.refused;
  v.successes = r.successes;
  v.failures = r.failures;
  v.timeouts = r.timeouts;
  v.slow = r.slow;
  v.opened = r.opened;
  v.under_way = r.under_way;
  v.waiting = r.waiting;
  return v;
}

result<breaker_action> action_of(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, breaker_action>, 4> known{
      {{"open", breaker_action::open},
       {"close", breaker_action::close},
       {"reset", breaker_action::reset},
       {"metrics_only", breaker_action::metrics_only}}};
  for (const auto& [name, action] : known)
    if (name == text) return action;
  return {errc::invalid_argument,
          "'" + text + "' is nothing that is done to a circuit breaker",
          {},
          "use open, close, reset or metrics_only"};
}

}  // namespace

void host::breakers(completion<std::vector<breaker_view>> then) {
  auto all = w_->ask<std::vector<breaker_report>>(w_->shared->breakers, list_breakers{});
  if (!all.ok()) return then(std::move(all).error());
  std::vector<breaker_view> views;
  for (const auto& r : *all) views.push_back(view_of(r));
  then(std::move(views));
}

void host::steer_breaker(breaker_command command, completion<breaker_view> then) {
  const auto action = action_of(command.action);
  if (!action.ok()) return then(action.error());
  auto all = w_->ask<std::vector<breaker_report>>(w_->shared->breakers, list_breakers{});
  if (!all.ok()) return then(std::move(all).error());
  std::string names;
  bool known = false;
  for (const auto& r : *all) {
    known = known || r.name == command.name;
    names.append(names.empty() ? "" : ", ").append(r.name);
  }
  if (!known)
    return then(error{errc::not_found,
                      "there is no circuit breaker '" + command.name + "'",
                      {},
                      "there are: " + names});
  auto after = w_->ask<breaker_report>(
      w_->shared->breakers,
      steer_named{command.name, {*action, command.operator_name, command.reason}});
  if (!after.ok()) return then(std::move(after).error());
  then(view_of(*after));
}

}  // namespace pitwall
