// Job: what the house needs from the web: one request, one answer.
// Threads: any thread may call; a completion runs once, on any thread, perhaps before the call
//      returns, and only hands the answer on.
// Effects: a request is sent at most once. Redirects are not followed.
// Errors: unavailable (no connection, a server that is not who it should be, a 5xx, no whole
//      answer), deadline_exceeded, resource_exhausted (429, or too many calls at once),
//      failed_precondition (this host may not go there), cancelled; invalid_argument: every other
//      answer that is no 2xx, an answer that is too large, a URL or a header that is none. What the
//      server said is in status and retry_after_ms. No error shows more of the URL than its origin.
// Bounds: an answer of at most limits::max_web_body_bytes.
#pragma once

#include <functional>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/workflow/block.hpp"

namespace pitwall {

class web {
 public:
  using completion = std::function<void(result<web_reply>)>;

  virtual ~web() = default;
  /// `patience`: for all of it. The function that is returned ends the call, as cancel_call in
  /// venue.hpp does.
  virtual std::function<void()> send(const web_request& request, milliseconds patience,
                                     completion then) = 0;
};

}  // namespace pitwall
