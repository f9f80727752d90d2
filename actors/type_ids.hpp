// Job: where each actor's block of message type ids starts. Ids travel between hosts: append,
//      never renumber.
#pragma once

#include <caf/type_id.hpp>

namespace pitwall::type_ids {

inline constexpr caf::type_id_t journal_writer = caf::first_custom_type_id;
inline constexpr caf::type_id_t broadcaster = journal_writer + 20;
inline constexpr caf::type_id_t node = broadcaster + 20;
inline constexpr caf::type_id_t order_router = node + 40;
inline constexpr caf::type_id_t execution = order_router + 20;
inline constexpr caf::type_id_t workflow = execution + 20;
inline constexpr caf::type_id_t emergency = workflow + 20;
inline constexpr caf::type_id_t risk = emergency + 20;
inline constexpr caf::type_id_t supervisor = risk + 20;
inline constexpr caf::type_id_t recovery = supervisor + 20;
inline constexpr caf::type_id_t retention = recovery + 20;
inline constexpr caf::type_id_t breaker = retention + 20;
inline constexpr caf::type_id_t breakers = breaker + 20;
inline constexpr caf::type_id_t bots = breakers + 20;
inline constexpr caf::type_id_t scheduler = bots + 20;
inline constexpr caf::type_id_t front_door = scheduler + 20;
inline constexpr caf::type_id_t worker = front_door + 20;
inline constexpr caf::type_id_t workers = worker + 20;
inline constexpr caf::type_id_t order_upkeep = workers + 20;  // More of the order router's.
inline constexpr caf::type_id_t trading_lease = workers + 60;
inline constexpr caf::type_id_t venue_desk = trading_lease + 20;
inline constexpr caf::type_id_t placed_venue = venue_desk + 20;

}  // namespace pitwall::type_ids
