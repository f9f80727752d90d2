// Job: an error of the house as an HTTP answer: RFC 9457 problem+json, and the one table of
//      statuses.
// Form: type (urn:pitwall:problem:<code>), title, status, detail (what happened), and ours: code,
//      where, remedy (absent where empty), problems (of an invalid workflow file).
// Threads: pure.
// Tests: tests/net/problem_test.cpp
#pragma once

#include <vector>

#include "net/server/message.hpp"
#include "runtime/base/error.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall::http {

/// A halt is a conflict with the host's state (409), as failed_precondition is: the request is
/// right, and right again once the state has changed. 503 would invite clients to retry blindly.
unsigned status_of(errc code) noexcept;
std::string_view title_of(errc code) noexcept;

reply problem_reply(const error& e, const std::vector<problem>& problems = {});
/// The same with another status than the code's own (404 against 405, 410 of an expired cursor).
reply problem_reply(const error& e, unsigned status, const std::vector<problem>& problems = {});

}  // namespace pitwall::http
