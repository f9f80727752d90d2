// Job: what the actors of one host share: ports, the actors that there is one of, and the venues.
// Threads: immutable once the host is wired; read from every actor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/breakers/protocol.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/order_router/protocol.hpp"
#include "actors/recovery/protocol.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/workers/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/bot_board.hpp"
#include "runtime/ports/execution_slots.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"
#include "runtime/ports/venue_board.hpp"
#include "runtime/ports/web.hpp"
#include "runtime/resilience/retry_policy.hpp"

namespace pitwall {

/// A venue as nodes reach it: data straight from the port, orders through the router alone.
struct venue_access {
  std::shared_ptr<venue> port;
  order_router_actor router;
};

class venue_directory {
 public:
  void add(const std::string& name, venue_access access) { venues_[name] = std::move(access); }
  /// Every name that is not known leads here (development: the paper venue). Empty: to nowhere.
  void set_fallback(std::string name) { fallback_ = std::move(name); }

  /// Null where neither the name nor a fallback is known.
  const venue_access* find(const std::string& name) const {
    auto it = venues_.find(name);
    if (it == venues_.end()) it = venues_.find(fallback_);
    return it == venues_.end() ? nullptr : &it->second;
  }
  /// Of an order that was sent: never the fallback, which knows nothing of it.
  const venue_access* sent_to(const std::string& name) const {
    const auto it = venues_.find(name);
    return it == venues_.end() ? nullptr : &it->second;
  }
  const std::map<std::string, venue_access>& all() const noexcept { return venues_; }

 private:
  std::map<std::string, venue_access> venues_;
  std::string fallback_;
};

struct services {
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<const journal> history;
  std::shared_ptr<const order_gate> gate;
  std::shared_ptr<const venue_board> board;  ///< Null: every venue is open.
  std::shared_ptr<const bot_board> bot_states = std::make_shared<bot_board>();
  std::shared_ptr<log_port> log;
  journal_writer_actor writer;
  recovery_actor recover;  ///< Null in tests: who dies then stays dead.
  risk_actor risk;
  breakers_actor breakers;
  workers_actor workers;  ///< Null: this host has none, and blocks with `placement` say so.
  bool spread = false;  ///< Blocks that compute run there by load (runtime/workers/placement.hpp).
  venue_directory venues;
  std::shared_ptr<web> outside;  ///< Web servers; null: none can be reached.
  retry_settings retry;          ///< Where a workflow's file says nothing.
  std::uint64_t seed = 0;        ///< For execution ids; different in every process.
  /// Shared by all workflows.
  std::shared_ptr<execution_slots> slots =
      std::make_shared<execution_slots>(limits::max_executions_in_flight);
};
using services_ref = std::shared_ptr<const services>;

}  // namespace pitwall
