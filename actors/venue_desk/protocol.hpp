// Job: the messages between a venue's two halves where it is placed on a worker: the host's actor
//      (actors/placed_venue), which the venue's order router sees as the venue, and the worker's
//      desk, which has the adapter, the connection, and the venue's keys.
// Numbers: a desk belongs to the place that the host's list of workers gave it; what is said of
//      another place counts for nothing. Tokens are the host's, and echoed.
// Effects: the host sends an order to one desk once, and never again.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/emergency/lease.hpp"
#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, market_request& x) {
  return f(caf::meta::type_name("market_request"), x.venue, x.symbol, x.price, x.book, x.balance,
           x.positions, x.volume);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, market_data& x) {
  wire_time observed(x.observed_at);
  auto load = [&]() -> caf::error {
    observed.load();
    return caf::none;
  };
  return f(caf::meta::type_name("market_data"), x.price_feed, x.balance, x.positions, x.orderbook,
           observed.count(), x.volume, caf::meta::load_callback(load));
}

// From the desk.

struct ask_lease {
  lease_name lease;
  std::int64_t asked_ns = 0;
  std::uint64_t version = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_lease& x) {
  return f(caf::meta::type_name("ask_lease"), x.lease, x.asked_ns, x.version);
}

/// It holds a lease for the first time in this place: orders may come. Before, it says what it did
/// while it was cut off.
struct desk_ready {
  std::uint64_t place = 0;
  std::string told;                   ///< Empty: it was not cut off.
  std::vector<std::string> canceled;  ///< Client order ids.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_ready& x) {
  return f(caf::meta::type_name("desk_ready"), x.place, x.told, x.canceled);
}

/// To any question; of the parts one is filled.
struct desk_answer {
  std::uint64_t place = 0, token = 0;
  wire_error failure;
  order_report report;
  std::vector<std::string> ids;
  market_data market;
  decimal quantity_step;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_answer& x) {
  return f(caf::meta::type_name("desk_answer"), x.place, x.token, x.failure, x.report, x.ids,
           x.market, x.quantity_step);
}

struct desk_report {
  std::uint64_t place = 0;
  order_report report;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_report& x) {
  return f(caf::meta::type_name("desk_report"), x.place, x.report);
}

/// The venue answers there again.
struct desk_regained {
  std::uint64_t place = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_regained& x) {
  return f(caf::meta::type_name("desk_regained"), x.place);
}

// From the host.

struct desk_order {
  std::uint64_t place = 0, token = 0;
  std::string client_order_id;
  order_request order;
  order_permit permit;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_order& x) {
  return f(caf::meta::type_name("desk_order"), x.place, x.token, x.client_order_id, x.order,
           x.permit);
}
struct desk_question {
  std::uint64_t place = 0, token = 0;
  std::string client_order_id;
  order_request order;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_question& x) {
  return f(caf::meta::type_name("desk_question"), x.place, x.token, x.client_order_id, x.order);
}
struct desk_cancel {
  std::uint64_t place = 0, token = 0;
  cancel_request request;
  std::vector<std::string> ids;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_cancel& x) {
  return f(caf::meta::type_name("desk_cancel"), x.place, x.token, x.request, x.ids);
}
/// What is open there?
struct desk_list {
  std::uint64_t place = 0, token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_list& x) {
  return f(caf::meta::type_name("desk_list"), x.place, x.token);
}
struct desk_fetch {
  std::uint64_t place = 0, token = 0;
  market_request request;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_fetch& x) {
  return f(caf::meta::type_name("desk_fetch"), x.place, x.token, x.request);
}
/// Nobody waits for this fetch any more.
struct desk_forget {
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_forget& x) {
  return f(caf::meta::type_name("desk_forget"), x.token);
}
/// venue::settled_elsewhere().
struct desk_settled {
  std::string client_order_id;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, desk_settled& x) {
  return f(caf::meta::type_name("desk_settled"), x.client_order_id);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_venue_desk, pitwall::type_ids::venue_desk)
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::ask_lease))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_ready))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_answer))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_report))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_regained))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_order))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_question))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_cancel))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_list))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_fetch))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_forget))
CAF_ADD_TYPE_ID(pitwall_venue_desk, (pitwall::desk_settled))
CAF_END_TYPE_ID_BLOCK(pitwall_venue_desk)

namespace pitwall {

/// The host's half, as its desk knows it.
using desk_owner = caf::typed_actor<caf::replies_to<ask_lease>::with<lease_answer>,
                                    caf::reacts_to<desk_ready>, caf::reacts_to<desk_answer>,
                                    caf::reacts_to<desk_report>, caf::reacts_to<desk_regained>>;

/// From now on this desk trades for that host, in this place.
struct open_desk_for {
  std::uint64_t epoch = 0, place = 0;
  std::int64_t lease_us = 0;
  desk_owner owner;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_desk_for& x) {
  return f(caf::meta::type_name("open_desk_for"), x.epoch, x.place, x.lease_us, x.owner);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_desk_opening, pitwall::type_ids::venue_desk + 15)
CAF_ADD_TYPE_ID(pitwall_desk_opening, (pitwall::open_desk_for))
CAF_END_TYPE_ID_BLOCK(pitwall_desk_opening)

namespace pitwall {

/// The worker's half, as its host knows it.
using desk_link =
    lease_holder_actor::extend<caf::reacts_to<open_desk_for>, caf::reacts_to<desk_order>,
                               caf::reacts_to<desk_question>, caf::reacts_to<desk_cancel>,
                               caf::reacts_to<desk_list>, caf::reacts_to<desk_fetch>,
                               caf::reacts_to<desk_forget>, caf::reacts_to<desk_settled>>;

/// To itself, from the adapter's threads: answers, reports; and its own alarms.
struct adapter_said {
  desk_answer answer;
  bool of_order = false;
};
struct adapter_told {
  order_report report;
};
struct adapter_regained {};
struct adapter_swept {
  std::uint64_t round = 0;
  std::vector<std::string> canceled;
  wire_error failure;
};
struct desk_beat {
  std::uint64_t opening = 0;
};
struct sweep_open {
  std::uint64_t round = 0;
};

using venue_desk_actor =
    desk_link::extend<caf::reacts_to<adapter_said>, caf::reacts_to<adapter_told>,
                      caf::reacts_to<adapter_regained>, caf::reacts_to<adapter_swept>,
                      caf::reacts_to<desk_beat>, caf::reacts_to<sweep_open>>;

}  // namespace pitwall

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::adapter_said)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::adapter_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::adapter_regained)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::adapter_swept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::desk_beat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::sweep_open)
