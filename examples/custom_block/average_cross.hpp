// Job: the block type `average_cross`: a quick and a slow exponential average of a price, and when
// the
//      quick one crosses the slow one.
// Durable: both averages are the node's state, journaled with every execution.
#pragma once

#include "runtime/blocks/registry.hpp"

namespace desk {

pitwall::block_type average_cross_type();

}  // namespace desk
