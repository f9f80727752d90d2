// Job: what starts the workflows of a host's bots: the triggers, the starts after a failure, and
//      the scheduler that does it.
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

scheduler_options host::wiring::schedule_of(host& self) {
  scheduler_options o;
  o.table = table;
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
  o.breakers = shared->breakers;
  o.pause = [this](const std::string& bot_id, const std::string& why) {
    pause_bot(bot_id, why, "restart_policy");
  };
  return o;
}

std::vector<trigger_binding> host::wiring::bound(std::vector<trigger_binding> asked,
                                                 std::vector<error>& problems) const {
  std::map<std::string, std::string> bot_by_workflow;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [id, entry] : deployed) bot_by_workflow[id] = entry.bot_id;
  }
  std::vector<trigger_binding> out;
  for (auto& t : asked) {
    auto workflow = workflow_of(t, bot_by_workflow);
    if (!workflow.ok()) {
      problems.push_back(std::move(workflow).error());
      continue;
    }
    t.workflow_id = std::move(*workflow);
    out.push_back(std::move(t));
  }
  return out;
}

std::vector<error> host::bind_triggers(trigger_set asked) {
  const std::lock_guard turn(w_->binding);
  // What a bot's workflow is called the host was told at its start.
  for (auto& t : asked.triggers)
    for (const auto& before : w_->asked.triggers)
      if (t.workflow_id.empty() && t.bot_id == before.bot_id) t.workflow_id = before.workflow_id;
  std::vector<error> problems;
  auto triggers = w_->bound(asked.triggers, problems);
  for (auto& p : check_triggers(triggers, event_type_names())) problems.push_back(std::move(p));
  if (!problems.empty()) return problems;
  w_->asked = asked;
  w_->table->set({std::move(triggers), std::move(asked.restarts)});
  if (w_->schedule) {
    caf::anon_send(w_->schedule, read_table{});
    return problems;
  }
  const auto schedule = open_scheduler_office(
      *w_->system, w_->schedule_of(*this), [log = w_->options.log](const error& why) {
        log->write(log_level::error, "scheduler", "no trigger fires any more: " + why.to_string());
      });
  {
    // The doors are open: bots may be asked for.
    const std::lock_guard lock(w_->mutex);
    w_->schedule = schedule;
  }
  add_sink(std::make_shared<scheduler_news>(schedule, w_->table));
  return problems;
}

void host::wiring::rebind() {
  const std::lock_guard turn(binding);
  if (!schedule || asked.triggers.empty()) return;
  std::vector<error> problems;
  auto triggers = bound(asked.triggers, problems);
  const auto wrong = check_triggers(triggers, event_type_names());
  for (const auto& p : wrong)
    options.log->write(log_level::error, "scheduler",
                       "all triggers stay as they were: " + p.to_string());
  if (!wrong.empty()) return;
  for (const auto& p : problems)
    options.log->write(log_level::warning, "scheduler",
                       "a trigger starts nothing for now: " + p.to_string());
  table->set({std::move(triggers), asked.restarts});
  caf::anon_send(schedule, read_table{});
}

std::vector<error> host::wiring::at_rest() const {
  std::vector<error> why;
  const std::lock_guard turn(binding);
  if (schedule) bound(asked.triggers, why);
  return why;
}

void host::wiring::warn_of_rest(const workflow_definition& definition,
                                std::vector<problem>& problems) const {
  for (const auto& why : at_rest())
    if (why.where == definition.bot_id)
      problems.push_back({problem::severity::warning,
                          definition.origin + "/bot_id",
                          {},
                          "the trigger starts nothing for now: " + why.message,
                          why.remedy});
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
  for (const auto& why : at_rest())
    if (const auto it = bots.find(why.where); it != bots.end() && !it->second.trigger)
      it->second.trigger.emplace().text = "rests: " + why.message;
}

}  // namespace pitwall
