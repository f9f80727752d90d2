// Job: the bots as the inbound port shows and steers them.
#include <algorithm>

#include "actors/bots/protocol.hpp"
#include "runtime/host/wiring.hpp"
#include "runtime/workflow/parse.hpp"

namespace pitwall {
namespace {

bot_view view_of(const std::string& id, const bot_condition& now) {
  bot_view v;
  v.id = id;
  v.state = to_string(now.state);
  if (now.since != timestamp{}) v.since = now.since;
  v.reason = now.reason;
  v.operator_name = now.operator_name;
  return v;
}

}  // namespace

std::vector<bot_view> host::wiring::all_bots() const {
  std::map<std::string, bot_view> by_id;
  for (const auto& [id, now] : bot_states->all()) by_id[id] = view_of(id, now);
  std::vector<deployed_entry> entries;
  std::vector<retired_workflow> older;
  {
    std::lock_guard lock(mutex);
    older = retired;
    for (const auto& [id, entry] : deployed)
      if (!entry.bot_id.empty()) entries.push_back(entry);
  }
  for (const auto& entry : entries) {
    auto& v = by_id[entry.bot_id];
    if (v.id.empty()) v = view_of(entry.bot_id, {});
    v.workflows.push_back(entry.info.id);
    if (!entry.handle) continue;
    auto count = ask<std::uint64_t>(entry.handle, count_in_flight{});
    if (count.ok()) v.in_flight += *count;
  }
  // What a removed workflow left running can be stopped like any other.
  for (const auto& w : older) {
    if (w.bot_id.empty()) continue;
    const auto count = ask<std::uint64_t>(w.handle, count_in_flight{});
    if (!count.ok() || *count == 0) continue;
    auto& v = by_id[w.bot_id];
    if (v.id.empty()) v = view_of(w.bot_id, {});
    v.in_flight += *count;
  }
  add_triggers(by_id);
  std::vector<bot_view> all;
  for (auto& [id, v] : by_id) all.push_back(std::move(v));
  return all;
}

std::optional<problem> host::wiring::bind_as_given(deployment_request& request) const {
  const auto parsed = parse_workflow(request.text, request.parsing);
  if (!parsed.definition) return {};  // What is wrong with it is told by who reads it next.
  const std::lock_guard lock(mutex);
  const auto it = given.find(parsed.definition->id);
  if (it == given.end()) return {};
  const auto& bot = it->second.bot_id;
  const auto said = parsed.definition->bot_id;
  request.parsing.bot_id = bot;
  request.parsing.strategy_id = it->second.strategy_id;
  request.parsing.venues = it->second.venues;
  if (said.empty() || said == bot) return {};
  return problem{
      problem::severity::warning,
      parsed.definition->origin + "/bot_id",
      {},
      "it trades for bot '" + bot + "', as the configuration says, not for '" + said + "'",
      "change the entry of bots, or give the workflow another id"};
}

void host::forget_bots(const std::vector<std::string>& ids) {
  const std::lock_guard lock(w_->mutex);
  std::erase_if(w_->given, [&](const auto& g) {
    return std::ranges::find(ids, g.second.bot_id) != ids.end();
  });
}

void host::wiring::pause_bot(const std::string& bot_id, const std::string& why,
                             const std::string& trigger) {
  if (bot_id.empty()) return;
  caf::anon_send(steer_bots,
                 pitwall::steer_bot{bot_id, bot_action::pause, why, "pitwall", trigger});
}

void host::bots(completion<std::vector<bot_view>> then) { then(w_->all_bots()); }

void host::steer_bot(bot_command command, completion<bot_view> then) {
  const auto action = bot_action_from_string(command.action);
  if (!action.ok()) return then(action.error());
  const auto is_it = [&](const bot_view& v) { return v.id == command.bot_id; };
  const auto known = w_->all_bots();
  if (std::none_of(known.begin(), known.end(), is_it)) {
    std::string names;
    for (const auto& v : known) names.append(names.empty() ? "" : ", ").append(v.id);
    return then(error{errc::not_found,
                      "there is no bot '" + command.bot_id + "'",
                      {},
                      names.empty() ? "no deployed workflow has a bot_id" : "there are: " + names});
  }
  // Before the board opens: the first start finds them.
  if (*action == bot_action::start)
    if (auto made = w_->revive(command.bot_id); !made.ok()) return then(std::move(made).error());
  const auto outcome = w_->ask<bot_outcome>(
      w_->steer_bots,
      pitwall::steer_bot{command.bot_id, *action, command.reason, command.operator_name});
  if (!outcome.ok()) return then(outcome.error());
  if (outcome->failure.failed()) return then(outcome->failure.to_error());
  if (*action == bot_action::stop)
    for (const auto& w : w_->all_workflows())
      caf::anon_send(
          w, cancel_bot{command.bot_id,
                        "its bot was stopped" +
                            (command.reason.empty() ? std::string() : ": " + command.reason)});
  const auto after = w_->all_bots();
  const auto it = std::find_if(after.begin(), after.end(), is_it);
  if (it == after.end()) return then(error{errc::internal, "the bot is gone", command.bot_id, {}});
  then(*it);
}

}  // namespace pitwall
