// Job: a whole host's actors in virtual time, for tests: nothing runs until run(), and time stands
//      still until pass(). Real paper venue, in-memory journal, real gate.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
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
#include "tests/actors/faulty_journal.hpp"
#include "tests/actors/memory_marker.hpp"
#include "tests/actors/mortal_ports.hpp"
#include "tests/actors/virtual_time.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

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

  /// All in the journal, newest first.
  std::vector<execution_summary> executions();
  /// Runs, and gives what the API shows of risk.
  value risk_view();
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
