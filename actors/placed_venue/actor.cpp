#include "actors/placed_venue/actor.hpp"

#include <utility>

#include "actors/workers/endings.hpp"
#include "runtime/workers/placement.hpp"

namespace pitwall {
namespace {

constexpr std::chrono::seconds margin{1};

boot_time longest(boot_time lease) { return lease + lease * max_clock_drift_ppm / 1'000'000; }

}  // namespace

placed_venue::placed_venue(caf::actor_config& cfg, placed_venue_options options)
    : resident(cfg), options_(std::move(options)) {
  fence_ = options_.boot->now() + longest(std::max(options_.lease, options_.earlier)) + margin;
  options_.handed->set_trouble("no worker is there yet");
}

placed_venue::behavior_type placed_venue::make_behavior() {
  set_down_handler([this](const caf::down_msg& m) {
    if (!there_ || there_.address() != m.source) return;
    ready_ = false;
    if (!ended_with_its_worker(m.reason)) return desk_died(m.reason);
    send(workers_, place_broken{at_.number});  // Which ends the watch.
  });
  return {[this](const ask_lease& m) { return pass_on(m); },
          [this](desk_ready& m) { ready(m); },
          [this](desk_answer& m) { answered(m); },
          [this](desk_report& m) {
            if (from_there() && m.place == at_.number) told(std::move(m.report));
          },
          [this](const desk_regained& m) {
            if (from_there() && m.place == at_.number) options_.handed->tell_regained();
          },
          [this](relay_order& m) { relay(m); },
          [this](relay_question& m) { relay(m); },
          [this](relay_cancel& m) { relay(m); },
          [this](relay_list& m) { relay(m); },
          [this](relay_fetch& m) { relay(m); },
          [this](const forget_fetch& m) { forget(m.token); },
          [this](relay_settled& m) {
            open_.erase(m.client_order_id);
            handed_.erase(m.client_order_id);
            if (there_) send(there_, desk_settled{std::move(m.client_order_id)});
          },
          [this](begin_placing& m) {
            workers_ = std::move(m.workers);
            controller_ = std::move(m.controller);
            look_for_place();
          },
          [this](place_tick) {
            armed_ = false;
            look_for_place();
            ask_open();
            end_parked();
          }};
}

void placed_venue::on_exit() {
  if (at_.number != 0 && workers_) send(workers_, leave_place{at_.number});
  leave({errc::unavailable, "the host is stopping", options_.venue, {}});
  parked_.clear();
  lists_.clear();
  options_.handed->on_report(nullptr);
  options_.handed->on_regained(nullptr);
  workers_ = nullptr;
  controller_ = nullptr;
  options_ = {};
}

void placed_venue::arm() {
  if (armed_) return;
  armed_ = true;
  delayed_send(placed_venue_actor(this), tick, place_tick{});
}

void placed_venue::trouble(const error& why, bool is_news) {
  options_.handed->set_trouble(why.message);
  if (std::exchange(last_trouble_, why.message) != why.message && is_news)
    options_.log->write(log_level::warning, "placement",
                        "'" + options_.venue + "': no order can leave: " + why.to_string());
}

bool placed_venue::from_there() {
  const auto& who = current_sender();
  return there_ && who != nullptr && there_.address() == who->address();
}

void placed_venue::look_for_place() {
  if (looking_ || at_.number != 0 || !workers_) return;
  looking_ = true;
  auto passed = passed_.at(options_.boot->now());
  const bool waits = passed.empty();  // Else a while that is over, and no join, is what helps.
  request(workers_, caf::infinite, find_place{options_.labels, std::move(passed), waits})
      .then(
          [this](place& found) {
            looking_ = false;
            if (!found.failure.failed()) return move_in(found);
            // Why those that fit are passed over has been said.
            const auto why = found.failure.to_error();
            if (why.code != errc::aborted) trouble(why);
            arm();
          },
          [this](caf::error& e) {
            looking_ = false;
            trouble({errc::unavailable,
                     "the list of workers does not answer: " + home_system().render(e),
                     {},
                     {}});
            arm();
          });
}

void placed_venue::move_in(place& found) {
  at_ = std::move(found);
  const auto number = at_.number;
  request(workers_, caf::infinite, watch_place{number})
      .then(
          [this, number](bool over) {
            if (over) place_over(number);
          },
          [this, number](caf::error&) { place_over(number); });
  request(at_.link, caf::infinite, host_desk{at_.epoch, number, options_.venue})
      .then([this, number](hosted_desk& answer) { hosted_there(number, answer); },
            // It may be on its way out, which the list of workers notices, and ends the watch;
            // where it is not, another worker, and this one again in a while.
            [this, number](caf::error& e) {
              if (number != at_.number) return;
              const auto epoch = at_.epoch;
              const auto why = lose_place("does not answer: " + home_system().render(e),
                                          "where it is cut off, it has cancelled them by ");
              pass_over(epoch, why);
            });
}

void placed_venue::hosted_there(std::uint64_t number, hosted_desk& answer) {
  if (number != at_.number) return;
  if (answer.failure.failed() || !answer.desk) {
    auto why = answer.failure.to_error();
    why.message = "worker '" + at_.worker + "' cannot be used: " + why.message;
    const auto epoch = at_.epoch;
    send(workers_, leave_place{number});
    leave(why);
    return pass_over(epoch, why);
  }
  there_ = std::move(answer.desk);
  monitor(there_);
  send(there_, open_desk_for{at_.epoch, number,
                             std::chrono::duration_cast<microseconds>(options_.lease).count(),
                             desk_owner(this)});
}

void placed_venue::pass_over(std::uint64_t epoch, const error& why) {
  auto told = why;
  told.message += "; another worker that fits is tried, and this one again in a while";
  trouble(told, passed_.add(epoch, why.message, options_.boot->now()));
  look_for_place();
}

void placed_venue::place_over(std::uint64_t number) {
  if (number != at_.number) return;
  trouble(lose_place("was lost", "where it still runs, it has stopped and cancelled them by "));
  look_for_place();
}

/// By a defect of its own: the worker goes on, and makes another.
void placed_venue::desk_died(const caf::error& reason) {
  trouble(lose_place(
      "goes on without its desk, which died: " + home_system().render(reason),
      "a next desk there takes them over; without one they rest at the venue, and it orders "
      "nothing more by "));
  arm();
}

error placed_venue::lose_place(const std::string& how, const std::string& open_ones) {
  const error why{errc::unavailable, "worker '" + at_.worker + "' " + how, options_.venue,
                  "ask again"};
  send(workers_, leave_place{at_.number});
  if (!open_.empty()) {
    const auto by =
        options_.clock->now() + std::chrono::ceil<microseconds>(longest(options_.lease));
    options_.log->write(log_level::warning, "placement",
                        why.message + " with " + std::to_string(open_.size()) +
                            " open orders at '" + options_.venue + "': " + open_ones +
                            to_iso8601(by) + "; the next worker is asked what became of them");
  }
  // None of its leases is renewed from here on.
  fence_ = std::max(fence_, options_.boot->now() + longest(options_.lease) + margin);
  leave(why);
  return why;
}

void placed_venue::leave(const error& why) {
  if (there_) demonitor(there_.address());
  there_ = nullptr;
  ready_ = false;
  at_ = {};
  asking_ = 0;
  to_ask_.clear();
  bounded_ = 0;
  for (auto& [token, c] : std::exchange(calls_, {})) c.lost(why);
}

caf::result<lease_answer> placed_venue::pass_on(const ask_lease& m) {
  if (!from_there() || m.lease.epoch != at_.epoch || m.lease.place != at_.number || !controller_)
    return lease_answer{};
  return delegate(controller_, grant_lease{m.lease, at_.worker, options_.venue, m.asked_ns,
                                           m.version, lease_holder_actor(there_)});
}

void placed_venue::ready(desk_ready& m) {
  if (!from_there() || m.place != at_.number) return;
  if (!m.told.empty()) options_.log->write(log_level::warning, "placement", m.told);
  // Also those that only an earlier life of this host knew: their router asks for them.
  for (auto& id : m.canceled)
    why_[std::move(id)] =
        "worker '" + at_.worker + "' was cut off from this host, and cancelled it";
  // The oldest first: ids begin with the time. Of most the adapter's report has told already.
  while (why_.size() > max_reasons) why_.erase(why_.begin());
  last_trouble_.clear();
  passed_.clear(at_.epoch);
  options_.handed->set_trouble({});
  if (!std::exchange(ready_, true))
    options_.log->write(
        log_level::info, "placement",
        "orders for '" + options_.venue + "' leave from worker '" + at_.worker + "'");
  // What happened in between nobody has told here.
  to_ask_.clear();
  for (const auto& [id, order] : open_) to_ask_.push_back(id);
  ask_open();
  ask_parked();
  if (!open_.empty()) options_.handed->tell_regained();
}

}  // namespace pitwall
