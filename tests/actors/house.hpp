// Job: a whole host's actors in virtual time, for tests: nothing runs until run(), and time stands
//      still until pass(). Real paper venue, in-memory journal, real gate.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "actors/breakers/actor.hpp"
#include "actors/broadcaster/actor.hpp"
#include "actors/emergency/actor.hpp"
#include "actors/journal_writer/actor.hpp"
#include "actors/message_types.hpp"
#include "actors/order_router/desk.hpp"
#include "actors/recovery/actor.hpp"
#include "actors/risk/actor.hpp"
#include "actors/services.hpp"
#include "actors/workflow/actor.hpp"
#include "net/venues/paper_venue.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"
#include "storage/open.hpp"
#include "tests/actors/memory_marker.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

struct virtual_config : house_config {
  virtual_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// Wall time that moves with the virtual actor clock of the house that lives now.
class virtual_clock final : public wall_clock {
 public:
  timestamp now() const noexcept override {
    if (sched_ == nullptr) return start_;
    return start_ + std::chrono::duration_cast<microseconds>(sched_->clock().now() - zero_);
  }
  void follow(caf::scheduler::test_coordinator& sched) {
    sched_ = &sched;
    zero_ = sched.clock().now();
  }
  /// As somebody sets it: the actors' own clock goes on.
  void jump(microseconds by) { start_ += by; }
  /// Stands still until it follows the next one; `down` passes at once.
  void leave(microseconds down) {
    start_ = now() + down;
    sched_ = nullptr;
  }

 private:
  caf::scheduler::test_coordinator* sched_ = nullptr;
  caf::actor_clock::time_point zero_;
  timestamp start_{std::chrono::seconds(1'800'000'000)};
};

/// Boot time that moves with the actors' virtual clock.
class virtual_boot final : public boot_clock {
 public:
  explicit virtual_boot(caf::scheduler::test_coordinator& sched) : sched_(sched) {}
  boot_time now() const noexcept override {
    return sched_.clock().now().time_since_epoch() + ahead;
  }
  boot_time ahead = std::chrono::hours(7);

 private:
  caf::scheduler::test_coordinator& sched_;
};

class memory_log final : public log_port {
 public:
  struct line {
    log_level level;
    std::string logger, message;
  };
  void write(log_level level, std::string_view logger, std::string_view message,
             const log_context&) override {
    lines.push_back({level, std::string(logger), std::string(message)});
  }
  bool has(std::string_view part) const {
    for (const auto& l : lines)
      if (l.message.find(part) != std::string::npos) return true;
    return false;
  }
  std::vector<line> lines;
};

/// Everything that was published, in order.
class collected final : public event_sink {
 public:
  bool offer(const committed_ref& commit) override {
    auto seq = commit->first_seq;
    for (const auto& b : commit->batches)
      for (const auto& e : b.events) events.push_back({seq++, b.scope, e});
    return true;
  }
  std::vector<std::string> types(const std::string& execution_id = {}) const {
    std::vector<std::string> out;
    for (const auto& e : events)
      if (execution_id.empty() || e.scope->execution_id == execution_id)
        out.emplace_back(type_name(e.what.body));
    return out;
  }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const auto& e : events)
      if (const auto* x = std::get_if<T>(&e.what.body)) out.push_back(*x);
    return out;
  }
  std::vector<recorded_event> events;
};

/// A journal that fails or holds back its commits when told to.
class faulty_journal final : public journal {
 public:
  explicit faulty_journal(std::shared_ptr<journal> inner) : inner_(std::move(inner)) {}
  bool fail = false, hold = false, dead = false;
  std::vector<std::function<void()>> held;

  void commit(std::vector<event_batch> batches, durability how, completion then) override {
    if (dead) return;
    if (fail) {
      then(error{errc::io_error, "the disk is gone", {}, {}});
    } else if (hold) {
      held.push_back([this, batches = std::move(batches), how, then = std::move(then)]() mutable {
        inner_->commit(std::move(batches), how, std::move(then));
      });
    } else {
      inner_->commit(std::move(batches), how, std::move(then));
    }
  }
  void release() {
    hold = false;
    for (auto& f : std::exchange(held, {})) f();
  }
  std::uint64_t head() const override { return inner_->head(); }
  result<journal_head> chain_head() const override { return inner_->chain_head(); }
  result<event_page> read(const event_query& q) const override { return inner_->read(q); }
  result<execution_page> executions(const execution_query& q) const override {
    return inner_->executions(q);
  }
  result<execution_summary> execution(const std::string& id) const override {
    return inner_->execution(id);
  }
  result<journal_stats> stats() const override { return inner_->stats(); }
  void prune(const prune_request& request, prune_completion then) override {
    inner_->prune(request, std::move(then));
  }
  result<unsettled_page> unsettled(const std::string& after, std::size_t n) const override {
    return inner_->unsettled(after, n);
  }
  result<keyed_start> start_with_key(const std::string& w, const std::string& k) const override {
    return inner_->start_with_key(w, k);
  }
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    return inner_->backup(directory);
  }
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override {
    return inner_->breaker_states();
  }
  result<std::vector<stored_bot>> bot_states() const override { return inner_->bot_states(); }
  result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const override {
    return inner_->trips(before, limit);
  }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return inner_->emergency_scopes();
  }
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override {
    return inner_->node_states(workflow_id);
  }
  result<stored_node_state> node_state(const std::string& w, const std::string& n) const override {
    return inner_->node_state(w, n);
  }

 private:
  std::shared_ptr<journal> inner_;
};

