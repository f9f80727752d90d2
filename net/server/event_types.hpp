// Job: which event types a viewer may ask for.
// Errors: invalid_argument that lists them. Threads: pure. Tests: tests/net/api_events_test.cpp
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall::http {

status check_event_types(const std::vector<std::string>& types, const std::string& where);

}  // namespace pitwall::http
