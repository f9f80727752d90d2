// Job: what the server of /ws says, as JSON text.
// Compatibility: members are only ever added (docs/asyncapi.json).
// Threads: pure. Tests: tests/net/live_session_test.cpp, live_schema_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "net/live/client_frame.hpp"
#include "net/server/message.hpp"

namespace pitwall::live {

/// {"op": …, "id": …, members…}; no id where it is null. Precondition: `members` is an object.
std::string frame(std::string_view op, const value& id, const value& members);
std::string error_frame(const refusal& r);
/// The answer of the HTTP handler that was asked, as the frame `op`: an object's members directly
/// in it, or under `nested`; a problem as an `error` frame.
std::string answer_frame(std::string_view op, const value& id, std::string_view nested,
                         const http::reply& r);

/// A seq as a number.
value seq_value(std::uint64_t seq);

}  // namespace pitwall::live