/// The way to a venue that outlives the process: nothing passes once the process is dead.
class mortal_venue final : public venue {
 public:
  explicit mortal_venue(std::shared_ptr<paper_venue> inner) : inner_(std::move(inner)) {}
  bool dead = false, unreachable = false;
  bool unlisted = false;  ///< It does not say what is open there.
  bool closed = false;    ///< The journal has failed: nothing leaves, as the host sees to.
  std::optional<order_report> says;  ///< What it answers to questions instead of the truth.
  /// So too, by client order id.
  std::function<order_report(const std::string&)> tells_of{};
  std::optional<error> market_failure;  ///< What it answers to questions for prices.
  std::optional<value> price;           ///< The price that it tells instead of the market's.
  microseconds price_age{};             ///< How old its answers were when they left.
  std::set<std::string> unpriced;       ///< Symbols of which it knows nothing.
  bool mute = false;                    ///< It answers no question for prices.
  value minute_volume;                  ///< What it tells who asks for the volume.
  std::size_t fetches = 0, cancelled_fetches = 0;
  std::vector<std::string> sent;  ///< Client order ids, as they left.
  /// Called with each order as it leaves; and with each report, which it may change.
  std::function<void(const std::string&, const order_request&, const order_permit&)> leaves{};
  std::shared_ptr<std::function<void(order_report&)>> retell =
      std::make_shared<std::function<void(order_report&)>>();
  std::vector<std::string> told;  ///< That a person has settled.

  const std::string& name() const noexcept override { return inner_->name(); }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override {
    if (dead) return {};
    ++fetches;
    if (mute) return {};
    if (market_failure) return then(*market_failure), cancel_call{};
    if (unpriced.contains(request.symbol))
      return then(error{errc::invalid_argument, "no such symbol", request.symbol, {}}),
             cancel_call{};
    auto inner =
        inner_->fetch_market(request, [then = std::move(then), volume = minute_volume,
                                       price = price, age = price_age](result<market_data> r) {
          if (r.ok()) {
            r->volume = volume;
            if (price) r->price_feed = *price;
            r->observed_at -= age;
          }
          then(std::move(r));
        });
    return [this, inner = std::move(inner)] {
      ++cancelled_fetches;
      if (inner) inner();
    };
  }
  void submit(const std::string& id, const order_request& order, const order_permit& permit,
              std::function<void(order_report)> then) override {
    if (dead) return;
    if (closed) {
      order_report refused;
      refused.client_order_id = id;
      refused.state = order_state::rejected;
      refused.code = "halted";
      return then(std::move(refused));
    }
    sent.push_back(id);
    if (leaves) leaves(id, order, permit);
    inner_->submit(id, order, permit, [told = retell, then = std::move(then)](order_report r) {
      if (*told) (*told)(r);
      then(std::move(r));
    });
  }
  void query(const std::string& id, const order_request& order,
             completion<order_report> then) override {
    if (dead) return;
    if (unreachable) return then(error{errc::unavailable, "the venue is away", {}, {}});
    if (says) return then(*says);
    if (tells_of) return then(tells_of(id));
    inner_->query(id, order, [told = retell, then = std::move(then)](result<order_report> r) {
      if (r.ok() && *told) (*told)(*r);
      then(std::move(r));
    });
  }
  void cancel(const cancel_request& request, const std::vector<std::string>& ids,
              completion<cancel_report> then) override {
    if (dead) return;
    if (unreachable) return then(error{errc::unavailable, "the venue is away", {}, {}});
    inner_->cancel(request, ids, std::move(then));
  }
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override {
    if (dead) return;
    if (unlisted) return then(error{errc::unavailable, "the venue is away", {}, {}});
    if (says) return then(std::vector<std::string>{});  // Which is over, and the only one.
    inner_->open_orders(std::move(then));
  }
  void on_report(std::function<void(order_report)> listener) override {
    if (!listener) return inner_->on_report(nullptr);
    inner_->on_report([told = retell, listener = std::move(listener)](order_report r) {
      if (*told) (*told)(r);
      listener(std::move(r));
    });
  }
  std::vector<std::string> unanswered() const override { return inner_->unanswered(); }
  void settled_elsewhere(const std::string& id) override { told.push_back(id); }
  decimal quantity_step(const std::string& symbol) const override {
    return inner_->quantity_step(symbol);
  }

