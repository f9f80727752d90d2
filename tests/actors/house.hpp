// Job: a whole host's actors in virtual time, for tests: nothing runs until run(), and time stands
//      still until pass(). Real paper venue, in-memory journal, real gate.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/broadcaster/actor.hpp"
#include "actors/emergency/actor.hpp"
#include "actors/journal_writer/actor.hpp"
#include "actors/message_types.hpp"
#include "actors/order_router/actor.hpp"
#include "actors/risk/actor.hpp"
#include "actors/services.hpp"
#include "actors/workflow/actor.hpp"
#include "net/venues/paper_venue.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"
#include "storage/open.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

struct virtual_config : caf::actor_system_config {
  virtual_config() {
    pitwall::add_message_types(*this);
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// Wall time that moves with the virtual actor clock.
class virtual_clock final : public wall_clock {
 public:
  explicit virtual_clock(caf::scheduler::test_coordinator& sched)
      : sched_(sched), start_(sched.clock().now()) {}
  timestamp now() const noexcept override {
    return timestamp(std::chrono::seconds(1'800'000'000)) +
           std::chrono::duration_cast<microseconds>(sched_.clock().now() - start_);
  }

 private:
  caf::scheduler::test_coordinator& sched_;
  caf::actor_clock::time_point start_;
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
  bool fail = false, hold = false;
  std::vector<std::function<void()>> held;

  void commit(std::vector<event_batch> batches, durability how, completion then) override {
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
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    return inner_->backup(directory);
  }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return inner_->emergency_scopes();
  }
  result<stored_node_state> node_state(const std::string& w, const std::string& n) const override {
    return inner_->node_state(w, n);
  }

 private:
  std::shared_ptr<journal> inner_;
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
  explicit house(std::uint64_t shuffle_seed = 0);
  ~house();

  /// Runs everything that is ready, and what becomes ready by it; in seeded random order if asked.
  void run();
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
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();
  block_registry blocks = make_builtin_registry();
  storage_set storage = open_memory();
  std::shared_ptr<faulty_journal> journal_port;
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  std::shared_ptr<paper_venue> paper;
  std::shared_ptr<collected> events = std::make_shared<collected>();
  std::vector<error> journal_failures;
  std::vector<emergency_command> markers;
  std::shared_ptr<services> shared;
  broadcaster_actor broadcast;
  emergency_actor controller;
  std::vector<workflow_actor> workflows;

 private:
  std::mt19937_64 random_;
  bool shuffle_;
};

}  // namespace pitwall::test
