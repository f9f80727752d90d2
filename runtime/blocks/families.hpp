// Job: the families of the built-in block library; each function is one source file's contribution.
#pragma once

#include <vector>

#include "runtime/workflow/block.hpp"

namespace pitwall::blocks {

std::vector<block_type> provider_types();        // providers.cpp
std::vector<block_type> http_types();            // http.cpp
std::vector<block_type> replay_types();          // replay.cpp
std::vector<block_type> price_cross_types();     // price_cross.cpp
std::vector<block_type> volume_spike_types();    // volume_spike.cpp
std::vector<block_type> rsi_signal_types();      // rsi_signal.cpp
std::vector<block_type> time_trigger_types();    // time_trigger.cpp
std::vector<block_type> simple_trigger_types();  // triggers_simple.cpp
std::vector<block_type> logic_types();           // logic.cpp
std::vector<block_type> compare_types();         // compare.cpp
std::vector<block_type> math_types();            // math.cpp
std::vector<block_type> predecessor_types();     // predecessor.cpp
std::vector<block_type> order_types();           // order.cpp
std::vector<block_type> action_types();          // actions.cpp
std::vector<block_type> exit_price_types();      // exit_prices.cpp
std::vector<block_type> risk_types();            // risk_checks.cpp

}  // namespace pitwall::blocks
