#include "actors/retention/actor.hpp"

#include <algorithm>
#include <string>

namespace pitwall {

retention::retention(caf::actor_config& cfg, retention_options options)
    : resident(cfg), options_(std::move(options)) {}

retention::behavior_type retention::make_behavior() {
  delayed_send(retention_actor(this), pass_pause, prune_more{});
  return {[this](prune_more) { step(); },
          [this](const prune_finished& message) { finish(message); }};
}

void retention::on_exit() { options_ = {}; }

milliseconds retention::rest_after(microseconds step) {
  const auto spent = std::chrono::duration_cast<milliseconds>(step) * rest_per_work;
  return std::clamp(spent, step_pause, milliseconds(pass_pause));
}

void retention::step() {
  begun_ = options_.clock->now();
  prune_request request;
  request.keep = options_.keep;
  request.now = begun_;
  auto floor = options_.floor();
  if (!floor.ok()) return finish({std::move(floor).error()});
  request.floor = *floor;
  options_.from->prune(request, [self = retention_actor(this)](result<prune_outcome> outcome) {
    caf::anon_send(self, prune_finished{std::move(outcome)});
  });
}

void retention::finish(const prune_finished& message) {
  const auto& outcome = message.outcome;
  if (!outcome.ok()) {
    options_.log->write(log_level::error, "retention",
                        "the journal cannot be pruned: " + outcome.error().to_string());
    pass_ = {};
    delayed_send(retention_actor(this), pass_pause, prune_more{});
    return;
  }
  pass_.events += outcome->events;
  pass_.executions += outcome->executions;
  if (outcome->more) {
    delayed_send(retention_actor(this), rest_after(options_.clock->now() - begun_), prune_more{});
    return;
  }
  if (pass_.events > 0)
    options_.log->write(
        log_level::info, "retention",
        std::to_string(pass_.events) + " events and " + std::to_string(pass_.executions) +
            " executions removed; the journal begins at seq " + std::to_string(outcome->first_seq));
  pass_ = {};
  delayed_send(retention_actor(this), pass_pause, prune_more{});
}

}  // namespace pitwall
