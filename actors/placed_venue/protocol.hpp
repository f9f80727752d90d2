// Job: the messages of a host's actor of a venue that is placed on a worker. What comes from the
//      venue's port (port.hpp) stays in this process: it carries who waits for the answer.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/emergency/protocol.hpp"
#include "actors/venue_desk/protocol.hpp"
#include "actors/workers/protocol.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

/// An answer that is due, once. Whoever drops the message, and be it a dead actor's mailbox, gives
/// it with `otherwise`.
template <class T>
class owed {
 public:
  owed(std::function<void(T)> then, T otherwise)
      : then_(std::move(then)), otherwise_(std::move(otherwise)) {}
  ~owed() { pay(otherwise_); }
  owed(const owed&) = delete;
  owed& operator=(const owed&) = delete;

  void pay(T what) {
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(what));
  }

 private:
  std::function<void(T)> then_;
  T otherwise_;
};
template <class T>
using owed_ref = std::shared_ptr<owed<T>>;

struct relay_order {
  std::string client_order_id;
  order_request order;
  order_permit permit;
  owed_ref<order_report> answer;
};
struct relay_question {
  std::string client_order_id;
  order_request order;
  owed_ref<result<order_report>> answer;
};
struct relay_cancel {
  cancel_request request;
  std::vector<std::string> ids;
  owed_ref<result<cancel_report>> answer;
};
struct relay_list {
  owed_ref<result<std::vector<std::string>>> answer;
};
struct relay_fetch {
  std::uint64_t token = 0;
  market_request request;
  owed_ref<result<market_data>> answer;
};
struct forget_fetch {
  std::uint64_t token = 0;
};
struct relay_settled {
  std::string client_order_id;
};

/// From now on a worker may be looked for.
struct begin_placing {
  workers_actor workers;
  emergency_actor controller;
};
/// To itself: look for a worker, and for what became of open orders.
struct place_tick {};

using placed_venue_actor = desk_owner::extend<
    caf::reacts_to<relay_order>, caf::reacts_to<relay_question>, caf::reacts_to<relay_cancel>,
    caf::reacts_to<relay_list>, caf::reacts_to<relay_fetch>, caf::reacts_to<forget_fetch>,
    caf::reacts_to<relay_settled>, caf::reacts_to<begin_placing>, caf::reacts_to<place_tick>>;

}  // namespace pitwall

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_cancel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::forget_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::relay_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::begin_placing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::place_tick)
