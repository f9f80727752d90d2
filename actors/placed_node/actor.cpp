#include "actors/placed_node/actor.hpp"

#include <utility>

#include "actors/workers/endings.hpp"
#include "runtime/workers/placement.hpp"

namespace pitwall {

placed_node::placed_node(caf::actor_config& cfg, node_setup setup, std::vector<std::string> labels)
    : node(cfg, std::move(setup)), labels_(std::move(labels)) {}

void placed_node::on_exit() {
  leave();
  trips_.clear();
  node::on_exit();
}

caf::invoke_message_result placed_node::consume(caf::mailbox_element& letter) {
  const auto& m = letter.content();
  const bool steers = m.match_elements<execute_order>() || m.match_elements<execute_cancel>() ||
                      m.match_elements<confirm_notification>() || m.match_elements<run_attempt>() ||
                      m.match_elements<settle_attempt>() || m.match_elements<order_answer>() ||
                      m.match_elements<order_unknown>() || m.match_elements<cancel_answer>() ||
                      m.match_elements<reclaim_order>() || m.match_elements<abandon_attempt>();
  if (steers && (!letter.sender || letter.sender->node() != home_system().node()))
    return caf::invoke_message_result::consumed;
  return node::consume(letter);
}

void placed_node::begin(run_attempt& a) {
  if (stays_) return node::begin(a);
  pending p{current_sender(), std::move(a), {}};
  if (setup_.shared->clock->now() > p.attempt.deadline) {
    fail(p, {errc::deadline_exceeded, "the attempt came after its deadline", {}, {}});
    return;
  }
  if (trips_.size() >= max_trips_at_once) {
    fail(p, {errc::resource_exhausted,
             std::to_string(trips_.size()) + " attempts of this node are under way on " +
                 (at_.number == 0 ? "no worker yet" : "worker '" + at_.worker + "'") +
                 ", which is the most at once",
             {},
             "start fewer executions at a time"});
    return;
  }
  const auto t = next_token_++;
  pending_.emplace(t, std::move(p));
  trips_.emplace(t, trip{});
  set_out(t);
}

void placed_node::set_out(token t) {
  if (!there_) return look_for_place();
  auto attempt = pending_.at(t).attempt;
  attempt.attempt = ticket(t);
  trips_.at(t).at = stage::evaluated;
  send(there_, std::move(attempt));
}

void placed_node::look_for_place() {
  if (looking_ || at_.number != 0) return;
  if (!setup_.shared->workers) return give_up_waiting(no_place(labels_, {}));
  looking_ = true;
  request(setup_.shared->workers, caf::infinite, find_place{labels_, {}, !is_spread()})
      .then(
          [this](place& found) {
            looking_ = false;
            if (found.failure.failed()) return give_up_waiting(found.failure.to_error());
            move_in(found);
          },
          [this](caf::error& e) {
            looking_ = false;
            give_up_waiting({errc::unavailable,
                             "the list of workers does not answer: " + home_system().render(e),
                             {},
                             {}});
          });
}

void placed_node::move_in(place& found) {
  at_ = std::move(found);
  const auto number = at_.number;
  request(setup_.shared->workers, caf::infinite, watch_place{number})
      .then(
          [this, number](bool over) {
            if (over) place_over(number);
          },
          [this, number](caf::error&) { place_over(number); });
  const auto& known = setup_.restored;
  request(at_.link, caf::infinite,
          host_node{at_.epoch, number, setup_.workflow->definition->source, me().identity->id,
                    known.version, known.state})
      .then([this, number](hosted& answer) { settled_in(number, answer); },
            // It may be on its way out, which the list of workers notices; else it cannot be used.
            [this, number](caf::error&) { place_over(number); });
}

void placed_node::settled_in(std::uint64_t number, hosted& answer) {
  if (number != at_.number) return;
  if (answer.failure.failed() || !answer.node) {
    auto why = answer.failure.to_error();
    // The worker knows before the list of workers, which will end the watch.
    if (why.code == errc::aborted) return;
    why.where = "worker '" + at_.worker + "'";
    // What one refuses the others do, too: it reads a file of the host's.
    stays_ = is_spread();
    leave();
    return give_up_waiting(why);
  }
  there_ = std::move(answer.node);
  monitor(there_);
  for (const auto& [t, one] : trips_)
    if (one.at == stage::waits) set_out(t);
}

void placed_node::place_over(std::uint64_t number) {
  if (number != at_.number) return;
  // Of those that are spread there may be thousands: the list of workers has said it.
  if (is_spread()) return move_on();
  setup_.shared->log->write(log_level::warning, "placement",
                            "its place on worker '" + at_.worker + "' is lost; it moves on",
                            {{},
                             setup_.workflow->definition->id,
                             me().identity->id,
                             setup_.workflow->definition->bot_id,
                             setup_.workflow->definition->strategy_id});
  move_on();
}

void placed_node::move_on() {
  const auto worker = at_.worker;
  leave();
  for (const auto& [t, one] : std::exchange(trips_, {})) {
    // A notification that waits for the journal: its confirmation will find no trip.
    if (one.at == stage::proposed) continue;
    auto p = std::move(pending_.at(t));
    pending_.erase(t);
    if (is_spread()) {  // It has cost the time of a lease already.
      evaluate(std::move(p));
      continue;
    }
    const auto lost = one.lost + 1;
    if (one.at == stage::confirmed || lost >= max_trips) {
      fail(p,
           {errc::unavailable, "worker '" + worker + "' was lost while it ran the node", {}, {}});
      continue;
    }
    const auto again = next_token_++;
    pending_.emplace(again, std::move(p));
    trips_.emplace(again, trip{lost});
  }
  if (!trips_.empty()) look_for_place();
}

void placed_node::leave() {
  if (there_) demonitor(there_.address());
  there_ = nullptr;
  if (at_.number == 0) return;
  send(at_.link, drop_node{at_.epoch, at_.number});
  send(setup_.shared->workers, leave_place{at_.number});
  at_ = {};
}

void placed_node::give_up_waiting(const error& why) {
  for (const auto& [t, one] : std::exchange(trips_, {})) {
    auto p = std::move(pending_.extract(t).mapped());
    if (is_spread())
      evaluate(std::move(p));
    else
      fail(p, why);
  }
}

void placed_node::went_down(const caf::down_msg& message) {
  if (!there_ || there_.address() != message.source) return node::went_down(message);
  there_ = nullptr;
  if (!ended_with_its_worker(message.reason)) return quit(message.reason);
  send(setup_.shared->workers, place_broken{at_.number});  // Which ends the watch.
}

void placed_node::abandoned(token t, bool timed_out) {
  const auto it = trips_.find(t);
  if (it == trips_.end()) return;
  if (there_ && it->second.at != stage::waits) send(there_, abandon_attempt{ticket(t), timed_out});
  trips_.erase(it);
}

/// What anybody else says, such as the node in an earlier place, counts for nothing.
bool placed_node::from_there() {
  const auto& who = current_sender();
  return there_ && who != nullptr && there_.address() == who->address();
}

placed_node::token placed_node::traveller(std::uint32_t number) {
  if (!from_there()) return 0;
  constexpr token low = 0xFFFF'FFFF;
  auto t = (next_token_ & ~low) | number;
  if (t >= next_token_) t -= low + 1;
  const auto it = trips_.find(t);
  return it != trips_.end() && it->second.at != stage::waits ? t : 0;
}

node::pending placed_node::come_back(token t) {
  trips_.erase(t);
  return std::move(pending_.extract(t).mapped());
}

void placed_node::heard(attempt_completed& m) {
  const auto t = traveller(m.attempt);
  if (t == 0) return;
  completion done{std::move(m.outputs)};
  if (m.observed) done.observed_at = m.observed_at;
  complete(come_back(t), std::move(done));
}

void placed_node::heard(trigger_changed& m) {
  if (!from_there()) return;
  const auto t = traveller(m.completed.attempt);
  if (t == 0 || m.version != setup_.restored.version + 1) return move_on();  // It is ahead of us.
  completion done{std::move(m.completed.outputs), std::move(m.state)};
  if (m.completed.observed) done.observed_at = m.completed.observed_at;
  complete(come_back(t), std::move(done));
}

void placed_node::heard(attempt_failed& m) {
  const auto t = traveller(m.attempt);
  if (t == 0) return;
  const auto p = come_back(t);
  m.node = setup_.index;
  m.attempt = p.attempt.attempt;
  send(caf::actor_cast<attempt_listener>(p.client), std::move(m));
}

void placed_node::heard(attempt_wants_order& m) { propose(m.attempt, std::move(m.order)); }

void placed_node::heard(attempt_wants_cancel& m) { propose(m.attempt, std::move(m.request)); }

/// From here on it is this host's; the worker need not wait for more.
void placed_node::propose(std::uint32_t number, step wanted) {
  const auto t = traveller(number);
  if (t == 0) return;
  trips_.erase(t);
  send(there_, abandon_attempt{number, false});
  perform(t, pending_.at(t), std::move(wanted));
}

void placed_node::heard(attempt_wants_notification& m) {
  const auto t = traveller(m.attempt);
  if (t == 0) return;
  auto& one = trips_.at(t);
  one.at = stage::proposed;
  one.note = m.token;
  perform(t, pending_.at(t), std::move(m.message));
}

void placed_node::tell(token t) {
  const auto at = pending_.find(t);
  if (at == pending_.end()) return;
  const auto it = trips_.find(t);
  if (it != trips_.end() && there_) {
    it->second.at = stage::confirmed;
    return send(there_, confirm_notification{it->second.note});
  }
  trips_.erase(t);
  if (is_spread()) return node::tell(t);
  fail(at->second,
       {errc::unavailable, "the worker that was to send the notification was lost", {}, {}});
  pending_.erase(at);
}

}  // namespace pitwall
