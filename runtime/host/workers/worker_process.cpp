#include "runtime/host/workers/worker_process.hpp"

#include <caf/all.hpp>
#include <map>
#include <random>
#include <thread>

#include "actors/venue_desk/actor.hpp"
#include "actors/worker/actor.hpp"
#include "net/client/web_client.hpp"
#include "net/venues/paper_venue.hpp"
#include "net/workers/worker_dial.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/wiring.hpp"
#include "runtime/host/workers/machine.hpp"

namespace pitwall {
namespace {

/// Until the host has said how long its lease is.
constexpr milliseconds silence{5'000};
constexpr milliseconds answer_within{5'000};
/// What says that this worker leaves gets so long to go out.
constexpr milliseconds farewell{1'000};

/// In one text: who is told of it has no room for more.
error told(const error& e) { return {e.code, e.to_string(), {}, {}}; }

}  // namespace

class worker_process::inside {
  struct trading {
    std::shared_ptr<venue> port;
    std::shared_ptr<order_gate> gate;
    std::shared_ptr<desk_memory> memory = std::make_shared<desk_memory>();
  };

 public:
  explicit inside(worker_setup setup)
      : setup_(std::move(setup)), config_(setup_.threads, setup_.log) {}
  ~inside() { close(); }

  status open() {
    std::vector<error> problems;
    auto tls = remote::open_mutual_tls(setup_.identity, remote::side::worker, problems);
    if (tls == nullptr) return problems.front();
    PITWALL_CHECK(open_outside());
    caf_links::load(config_);
    system_ = std::make_unique<caf::actor_system>(config_);
    links_ = std::make_unique<caf_links>(*system_);
    remote::dial_options d;
    d.host = setup_.join.host;
    d.port = setup_.join.port;
    d.tls = std::move(tls);
    d.silence = silence;
    d.lost = [log = setup_.log](const error& why) {
      // What this side ends itself, it has a reason for that is told elsewhere.
      if (why.code != errc::cancelled)
        log->write(log_level::warning, "worker", "the connection was ended: " + why.message);
    };
    dial_ = std::make_unique<remote::worker_dial>(std::move(d));
    worker_ = system_->spawn<worker>(options());
    return done{};
  }

 private:
  status open_outside() {
    PITWALL_TRY(opened, web_client::open({setup_.web.allow, setup_.web.ca_file}, clock_));
    browser_ = std::move(opened);
    paper_options paper;
    paper.seed = setup_.paper_seed;
    auto market = std::make_shared<paper_venue>(paper, gate_, clock_);
    venues_.add(market->name(), {market, {}});
    for (const auto& v : setup_.venues) {
      // Each has a gate of its own, lent by the lease of its desk.
      auto gate = v.data_only() ? gate_ : std::make_shared<order_gate>(boot_);
      PITWALL_TRY(one, open_venue(v, gate, clock_, setup_.log));
      stops_.emplace_back(std::move(one.stop));
      if (!v.data_only()) trading_.push_back({.port = one.port, .gate = std::move(gate)});
      venues_.add(v.name, {std::move(one.port), {}});
    }
    return done{};
  }

  worker_options options() {
    std::random_device entropy;
    worker_options o;
    o.who.name = setup_.name;
    o.who.version = setup_.version.empty() ? std::string(version()) : setup_.version;
    if (setup_.protocol != 0) o.protocol = setup_.protocol;
    o.who.incarnation = (static_cast<std::uint64_t>(entropy()) << 32U) ^ entropy();
    o.who.labels = setup_.labels;
    o.who.cores = machine_cores();
    o.dial = [this](dial_completion then) {
      dial_->dial([this, then = std::move(then)](result<std::shared_ptr<remote::descriptor>> link) {
        if (!link.ok()) return then(told(link.error()));
        links_->connect<front_door_actor>(std::move(**link), answer_within,
                                          [then](result<front_door_actor> door) {
                                            if (!door.ok()) return then(told(door.error()));
                                            then(std::move(door));
                                          });
      });
    };
    o.services_for = [this](const host_ties& ties) {
      // A lease outlives a cut that is shorter; so must the connection.
      dial_->set_silence(std::chrono::ceil<milliseconds>(ties.lease));
      services s;
      s.clock = clock_;
      s.gate = gate_;
      s.log = setup_.log;
      s.risk = ties.risk;
      s.breakers = ties.breakers;
      s.venues = venues_;
      s.outside = browser_;
      return s;
    };
    o.blocks = std::make_shared<const block_registry>(make_builtin_registry());
    o.boot = boot_;
    for (const auto& t : trading_)
      o.desks.emplace(t.port->name(), [this, t] { return open_desk(t); });
    o.clock = clock_;
    o.log = setup_.log;
    o.load = &machine_load;
    return o;
  }

  /// On a thread of its own: whatever holds up the nodes' threads, a halt closes, and a lease is
  /// renewed.
  desk_link open_desk(const trading& t) {
    // Where a thread cannot be had now, CAF would keep half an actor and wait for it at the end.
    std::thread([] {}).join();
    auto& desk = desks_[t.port->name()];
    desk = system_->spawn<venue_desk, caf::detached>(
        venue_desk_options{t.port, t.gate, boot_, clock_, setup_.log, setup_.name, t.memory});
    links_->watch(caf::actor_cast<caf::actor>(desk));
    return desk;
  }

  void close() {
    if (system_ && worker_) {
      caf::scoped_actor self(*system_);
      self->monitor(worker_);
      caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
      self->receive([](const caf::down_msg&) {});
      worker_ = nullptr;
      dial_->try_no_more();
      // As in a host: desks have threads of their own.
      links_->close();
      if (!links_->await_closed(farewell))
        setup_.log->write(log_level::warning, "worker", "the link to the host does not close");
      for (const auto& [venue, d] : desks_) caf::anon_send_exit(d, caf::exit_reason::user_shutdown);
      desks_.clear();
      if (!links_->await_ended(farewell))
        setup_.log->write(log_level::warning, "worker", "a venue's desk does not end");
    }
    // What still waits is answered while the actors that are told exist.
    for (const auto& stop : stops_) stop();
    if (browser_) browser_->stop();
    links_.reset();
    system_.reset();
    if (dial_) dial_->finish(farewell);
    dial_.reset();
  }

  worker_setup setup_;
  std::shared_ptr<const wall_clock> clock_ = std::make_shared<system_wall_clock>();
  std::shared_ptr<order_gate> gate_ = std::make_shared<order_gate>();
  std::shared_ptr<const boot_clock> boot_ = std::make_shared<system_boot_clock>();
  venue_directory venues_;
  std::vector<trading> trading_;
  std::map<std::string, venue_desk_actor> desks_;  ///< Of the worker's thread, until it has ended.
  std::vector<std::function<void()>> stops_;
  std::shared_ptr<web_client> browser_;
  system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<caf_links> links_;
  std::unique_ptr<remote::worker_dial> dial_;
  worker_actor worker_;
};

worker_process::worker_process(std::unique_ptr<inside> in) : in_(std::move(in)) {}
worker_process::~worker_process() = default;

result<std::unique_ptr<worker_process>> worker_process::open(worker_setup setup) {
  auto in = std::make_unique<inside>(std::move(setup));
  PITWALL_CHECK(in->open());
  return std::unique_ptr<worker_process>(new worker_process(std::move(in)));
}

}  // namespace pitwall
