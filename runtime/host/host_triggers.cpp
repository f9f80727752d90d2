// Job: the triggers of a host's bots: which workflow each starts, and the scheduler that does.
#include <algorithm>

#include "actors/scheduler/news.hpp"
#include "actors/scheduler/office.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {
namespace {

/// Its workflow, where the request names none: the only one that trades for the bot.
result<std::string> workflow_of(const trigger_binding& asked,
                                const std::map<std::string, std::string>& bot_by_workflow) {
  const error unknown{errc::invalid_argument,
                      "no deployed workflow trades for bot '" + asked.bot_id + "'", asked.bot_id,
                      "deploy one whose file says \"bot_id\": \"" + asked.bot_id + "\""};
  if (!asked.workflow_id.empty()) {
    const auto it = bot_by_workflow.find(asked.workflow_id);
    if (it != bot_by_workflow.end() && it->second == asked.bot_id) return asked.workflow_id;
    if (it == bot_by_workflow.end())
      return error{errc::invalid_argument, "no workflow '" + asked.workflow_id + "' is deployed",
                   asked.bot_id, "name one that is"};
    return error{errc::invalid_argument,
                 "workflow '" + asked.workflow_id + "' trades for " +
                     (it->second.empty() ? "no bot" : "bot '" + it->second + "'"),
                 asked.bot_id, "its file's bot_id says for whom it trades"};
  }
  std::vector<std::string> own;
  for (const auto& [workflow, bot] : bot_by_workflow)
    if (bot == asked.bot_id) own.push_back(workflow);
  if (own.size() == 1) return own.front();
  if (own.empty()) return unknown;
  std::string all;
  for (const auto& w : own) all += (all.empty() ? "" : ", ") + w;
  return error{
      errc::invalid_argument,
      "bot '" + asked.bot_id + "' has " + std::to_string(own.size()) + " workflows: " + all,
      asked.bot_id,
      "say which: in the configuration by the bot's 'workflow', on a command line as "
      "--trigger " +
          asked.bot_id + ":WORKFLOW='WORDS'"};
}

}  // namespace

scheduler_options host::wiring::schedule_of(std::vector<trigger_binding> triggers, host& self) {
  scheduler_options o;
  o.triggers = std::move(triggers);
  o.clock = clock;
  o.history = storage.events;
  o.notes = storage.states;
  // What a note loses in a power cut, the starts' idempotency keys know.
  o.mode = options.mode == durability::memory ? durability::memory : durability::async;
  o.bots = bot_states;
  o.log = options.log;
  o.start = [&self](start_request request, control::completion<start_answer> then) {
    self.start(std::move(request), std::move(then));
  };
  // Whoever has it ends it; between the two, being handed over, it is asked for again.
  o.cancel = [this, recover = recover](const std::string& execution_id, const std::string& why) {
    for (const auto& w : all_workflows()) caf::anon_send(w, cancel_run{execution_id, why});
    caf::anon_send(recover, cancel_stuck{execution_id, why});
  };
  // Of its own: close() takes the host's away while the scheduler may still be asking.
  o.find_venue = [venues = shared->venues](const std::string& name) -> std::shared_ptr<venue> {
    const auto* v = venues.find(name);
    return v == nullptr ? nullptr : v->port;
  };
  return o;
}

std::vector<error> host::bind_triggers(std::vector<trigger_binding> triggers) {
  std::vector<error> problems;
  std::map<std::string, std::string> bot_by_workflow;
  {
    const std::lock_guard lock(w_->mutex);
    for (const auto& [id, entry] : w_->deployed) bot_by_workflow[id] = entry.bot_id;
  }
  for (auto& t : triggers) {
    auto workflow = workflow_of(t, bot_by_workflow);
    if (workflow.ok())
      t.workflow_id = std::move(*workflow);
    else
      problems.push_back(std::move(workflow).error());
  }
  for (auto& p : check_triggers(triggers, event_type_names())) problems.push_back(std::move(p));
  if (!problems.empty() || triggers.empty()) return problems;
  auto listening = triggers;
  const auto schedule = open_scheduler_office(
      *w_->system, w_->schedule_of(std::move(triggers), *this),
      [log = w_->options.log](const error& why) {
        log->write(log_level::error, "scheduler", "no trigger fires any more: " + why.to_string());
      });
  {
    // The doors are open: bots may be asked for.
    const std::lock_guard lock(w_->mutex);
    w_->schedule = schedule;
  }
  add_sink(std::make_shared<scheduler_news>(schedule, listening));
  return problems;
}

void host::wiring::add_triggers(std::map<std::string, bot_view>& bots) const {
  const auto whom = [this] {
    const std::lock_guard lock(mutex);
    return schedule;
  }();
  if (!whom) return;
  auto all = ask_within<trigger_list>(std::chrono::seconds(2), whom, ask_triggers{});
  if (!all.ok()) return;
  for (auto& [bot, trigger] : all->by_bot)
    if (const auto it = bots.find(bot); it != bots.end()) it->second.trigger = std::move(trigger);
}

}  // namespace pitwall
