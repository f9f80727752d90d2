#include "actors/workers/actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/workers/lent.hpp"

namespace pitwall {
namespace {

std::int64_t us(boot_time t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t).count();
}

}  // namespace

workers::workers(caf::actor_config& cfg, workers_options options)
    : resident(cfg, "workers"),
      options_(std::move(options)),
      members_(options_.rules),
      started_at_(options_.boot->now()) {}

workers::behavior_type workers::make_behavior() {
  set_down_handler([this](const caf::down_msg& m) { went_down(m); });
  return {
      [this](const knock& m) { return open_to(m); },
      [this](join_request& m) { return join(m); },
      [this](const worker_heartbeat& m) { return beat(m); },
      [this](const leave_host& m) {
        const auto link = links_.find(m.epoch);
        if (link == links_.end() || !from(link->second)) return;
        if (const auto gone = members_.gone(m.epoch, worker_state::left, options_.boot->now()))
          over(*gone, "it has left");
      },
      [this](find_place& m) { return find(m); },
      [this](const watch_place& m) { return watch(m); },
      [this](const leave_place& m) { leave(m.number); },
      [this](const place_broken& m) { broken(m.number); },
      [this](look_at_workers) {
        armed_ = false;
        look();
      },
      [this](list_workers) { return rows(); },
  };
}

void workers::on_exit() {
  // A promise holds its own actor; who watches a place takes an error as its end.
  for (auto& [number, g] : given_)
    if (g.watch.pending()) g.watch.deliver(caf::make_error(caf::sec::request_receiver_down));
  for (auto& s : seekers_) s.promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  given_.clear();
  seekers_.clear();
  links_.clear();
  send_exit(lent_risk_, caf::exit_reason::user_shutdown);
  send_exit(lent_breakers_, caf::exit_reason::user_shutdown);
  lent_risk_ = nullptr;
  lent_breakers_ = nullptr;
  options_ = {};
}

bool workers::from(const worker_link& link) {
  const auto& who = current_sender();
  return who != nullptr && link.address() == who->address();
}

door workers::open_to(const knock& m) {
  door out;
  out.version = options_.version;
  out.open = m.protocol == worker_protocol;
  if (out.open) {
    out.desk = caf::actor_cast<caf::strong_actor_ptr>(this);
    return out;
  }
  const auto number = [](std::uint32_t n) { return "worker protocol " + std::to_string(n); };
  out.refusal = "host '" + options_.host + "' is pitwall " + options_.version + " and speaks " +
                number(worker_protocol) + ", worker '" + m.worker + "' is pitwall " + m.version +
                " and speaks " + number(m.protocol) + ": install the same version on both";
  options_.log->write(log_level::warning, "workers", "not let in: " + out.refusal);
  return out;
}

join_answer workers::join(join_request& m) {
  join_answer out;
  const auto now = options_.boot->now();
  const auto refuse = [&](const error& why) {
    options_.log->write(log_level::warning, "workers",
                        "worker '" + m.name + "' is not taken: " + why.to_string());
    out.refusal = wire_error(why);
    return out;
  };
  const auto gap = options_.clock->now() - m.clock;
  if (gap > max_clock_gap || gap < -max_clock_gap)
    return refuse({errc::failed_precondition,
                   "its clock is " +
                       std::to_string(std::chrono::duration_cast<milliseconds>(gap).count()) +
                       " ms behind the host's",
                   {},
                   "have both machines' clocks set by NTP; 2 s are allowed"});
  if (!m.link) return refuse({errc::invalid_argument, "it names no actor of its own", {}, {}});
  const auto labels = m.labels;
  auto taken = members_.join({m.name, m.version, m.incarnation, std::move(m.labels), m.cores}, now);
  if (!taken.ok()) return refuse(taken.error());
  if (taken->ended) over(*taken->ended, "it has joined anew");
  monitor(m.link);
  links_[taken->epoch] = m.link;
  std::string all;
  for (const auto& l : labels) all += " " + l;
  options_.log->write(log_level::info, "workers",
                      "worker '" + m.name + "' has joined as epoch " +
                          std::to_string(taken->epoch) + ", labels:" + all);
  out.epoch = taken->epoch;
  out.beat_every_us = us(options_.rules.beat_every);
  out.lease_us = us(options_.rules.lease);
  out.host = options_.host;
  if (!lent_risk_ && options_.risk) lent_risk_ = lend(home_system(), options_.risk);
  if (!lent_breakers_ && options_.breakers) lent_breakers_ = lend(home_system(), options_.breakers);
  out.risk = lent_risk_;
  out.breakers = lent_breakers_;
  answer_seekers();
  arm();
  return out;
}

heartbeat_answer workers::beat(const worker_heartbeat& m) {
  const auto link = links_.find(m.epoch);
  const bool its_own = link != links_.end() && from(link->second);
  return {m.sent_ns, its_own && members_.heartbeat(m.epoch, m.load, options_.boot->now())};
}

std::vector<candidate> workers::candidates() const {
  std::vector<candidate> out;
  for (const auto& [name, m] : members_.all()) {
    if (m.state != worker_state::joined || !links_.contains(m.epoch)) continue;
    const auto nodes = nodes_.find(m.epoch);
    out.push_back({name, m.facts.labels, m.facts.cores, nodes == nodes_.end() ? 0 : nodes->second,
                   m.load, m.epoch});
  }
  return out;
}

