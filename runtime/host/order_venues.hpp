// Job: whether what a workflow orders can leave: each venue that it names is one that takes orders
//      here; and whether it trades where the configuration sends its bot.
// Threads: pure. Tests: tests/host/order_venues_test.cpp
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/host/venues.hpp"
#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

/// One for each block that orders, or cancels, where the host has market data alone.
std::vector<problem> order_problems(const workflow_definition& definition,
                                    const std::vector<outside_venue>& venues);
/// The first of them, as failed_precondition: it was deployed while the venue was another one.
status check_orders(const workflow_definition& definition,
                    const std::vector<outside_venue>& venues);

/// What the configuration says of bots, by bot id and provider type: the venue to trade on. It
/// holds for the workflow of the bot's own entry.
using bot_venues = std::map<std::string, std::map<std::string, std::string>>;

/// A warning for each block of a bot's other workflows that goes elsewhere than its bot's entry
/// says.
std::vector<problem> bot_venue_problems(const workflow_definition& definition,
                                        const bot_venues& all);

}  // namespace pitwall
