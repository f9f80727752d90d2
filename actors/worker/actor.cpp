#include "actors/worker/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

worker::worker(caf::actor_config& cfg, worker_options options)
    : resident(cfg), options_(std::move(options)), random_(options_.who.incarnation) {}

worker::behavior_type worker::make_behavior() {
  set_down_handler([this](const caf::down_msg& m) {
    const bool door = door_ && door_.address() == m.source;
    const bool desk = desk_ && desk_.address() == m.source;
    if (door || desk) return start_over("the connection to the host has ended");
    if (desk_down(m)) return;
    std::erase_if(nodes_, [&](const auto& n) { return n.second.address() == m.source; });
  });
  for (const auto& [venue, make] : options_.desks) open_desk(venue);
  dial();
  return {
      [this](host_node& m) -> caf::result<hosted> {
        if (epoch_ != 0 || !desk_) return host(m);
        early_.push_back({std::move(m), make_response_promise<hosted>()});
        return early_.back().promise;
      },
      [this](const drop_node& m) {
        if (m.epoch == epoch_) drop(m.number);
        std::erase_if(early_, [&](early& e) {
          const bool it = e.wanted.epoch == m.epoch && e.wanted.number == m.number;
          if (it) e.promise.deliver(epoch_over());
          return it;
        });
      },
      [this](host_desk& m) -> caf::result<hosted_desk> {
        if (epoch_ != 0 || !desk_) return desk_for(m);
        early_desks_.push_back({std::move(m), make_response_promise<hosted_desk>()});
        return early_desks_.back().promise;
      },
      [this](dial_again) {
        waiting_ = false;
        dial();
      },
      [this](const dialed& m) { on_dialed(m); },
      [this](const beat& m) { on_beat(m); },
  };
}

void worker::on_exit() {
  // Before the word of this actor's end, which is as urgent and comes right behind it.
  if (epoch_ != 0 && desk_) send<caf::message_priority::high>(desk_, leave_host{epoch_});
  end_epoch();
  desks_.clear();
  options_ = {};
}

void worker::dial() {
  ++round_;
  options_.dial([self = worker_actor(this), round = round_](result<front_door_actor> got) {
    dialed m;
    m.round = round;
    if (got.ok())
      m.at = std::move(*got);
    else
      m.failure = wire_error(got.error());
    caf::anon_send(self, std::move(m));
  });
}

void worker::on_dialed(const dialed& m) {
  if (m.round != round_ || waiting_) return;
  if (m.failure.failed() || !m.at) return start_over(m.failure.message);
  door_ = m.at;
  monitor(door_);
  request(door_, options_.patience,
          knock{options_.protocol, options_.who.name, options_.who.version})
      .then(
          [this, round = round_](door& d) {
            if (round == round_ && !waiting_) on_door(d);
          },
          [this, round = round_](caf::error& e) {
            if (round == round_ && !waiting_)
              start_over("the host does not answer: " + home_system().render(e));
          });
}

void worker::on_door(door& d) {
  if (!d.open) return start_over(d.refusal);
  if (!d.desk) return start_over("the host has opened, and shows no desk");
  join(caf::actor_cast<workers_actor>(d.desk));
}

void worker::join(const workers_actor& desk) {
  if (door_.address() != desk.address()) monitor(desk);
  desk_ = desk;
  const auto asked = options_.boot->now();
  const auto& who = options_.who;
  request(desk_, options_.patience,
          join_request{who.name, who.version, who.incarnation, who.labels, who.cores,
                       options_.clock->now(), worker_link(this)})
      .then(
          [this, round = round_, asked](join_answer& a) {
            if (round == round_ && !waiting_) joined(a, asked);
          },
          [this, round = round_](caf::error& e) {
            if (round == round_ && !waiting_)
              start_over("the host does not answer: " + home_system().render(e));
          });
}

void worker::joined(join_answer& a, boot_time asked) {
  if (a.refusal.failed()) return start_over(a.refusal.to_error().to_string());
  epoch_ = a.epoch;
  lease_length_ = std::chrono::microseconds(a.lease_us);
  beat_every_ = std::chrono::microseconds(std::max<std::int64_t>(a.beat_every_us, 1'000));
  lease_.emplace(lease_length_, asked);
  auto mine = options_.services_for({a.epoch, a.host, lease_length_, a.risk, a.breakers});
  mine.risk = a.risk;
  mine.breakers = a.breakers;
  shared_ = std::make_shared<const services>(std::move(mine));
  failures_ = 0;
  last_failure_.clear();
  options_.log->write(log_level::info, "worker",
                      "joined host '" + a.host + "' as epoch " + std::to_string(a.epoch));
  for (auto& e : std::exchange(early_, {})) e.promise.deliver(host(e.wanted));
  for (auto& e : std::exchange(early_desks_, {})) e.promise.deliver(desk_for(e.wanted));
  on_beat({epoch_});
}

void worker::on_beat(const beat& m) {
  if (m.epoch != epoch_) return;
  const auto now = options_.boot->now();
  if (!lease_->holds(now)) return start_over("the host has not answered within the lease");
  delayed_send(worker_actor(this), std::chrono::duration_cast<milliseconds>(beat_every_),
               beat{epoch_});
  request(desk_, std::chrono::duration_cast<milliseconds>(lease_length_),
          worker_heartbeat{epoch_, now.count(), static_cast<std::uint32_t>(nodes_.size()),
                           options_.load ? options_.load() : 0.0})
      .then([this, epoch = epoch_](const heartbeat_answer& a) { on_beat_answer(epoch, a); },
            [](caf::error&) {});  // The lease or the connection ends it.
}

void worker::on_beat_answer(std::uint64_t epoch, const heartbeat_answer& a) {
  if (epoch != epoch_) return;
  if (!a.live) return start_over("the host has given this worker up");
  lease_->granted(boot_time(a.sent_ns), options_.boot->now());
}

void worker::start_over(const std::string& why) {
  if (why != last_failure_)
    options_.log->write(log_level::warning, "worker", (epoch_ != 0 ? "lost the host: " : "") + why);
  last_failure_ = why;
  if (epoch_ != 0 && desk_) send<caf::message_priority::high>(desk_, leave_host{epoch_});
  end_epoch();
  if (std::exchange(waiting_, true)) return;
  const auto most = std::min<std::int64_t>(options_.max_wait.count(),
                                           options_.min_wait.count() << std::min(failures_++, 10U));
  // Half of it at least: many workers do not come back in step.
  const auto wait =
      most / 2 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most / 2 + 1));
  delayed_send(worker_actor(this), milliseconds(wait), dial_again{});
}

void worker::end_epoch() {
  if (door_) demonitor(door_.address());
  if (desk_) demonitor(desk_.address());
  door_ = nullptr;
  desk_ = nullptr;
  epoch_ = 0;
  lease_.reset();
  for (auto& e : std::exchange(early_, {})) e.promise.deliver(epoch_over());
  for (auto& e : std::exchange(early_desks_, {})) e.promise.deliver(desk_for(e.wanted));
  for (auto& [number, n] : std::exchange(nodes_, {})) {
    demonitor(n.address());
    send_exit(n, caf::exit_reason::user_shutdown);
  }
  plans_.clear();
  shared_.reset();
}

void worker::drop(std::uint64_t number) {
  auto n = nodes_.extract(number);
  if (n.empty()) return;
  demonitor(n.mapped().address());
  send_exit(n.mapped(), caf::exit_reason::user_shutdown);
}

}  // namespace pitwall
