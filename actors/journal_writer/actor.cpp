#include "actors/journal_writer/actor.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/event_weight.hpp"

namespace pitwall {

journal_writer::journal_writer(caf::actor_config& cfg, std::shared_ptr<journal> to,
                               journal_writer_options options)
    : resident(cfg, "journal_writer"), journal_(std::move(to)), options_(std::move(options)) {}

journal_writer::behavior_type journal_writer::make_behavior() {
  if (options_.started) options_.started();
  return {[this](append& message) { accept(message); },
          [this](commit_finished& message) { finish(message); },
          [this](put_word& message) {
            if (options_.broadcaster) send(options_.broadcaster, std::move(message));
          }};
}

void journal_writer::on_exit() {
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  journal_.reset();
  options_ = {};
  queue_.clear();
  first_.clear();
  listeners_.clear();
}

void journal_writer::accept(append& message) {
  waiting next{std::move(message.batch), nullptr, message.ticket, message.force_sync, 0};
  next.bytes = batch_weight(next.batch);
  if (message.ticket != 0) next.listener = current_sender();
  if (failure_) {
    if (next.listener)
      send(caf::actor_cast<durable_listener>(next.listener),
           durable{next.ticket, 0, wire_error(*failure_)});
    return;
  }
  auto& queue = may_overtake(next, message.overtakes) ? first_ : queue_;
  queue.push_back(std::move(next));
  if (!in_flight_) commit_next();
  show_depth();
}

/// Not past what the same sender sent before.
bool journal_writer::may_overtake(const waiting& next, bool asked) const {
  return asked && std::none_of(queue_.begin(), queue_.end(), [&](const waiting& before) {
           return before.listener == next.listener;
         });
}

void journal_writer::commit_next() {
  const bool overtakes = !first_.empty();
  auto& queue = overtakes ? first_ : queue_;
  std::vector<event_batch> batches;
  durability how = options_.mode;
  std::uint64_t offset = 0;
  listeners_.clear();
  std::size_t bytes = 0;
  const std::size_t most = size_.most();
  while (!queue.empty() && batches.size() < most) {
    auto& next = queue.front();
    bytes += next.bytes;
    if (!batches.empty() && bytes > limits::max_commit_bytes) break;
    offset += next.batch.events.size();
    if (next.listener) listeners_.push_back({std::move(next.listener), next.ticket, offset});
    if (next.force_sync && how != durability::memory) how = durability::sync;
    // An append without events is a barrier: it is answered, but leaves nothing in the journal.
    if (!next.batch.events.empty()) batches.push_back(std::move(next.batch));
    queue.pop_front();
  }
  in_flight_ = true;
  batches_in_flight_ = batches.size();
  if (batches.empty()) {
    auto nothing = std::make_shared<committed>();
    nothing->last_seq = journal_->head();
    nothing->first_seq = nothing->last_seq + 1;
    caf::anon_send(journal_writer_actor(this), commit_finished{committed_ref(std::move(nothing))});
    return;
  }
  // Who waits for a halt is told by the commit thread itself: a turn of this actor less.
  std::vector<listener_in_flight> at_once;
  if (overtakes) at_once.swap(listeners_);
  journal_->commit(std::move(batches), how,
                   [self = journal_writer_actor(this),
                    at_once = std::move(at_once)](result<committed_ref> outcome) {
                     for (const auto& l : at_once)
                       caf::anon_send<caf::message_priority::high>(
                           caf::actor_cast<durable_listener>(l.who),
                           outcome.ok()
                               ? durable{l.ticket, (*outcome)->first_seq + l.offset - 1, {}}
                               : durable{l.ticket, 0, wire_error(outcome.error())});
                     caf::anon_send(self, commit_finished{std::move(outcome)});
                   });
}

void journal_writer::finish(commit_finished& message) {
  in_flight_ = false;
  if (!message.outcome.ok()) {
    fail(message.outcome.error());
    return;
  }
  const auto& commit = *message.outcome;
  size_.note(std::exchange(batches_in_flight_, 0), journal_->latest_cost());
  for (auto& l : listeners_)
    send(caf::actor_cast<durable_listener>(l.who),
         durable{l.ticket, commit->first_seq + l.offset - 1, {}});
  listeners_.clear();
  if (options_.broadcaster && !commit->batches.empty()) send(options_.broadcaster, publish{commit});
  if (!queue_.empty() || !first_.empty()) commit_next();
  show_depth();
}

void journal_writer::fail(const error& why) {
  failure_ = why;
  for (auto& l : listeners_)
    send(caf::actor_cast<durable_listener>(l.who), durable{l.ticket, 0, wire_error(why)});
  listeners_.clear();
  for (auto* queue : {&first_, &queue_}) {
    for (auto& next : *queue)
      if (next.listener)
        send(caf::actor_cast<durable_listener>(next.listener),
             durable{next.ticket, 0, wire_error(why)});
    queue->clear();
  }
  show_depth();
  if (options_.on_failure) options_.on_failure(why);
}

}  // namespace pitwall
