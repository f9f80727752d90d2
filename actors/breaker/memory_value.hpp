// Job: a breaker's memory as a value, as the journal keeps it with each change of state (the window
//      is empty then, and left out), and back.
// Errors: data_loss where the value is none of these. Tests: tests/actors/breaker_test.cpp
#pragma once

#include "runtime/base/value.hpp"
#include "runtime/resilience/breaker_state.hpp"

namespace pitwall {

value value_of(const breaker_memory& memory);
result<breaker_memory> memory_of(const value& v);

}  // namespace pitwall