 private:
  std::shared_ptr<paper_venue> inner_;
};

/// What a process keeps beside its journal: nothing more once it is dead.
class mortal_store final : public state_store {
 public:
  explicit mortal_store(std::shared_ptr<state_store> inner) : inner_(std::move(inner)) {}
  bool dead = false;
  std::size_t puts = 0;

  status put(std::string_view key, std::string_view bytes, durability how) override {
    if (dead) return gone();
    ++puts;
    return inner_->put(key, bytes, how);
  }
  status erase(std::string_view key, durability how) override {
    return dead ? status(gone()) : inner_->erase(key, how);
  }
  result<std::string> get(std::string_view key) const override { return inner_->get(key); }
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override {
    return inner_->scan(prefix);
  }
  result<std::string> put_definition(std::string_view text, durability how) override {
    if (dead) return gone();
    return inner_->put_definition(text, how);
  }

 private:
  static error gone() { return {errc::unavailable, "the process is dead", {}, {}}; }
  std::shared_ptr<state_store> inner_;
};

/// What a process leaves behind: its journal, the venue, and the time.
struct estate {
  storage_set storage = open_memory();
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  std::shared_ptr<virtual_clock> clock = std::make_shared<virtual_clock>();
  std::shared_ptr<paper_venue> paper;
  durability mode = durability::memory;
  risk_settings rules{};
  bool cancel_on_halt = false;
};

/// An execution that was started, and its answer once there is one.
struct started {
  std::optional<result<start_answer>> answer;
  bool done() const { return answer.has_value(); }
  const start_answer& value() const {
    REQUIRE(answer);
    if (!answer->ok()) FAIL(answer->error().to_string());
    return **answer;
  }
};

class house {
 public:
  explicit house(std::uint64_t shuffle_seed = 0, estate from = {});
  ~house();

  /// Runs everything that is ready, and what becomes ready by it; in seeded random order if asked.
  void run();
  /// Runs at most so many of what is ready; false: nothing is left.
  bool run_some(std::size_t jobs);
  /// As kill -9: nothing that is under way reaches the journal or the venue any more.
  estate kill(microseconds down = {});
  /// Spawns the recovery actor over what is deployed, as a start does, and runs.
  void recover();
  /// Lets time pass in steps of the deadline tick, running what falls due.
  void pass(std::chrono::milliseconds time);

  workflow_actor deploy(std::string_view json, const std::string& id = "test");
  std::shared_ptr<started> start(const workflow_actor& w, value trigger = {}, bool wait = true);
  std::shared_ptr<started> run_once(std::string_view json);
  emergency_outcome command(emergency_action action, const std::string& scope = "global",
                            const std::string& reason = "test");
  /// Runs until an actor with this name has something to do, and returns its address.
  caf::actor_addr next_named(std::string_view name);
  /// Passes commits to the risk actor, as the host does.
  event_sink_ref risk_sink();

  /// What the venue's account holds of an asset: the independent witness of what was really bought.
  decimal held(const std::string& asset);

  /// Sends the command and returns where the answer will be.
  std::shared_ptr<std::optional<emergency_outcome>> send_command(emergency_command c);

  virtual_config config;
  caf::actor_system system;
  caf::scheduler::test_coordinator& sched;
  std::shared_ptr<virtual_clock> clock;
  std::shared_ptr<virtual_boot> host_boot = std::make_shared<virtual_boot>(sched);
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();
  block_registry blocks = make_builtin_registry();
  storage_set storage;
  std::shared_ptr<faulty_journal> journal_port;
  std::shared_ptr<mortal_store> states;
  std::shared_ptr<order_gate> gate;
  std::shared_ptr<venue_board> board = std::make_shared<venue_board>();
  std::shared_ptr<paper_venue> paper;
  std::shared_ptr<mortal_venue> door;  ///< To `paper`.
  std::shared_ptr<collected> events = std::make_shared<collected>();
  std::vector<error> journal_failures;
  std::shared_ptr<memory_marker> marker = std::make_shared<memory_marker>();
  std::shared_ptr<services> shared;
  call_limits guard_limits;  ///< Of breakers that are made from now on.
  broadcaster_actor broadcast;
  emergency_actor controller;
  std::vector<workflow_actor> workflows;
  std::map<std::string, resume_route> routes;  ///< By definition id.
  recovery_actor recovery_of;

 private:
  durability mode_;
  std::mt19937_64 random_;
  bool shuffle_;
};

}  // namespace pitwall::test
