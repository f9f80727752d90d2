#include "actors/message_types.hpp"

#include "actors/bots/protocol.hpp"
#include "actors/breaker/protocol.hpp"
#include "actors/breakers/protocol.hpp"
#include "actors/broadcaster/protocol.hpp"
#include "actors/emergency/lease.hpp"
#include "actors/emergency/protocol.hpp"
#include "actors/execution/protocol.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/node/protocol.hpp"
#include "actors/order_router/protocol.hpp"
#include "actors/recovery/protocol.hpp"
#include "actors/retention/protocol.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/scheduler/protocol.hpp"
#include "actors/supervisor/protocol.hpp"
#include "actors/venue_desk/protocol.hpp"
#include "actors/worker/protocol.hpp"
#include "actors/workers/front_door.hpp"
#include "actors/workers/protocol.hpp"
#include "actors/workflow/protocol.hpp"

namespace pitwall {

void add_message_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::pitwall_journal_writer>();
  config.add_message_types<caf::id_block::pitwall_order_router>();
  config.add_message_types<caf::id_block::pitwall_risk>();
  config.add_message_types<caf::id_block::pitwall_node>();
  config.add_message_types<caf::id_block::pitwall_execution>();
  config.add_message_types<caf::id_block::pitwall_emergency>();
  config.add_message_types<caf::id_block::pitwall_workflow>();
  config.add_message_types<caf::id_block::pitwall_supervisor>();
  config.add_message_types<caf::id_block::pitwall_recovery>();
  config.add_message_types<caf::id_block::pitwall_retention>();
  config.add_message_types<caf::id_block::pitwall_breaker>();
  config.add_message_types<caf::id_block::pitwall_breakers>();
  config.add_message_types<caf::id_block::pitwall_bots>();
  config.add_message_types<caf::id_block::pitwall_scheduler>();
  config.add_message_types<caf::id_block::pitwall_front_door>();
  config.add_message_types<caf::id_block::pitwall_worker>();
  config.add_message_types<caf::id_block::pitwall_workers>();
  config.add_message_types<caf::id_block::pitwall_order_upkeep>();
  config.add_message_types<caf::id_block::pitwall_trading_lease>();
  config.add_message_types<caf::id_block::pitwall_venue_desk>();
  config.add_message_types<caf::id_block::pitwall_desk_opening>();
}

}  // namespace pitwall
