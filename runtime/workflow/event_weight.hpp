// Job: about how many bytes an event takes in memory and in the journal, for bounds. Cheap for the
//      usual small event, and exact to a few dozen bytes for what can be large: outputs, states,
//      texts. Threads: plain functions. Tests: tests/workflow/event_weight_test.cpp
#pragma once

#include <cstddef>

#include "runtime/workflow/event.hpp"

namespace pitwall {

std::size_t event_weight(const event& e);
std::size_t batch_weight(const event_batch& batch);

}  // namespace pitwall
