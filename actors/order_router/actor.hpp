// Job: an order router (protocol.hpp): the only way to its venue.
// Owns: the orders it sent that are unanswered or still open.
// Durable: it sends only what its execution has already journaled as an intent.
#pragma once

#include <caf/all.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "actors/journal_writer/protocol.hpp"
#include "actors/order_router/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

struct order_router_options {
  std::shared_ptr<venue> to;
  std::shared_ptr<const order_gate> gate;
  std::shared_ptr<const wall_clock> clock;
  journal_writer_actor writer;
};

class order_router : public order_router_actor::base {
 public:
  order_router(caf::actor_config& cfg, order_router_options options);

  const char* name() const override { return "order_router"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct open_order {
    scope_ref scope;
    node_ref node;
    order_request order;
    caf::strong_actor_ptr client;  ///< Who waits for the first answer; null once it was given.
    std::uint64_t token = 0;
    std::size_t fills_known = 0;
  };

  void submit(submit_order& message);
  void report(const order_report& r);
  void journal_later(const open_order& o, const order_report& r);
  void cancel(const cancel_open& message);

  order_router_options options_;
  std::unordered_map<std::string, open_order> orders_;  ///< By client order id.
};

}  // namespace pitwall
