#include "runtime/host/host.hpp"

#include <future>
#include <set>
#include <utility>

#include "actors/risk/actor.hpp"
#include "runtime/host/due_answer.hpp"
#include "runtime/host/wiring.hpp"
#include "runtime/host/workers/machine.hpp"

namespace pitwall {

namespace {

emergency_answer answer_of(emergency_outcome& o) {
  emergency_answer a{o.scope, o.previous_state, o.state, o.result, std::move(o.unanswered_orders),
                     o.seq};
  if (o.closed_at_us != 0) a.closed_at = timestamp(microseconds(o.closed_at_us));
  if (!o.warning.empty()) a.warnings.push_back(std::move(o.warning));
  return a;
}

error not_as_it_is(const execution_summary& e, std::string_view what) {
  return {errc::failed_precondition,
          "execution '" + e.scope->execution_id + "' " + std::string(what) + " (" +
              std::string(to_string(e.status)) + ")",
          {},
          is_final(e.status) ? "" : "`pitwall executions show` has its events"};
}

}  // namespace

std::string_view version() noexcept { return PITWALL_VERSION; }

host::host(std::unique_ptr<wiring> w) : w_(std::move(w)) {}

result<std::unique_ptr<host>> host::open(host_options options) {
  auto w = std::make_unique<wiring>();
  w->options = std::move(options);
  w->started_at = w->clock->now();
  w->name = w->options.name.empty() ? machine_name() : w->options.name;
  PITWALL_CHECK(w->open_storage());
  auto started = w->spawn_actors();
  if (started.ok()) started = w->restore_deployments();
  if (!started.ok()) {
    w->close();
    return std::move(started).error();
  }
  caf::anon_send(w->recover, scan_more{});
  return std::unique_ptr<host>(new host(std::move(w)));
}

host::~host() { w_->close(); }

bool host::wait_recovered(std::chrono::milliseconds for_the_scan,
                          std::chrono::milliseconds for_the_venues) {
  caf::scoped_actor self(*w_->system);
  bool all = true;
  self->request(w_->recover, for_the_scan, await_scan{})
      .receive([](bool) {}, [&](caf::error&) { all = false; });
  if (!all) return false;
  for (const auto& [name, v] : w_->shared->venues.all())
    self->request(v.router, for_the_venues, open_when_settled{})
        .receive([](bool) {}, [&](caf::error&) { all = false; });
  return all;
}

void host::add_sink(event_sink_ref sink) {
  caf::anon_send(w_->broadcast, pitwall::add_sink{std::move(sink)});
}

bool host::drain(std::chrono::milliseconds patience) {
  w_->stopping = true;
  caf::scoped_actor self(*w_->system);
  bool all = true;
  // All at once, so that many wait no longer than one.
  std::vector<decltype(self->request(w_->all_workflows().front(), patience, pitwall::drain{}))>
      asked;
  std::set<caf::actor_addr> removed;
  {
    std::lock_guard lock(w_->mutex);
    for (const auto& w : w_->retired) removed.insert(w.handle.address());
  }
  const auto everyone = w_->all_workflows();
  for (const auto& h : everyone) asked.push_back(self->request(h, patience, pitwall::drain{}));
  for (std::size_t i = 0; i < asked.size(); ++i)
    std::move(asked[i]).receive([](bool) {},
                                [&](caf::error& e) {
                                  // One that was removed is gone once nothing runs in it any more.
                                  all = all && e != caf::sec::request_timeout &&
                                        removed.contains(everyone[i].address());
                                });
  // Viewers hear how the last one ended before the doors close.
  const auto told = std::make_shared<std::promise<void>>();
  caf::anon_send(
      w_->shared->writer,
      put_word{std::make_shared<const std::function<void()>>([told] { told->set_value(); })});
  told->get_future().wait_for(patience);
  return all;
}

void host::on_stop_requested(std::function<void()> then) {
  if (w_->stopping) {
    then();
    return;
  }
  std::lock_guard lock(w_->mutex);
  w_->when_stopping = std::move(then);
}

void host::workflows(completion<std::vector<deployed_workflow>> then) {
  std::vector<deployed_entry> entries;
  {
    std::lock_guard lock(w_->mutex);
    for (const auto& [id, entry] : w_->deployed) entries.push_back(entry);
  }
  std::vector<deployed_workflow> out;
  for (auto& entry : entries) {
    if (entry.handle) {
      auto count = w_->ask<std::uint64_t>(entry.handle, count_in_flight{});
      if (count.ok()) entry.info.in_flight = *count;
    }
    out.push_back(std::move(entry.info));
  }
  then(std::move(out));
}

result<deployed_entry> host::wiring::known(std::string_view workflow_id) const {
  std::lock_guard lock(mutex);
  const auto it = deployed.find(workflow_id);
  if (it != deployed.end()) return it->second;
  return error{errc::not_found,
               "no workflow '" + std::string(workflow_id) + "' is deployed",
               {},
               "deploy it first; GET /api/v1/workflows lists what there is"};
}

result<workflow_actor> host::wiring::find(std::string_view workflow_id) const {
  PITWALL_TRY(entry, known(workflow_id));
  if (!entry.handle)
    return error{errc::failed_precondition,
                 "workflow '" + std::string(workflow_id) + "' was given up: " + entry.info.given_up,
                 {},
                 "once the cause is gone: deploy it again" +
                     (entry.bot_id.empty() ? std::string()
                                           : ", or `pitwall bots start " + entry.bot_id + "`")};
  return std::move(entry.handle);
}

bool host::wiring::has_hook(std::string_view workflow_id) const {
  const auto entry = known(workflow_id);
  if (!entry.ok() || entry->workflow == nullptr) return false;
  const auto& nodes = entry->workflow->nodes;
  return std::any_of(nodes.begin(), nodes.end(),
                     [](const plan_node& n) { return n.identity->type == "webhook"; });
}

std::optional<scope_names> host::wiring::names() const {
  // Asked by the emergency controller's thread, which waits for nobody.
  const std::unique_lock lock(mutex, std::try_to_lock);
  if (!lock.owns_lock() || !shared) return std::nullopt;
  scope_names out;
  for (const auto& [name, v] : shared->venues.all()) out.venues.insert(name);
  for (const auto& [bot, condition] : bot_states->all()) out.bots.insert(bot);
  for (const auto& [id, entry] : deployed) {
    out.bots.insert(entry.bot_id);
    if (entry.workflow) out.strategies.insert(entry.workflow->definition->strategy_id);
  }
  for (const auto& w : retired) out.bots.insert(w.bot_id);
  out.bots.erase("");
  out.strategies.erase("");
  return out;
}

std::vector<workflow_actor> host::wiring::all_workflows() const {
  std::lock_guard lock(mutex);
  std::vector<workflow_actor> all;
  for (const auto& w : retired) all.push_back(w.handle);
  for (const auto& [id, entry] : deployed)
    if (entry.handle) all.push_back(entry.handle);
  return all;
}

void host::wiring::retire_workflow(workflow_actor w, std::string bot_id) {
  const auto whom = w.address();
  const auto handle = caf::actor_cast<caf::actor>(w);
  {
    const std::lock_guard lock(mutex);
    retired.push_back({std::move(w), std::move(bot_id)});
  }
  handle->attach_functor([this, whom] {
    const std::lock_guard lock(mutex);
    std::erase_if(retired, [&](const retired_workflow& r) { return r.handle.address() == whom; });
  });
}

void host::start(start_request request, completion<start_answer> then) {
  if (w_->stopping) {
    then(error{errc::unavailable, "the host is stopping", {}, "start it again"});
    return;
  }
  auto handle = w_->find(request.workflow_id);
  if (!handle.ok()) {
    then(std::move(handle).error());
    return;
  }
  if (request.by_hook && !w_->has_hook(request.workflow_id)) {
    then(error{errc::failed_precondition,
               "workflow '" + request.workflow_id + "' has no webhook block", request.workflow_id,
               "give it one, or start it with POST /api/v1/workflows/{id}/executions"});
    return;
  }
  if (request.wait) then = after_publication(w_->shared->writer, std::move(then));
  auto promise = std::make_shared<answer_promise<start_answer>>(
      std::move(then), error{errc::unavailable,
                             "the workflow's actor ended before it took the start",
                             {},
                             "nothing was started: start it again"});
  start_execution message{std::move(request.trigger), request.wait,
                          std::make_shared<const start_completion>(
                              [promise = std::move(promise)](result<start_answer> a) {
                                promise->answer(std::move(a));
                              }),
                          nullptr, std::move(request.idempotency_key)};
  if (request.started)
    message.started = std::make_shared<const start_notice>(std::move(request.started));
  caf::anon_send(*handle, std::move(message));
}

void host::cancel(std::string execution_id, std::string reason, completion<done> then) {
  auto known = w_->storage.events->execution(execution_id);
  if (!known.ok()) {
    then(std::move(known).error());
    return;
  }
  const auto answers = [&](const workflow_actor& w) {
    const auto live = w_->ask<bool>(w, cancel_run{execution_id, reason});
    return live.ok() && *live;
  };
  const auto runs = w_->all_workflows();
  const bool live = !is_final(known->status) && std::any_of(runs.begin(), runs.end(), answers);
  const auto stuck =
      live ? result<bool>(true) : w_->ask<bool>(w_->recover, cancel_stuck{execution_id, reason});
  if (!stuck.ok())
    then(stuck.error());
  else if (*stuck)
    then(done{});
  else
    then(not_as_it_is(*known, "is not running"));
}

void host::resume(std::string execution_id, completion<done> then) {
  auto known = w_->storage.events->execution(execution_id);
  if (!known.ok()) {
    then(std::move(known).error());
    return;
  }
  if (known->status == run_status::halted) {
    auto promise = std::make_shared<answer_promise<done>>(
        std::move(then),
        error{errc::unavailable, "the execution's actors ended before it was resumed", execution_id,
              "`pitwall executions show` says whether it runs; else resume it again"});
    caf::anon_send(w_->recover,
                   reopen_halted{std::move(execution_id),
                                 std::make_shared<const std::function<void(status)>>(
                                     [promise](status s) { promise->answer(std::move(s)); })});
    return;
  }
  auto taken = w_->ask<bool>(w_->recover, resume_stuck{execution_id});
  if (!taken.ok())
    then(std::move(taken).error());
  else if (*taken)
    then(done{});
  else
    then(not_as_it_is(*known, "is neither halted nor stuck"));
}

void host::emergency(emergency_command command, completion<emergency_answer> then) {
  const auto promise = std::make_shared<answer_promise<emergency_answer>>(
      std::move(then), error{errc::unavailable, "the host is stopping", {}, "start it again"});
  caf::anon_send<caf::message_priority::high>(
      w_->emergency_controller,
      put_command{std::move(command),
                  std::make_shared<const std::function<void(emergency_outcome)>>(
                      [this, promise](emergency_outcome o) {
                        if (o.failure.failed()) return promise->answer(o.failure.to_error());
                        auto answer = answer_of(o);
                        if (const auto known = w_->names())
                          if (auto text = unknown_scope(answer.scope, *known); !text.empty())
                            answer.warnings.push_back(std::move(text));
                        promise->answer(std::move(answer));
                      })});
}

void host::risk_state(completion<value> then) {
  auto answer = w_->ask<risk_answer>(w_->shared->risk, ask_risk{});
  if (answer.ok())
    then(std::move(answer->view));
  else
    then(std::move(answer).error());
}

void host::prune(retention_policy keep, bool dry_run, completion<prune_outcome> then) {
  prune_request request;
  request.keep = keep;
  request.now = w_->clock->now();
  request.dry_run = dry_run;
  request.thorough = true;
  auto floor = risk::stands_for(*w_->storage.states);
  if (!floor.ok()) return then(std::move(floor).error());
  request.floor = *floor;
  w_->storage.events->prune(request, std::move(then));
}

void host::pulse(completion<done> then) {
  const auto promise = std::make_shared<answer_promise<done>>(
      std::move(then),
      error{errc::unavailable, "the emergency controller has ended", {}, "start the host again"});
  caf::anon_send(w_->emergency_controller,
                 put_pulse{std::make_shared<const std::function<void(status)>>(
                     [promise, on = w_->broadcast](status s) {
                       if (!s.ok()) return promise->answer(std::move(s));
                       // Those two have threads of their own: this one stands for all the others.
                       caf::anon_send(on, put_word{std::make_shared<const std::function<void()>>(
                                              [promise] { promise->answer(done{}); })});
                     })});
}

bool host::is_ready(std::chrono::milliseconds patience) const {
  const auto now = w_->ask_within<recovery_progress>(patience, w_->recover, ask_recovery{});
  // A thread that has asked keeps CAF's logger, for whose end the actor system waits: this one may
  // outlive the host.
  caf::logger::set_current_actor_system(nullptr);
  return now.ok() && now->phase != recovery_phase::scanning;
}

std::string host::state() const {
  if (w_->failed) return "failed";
  if (w_->stopping) return "stopping";
  return can_trade(w_->gate->read()->level("global")) ? "ok" : "halted";
}

host_health host::health() const {
  host_health h;
  const auto book = w_->gate->read();
  h.host = w_->name;
  h.status = state();
  h.uptime_seconds =
      std::chrono::duration_cast<std::chrono::seconds>(w_->clock->now() - w_->started_at).count();
  h.durability = to_string(w_->options.mode);
  h.version = version();
  h.last_seq = w_->published->head();
  const auto recovered = w_->recovery_now();
  h.ready = recovered.phase != recovery_phase::scanning;
  h.recovery = recovered.phase == recovery_phase::scanning   ? "scanning"
               : recovered.phase == recovery_phase::resuming ? "resuming"
                                                             : "done";
  h.unfinished = recovered.unfinished;
  h.resumed = recovered.resumed;
  h.waiting = recovered.waiting;
  h.not_resumed = recovered.failed;
  h.venues = w_->board->all();
  w_->add_venue_troubles(h.venues);
  {
    std::lock_guard lock(w_->mutex);
    for (const auto& [id, entry] : w_->deployed)
      if (!entry.info.given_up.empty()) h.given_up.push_back(id);
  }
  h.dead_letters = w_->config->letters->all();
  for (const auto& [scope, entry] : book->scopes())
    if (entry.level != emergency_level::normal)
      h.emergency.emplace_back(scope, to_string(entry.level));
  for (const auto& handle : w_->all_workflows()) {
    auto count = w_->ask<std::uint64_t>(handle, count_in_flight{});
    if (count.ok()) h.executions_in_flight += *count;
  }
  return h;
}

void host::stop() { w_->request_stop(); }

const journal& host::history() const { return *w_->storage.events; }

std::shared_ptr<void> host::on_published(listener told) {
  return w_->published->listen(std::move(told));
}

std::string host::epoch() const { return w_->epoch; }

std::uint64_t host::published_head() const noexcept { return w_->published->head(); }

}  // namespace pitwall
