#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "actors/placed_venue/actor.hpp"
#include "actors/placed_venue/port.hpp"
#include "actors/workers/actor.hpp"
#include "runtime/host/wiring.hpp"
#include "runtime/host/workers/machine.hpp"

namespace pitwall {
namespace {

host_view view_of(worker_row& r) {
  host_view v;
  v.name = std::move(r.name);
  v.is_worker = true;
  v.state = std::move(r.state);
  v.version = std::move(r.version);
  v.labels = std::move(r.labels);
  v.nodes = r.nodes;
  v.cores = r.cores;
  v.load = r.load;
  v.epoch = r.epoch;
  v.heard_ago = microseconds(r.heard_us_ago);
  if (v.state == "joined" || v.state == "suspect") v.lease_left = microseconds(r.lease_us_left);
  return v;
}

}  // namespace

status host::wiring::open_workers() {
  if (!options.workers) return done{};
  const auto& setup = *options.workers;
  std::vector<error> problems;
  const auto tls = remote::open_mutual_tls(setup.identity, remote::side::host, problems);
  if (tls == nullptr) return problems.front();
  workers_options o;
  o.rules.beat_every = setup.heartbeat;
  o.rules.suspect_after = setup.heartbeat * 5 / 2;
  o.rules.lease = setup.lost_after;
  // Later than all of an earlier life: they came one at a time, and not one each microsecond.
  o.rules.first_epoch = static_cast<std::uint64_t>(
      std::chrono::duration_cast<microseconds>(started_at.time_since_epoch()).count());
  o.settle = setup.lost_after;
  o.host = name;
  o.version = std::string(version());
  o.risk = shared->risk;
  o.breakers = shared->breakers;
  o.boot = std::make_shared<system_boot_clock>();
  o.clock = clock;
  o.log = options.log;
  shared->workers = system->spawn<pitwall::workers>(std::move(o));
  shared->spread = setup.spread;
  for (const auto& v : placed_venues)
    caf::anon_send(v, begin_placing{shared->workers, emergency_controller});
  links = std::make_unique<caf_links>(*system);
  links->watch(caf::actor_cast<caf::actor>(emergency_controller));
  for (const auto& v : placed_venues) links->watch(caf::actor_cast<caf::actor>(v));
  PITWALL_CHECK(links->publish(caf::actor_cast<front_door_actor>(shared->workers)));
  remote::gate_options g;
  g.address = setup.listen.host;
  g.port = setup.listen.port;
  g.tls = tls;
  g.silence = setup.lost_after;
  PITWALL_TRY(port, remote::worker_gate::open(
                        g,
                        [this](remote::descriptor link, const std::string& worker) {
                          options.log->write(log_level::info, "workers",
                                             "'" + worker + "' has connected");
                          links->admit(std::move(link));
                        },
                        options.log.get()));
  worker_port = std::move(port);
  options.log->write(log_level::info, "workers",
                     "workers join at " +
                         host_place{setup.listen.host, worker_port->port()}.shown() +
                         ", by certificates of " + setup.identity.authority.string());
  return done{};
}

void host::wiring::place_venue(const outside_venue& setup) {
  placed_venue_options o;
  o.venue = setup.name;
  o.labels = setup.placement;
  o.handed = std::make_shared<handed_orders>(gate);
  if (options.workers) o.lease = options.workers->trading_lease;
  // Before it was placed, this host may have sent orders there itself.
  o.earlier = std::max(o.lease, before->orders_of(setup.name));
  o.boot = std::make_shared<system_boot_clock>();
  o.clock = clock;
  o.log = options.log;
  const auto handed = o.handed;
  placed_venue_actor actor = system->spawn<placed_venue, caf::detached>(std::move(o));
  pauses.emplace(setup.name, [handed] { return handed->trouble(); });
  add_venue(std::make_shared<placed_venue_port>(setup.name, handed, actor, clock));
  placed_venues.push_back(std::move(actor));
}

void host::wiring::close_workers() {
  constexpr milliseconds last_words{2'000};
  if (worker_port) worker_port->stop();
  if (links && !links->await_closed(last_words))
    options.log->write(log_level::warning, "workers", "a link to a worker does not close");
  if (shared && shared->workers)
    caf::anon_send_exit(shared->workers, caf::exit_reason::user_shutdown);
}

void host::wiring::end_links() {
  constexpr milliseconds last_words{2'000};
  if (links && !links->await_ended(last_words))
    options.log->write(log_level::warning, "workers", "an actor that workers knew does not end");
  links.reset();
}

std::uint16_t host::workers_port() const {
  return w_->worker_port ? w_->worker_port->port() : std::uint16_t{0};
}

void host::hosts(completion<std::vector<host_view>> then) {
  host_view own;
  own.name = w_->name;
  own.state = state();
  own.version = version();
  own.cores = machine_cores();
  own.load = machine_load();
  {
    const std::lock_guard lock(w_->mutex);
    for (const auto& [id, entry] : w_->deployed) own.nodes += entry.info.node_count;
  }
  std::vector<host_view> all{std::move(own)};
  if (w_->shared->workers) {
    auto rows = w_->ask_within<std::vector<worker_row>>(std::chrono::seconds(5),
                                                        w_->shared->workers, list_workers{});
    if (!rows.ok()) return then(std::move(rows).error());
    for (auto& r : *rows) all.push_back(view_of(r));
  }
  then(std::move(all));
}

}  // namespace pitwall