bool workers::settling() const { return options_.boot->now() - started_at_ < options_.settle; }

caf::result<place> workers::find(find_place& m) {
  look();
  const auto all = candidates();
  const auto& sender = current_sender();
  const auto who = sender != nullptr ? sender->address() : caf::actor_addr();
  if (const auto* best = choose_place(m.labels, all, m.passed)) return give(*best, who);
  if (!settling() || !m.waits) {
    place none;
    none.failure = wire_error(no_place(m.labels, all));
    return none;
  }
  auto promise = make_response_promise<place>();
  seekers_.push_back({who, std::move(m), promise});
  arm();
  return promise;
}

place workers::give(const candidate& worker, const caf::actor_addr& to) {
  const auto& m = members_.all().at(worker.name);
  place out;
  out.epoch = m.epoch;
  out.number = ++last_number_;
  out.worker = worker.name;
  out.link = links_.at(m.epoch);
  ++nodes_[m.epoch];
  given_.emplace(out.number, given_place{m.epoch, to, {}});
  if (const auto alive = caf::actor_cast<caf::strong_actor_ptr>(to)) monitor(alive);
  return out;
}

void workers::answer_seekers() {
  const bool wait = settling();
  for (auto& s : std::exchange(seekers_, {})) {
    const auto all = candidates();
    if (const auto* best = choose_place(s.wanted.labels, all, s.wanted.passed)) {
      s.promise.deliver(give(*best, s.who));
    } else if (wait) {
      seekers_.push_back(std::move(s));
    } else {
      place none;
      none.failure = wire_error(no_place(s.wanted.labels, all));
      s.promise.deliver(std::move(none));
    }
  }
}

caf::result<bool> workers::watch(const watch_place& m) {
  const auto it = given_.find(m.number);
  if (it == given_.end()) return true;  // Its epoch has ended since.
  it->second.watch = make_response_promise<bool>();
  return it->second.watch;
}

void workers::leave(std::uint64_t number) {
  auto left = given_.extract(number);
  if (left.empty()) return;
  auto& g = left.mapped();
  demonitor(g.to);
  if (const auto n = nodes_.find(g.epoch); n != nodes_.end() && n->second > 0) --n->second;
  if (g.watch.pending()) g.watch.deliver(false);
}

void workers::broken(std::uint64_t number) {
  const auto it = given_.find(number);
  if (it == given_.end()) return;
  if (const auto gone = members_.gone(it->second.epoch, worker_state::lost, options_.boot->now()))
    over(*gone, "a node there has ended with it");
}

void workers::went_down(const caf::down_msg& m) {
  for (const auto& [epoch, link] : links_) {
    if (link.address() != m.source) continue;
    if (const auto gone = members_.gone(epoch, worker_state::lost, options_.boot->now()))
      return over(*gone, "the connection to it has ended");
    return;
  }
  std::erase_if(seekers_, [&](const seeker& s) { return s.who == m.source; });
  std::vector<std::uint64_t> left;
  for (const auto& [number, g] : given_)
    if (g.to == m.source) left.push_back(number);
  for (const auto number : left) leave(number);
}

void workers::over(const worker_change& epoch, std::string_view why) {
  options_.log->write(log_level::warning, "workers",
                      "worker '" + epoch.name + "', epoch " + std::to_string(epoch.epoch) +
                          ", is " + std::string(to_string(epoch.to)) + ": " + std::string(why));
  if (const auto link = links_.find(epoch.epoch); link != links_.end()) {
    demonitor(link->second.address());
    links_.erase(link);
  }
  nodes_.erase(epoch.epoch);
  std::vector<std::uint64_t> ended;
  for (const auto& [number, g] : given_)
    if (g.epoch == epoch.epoch) ended.push_back(number);
  for (const auto number : ended) {
    auto g = std::move(given_.extract(number).mapped());
    demonitor(g.to);
    if (g.watch.pending()) g.watch.deliver(true);
  }
}

void workers::look() {
  for (const auto& change : members_.look(options_.boot->now())) {
    if (change.to == worker_state::lost)
      over(change, "no heartbeat came within its lease");
    else
      options_.log->write(change.to == worker_state::suspect ? log_level::warning : log_level::info,
                          "workers",
                          "worker '" + change.name + "' is " + std::string(to_string(change.to)));
  }
  answer_seekers();
  arm();
}

/// While somebody is here or waited for.
void workers::arm() {
  if (armed_ || (links_.empty() && seekers_.empty())) return;
  armed_ = true;
  delayed_send(workers_actor(this),
               std::chrono::duration_cast<milliseconds>(options_.rules.beat_every) / 2,
               look_at_workers{});
}

std::vector<worker_row> workers::rows() {
  look();
  const auto now = options_.boot->now();
  std::vector<worker_row> out;
  for (const auto& [name, m] : members_.all()) {
    worker_row r;
    r.name = name;
    r.version = m.facts.version;
    r.labels = m.facts.labels;
    r.state = to_string(m.state);
    r.epoch = m.epoch;
    r.cores = m.facts.cores;
    r.load = m.load;
    r.heard_us_ago = us(now - m.heard);
    if (const auto n = nodes_.find(m.epoch); n != nodes_.end()) r.nodes = n->second;
    if (links_.contains(m.epoch))
      r.lease_us_left = std::max<std::int64_t>(us(m.lease.ends_at() - now), 0);
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace pitwall
