// Job: method and path -> handler.
// Threads: immutable after the routes are added; route() is called on the I/O thread, and a
//      handler must not block it: what may block goes through exchange::work().
// Errors: 404 for an unknown path, 405 with Allow for an unknown method on a known one.
// Tests: tests/net/router_test.cpp
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/server/message.hpp"

namespace pitwall::http {

class router {
 public:
  /// `captured`: the segments that stand for {…}, in order.
  using handler =
      std::function<void(const exchange_ref& ex, const std::vector<std::string>& captured)>;

  /// `pattern`: "/api/v1/executions/{id}/events"
  void add(std::string method, std::string_view pattern, handler h);
  void route(const exchange_ref& ex) const;

 private:
  struct entry {
    std::string method;
    std::vector<std::string> segments;  ///< Empty: captures.
    handler run;
  };
  std::vector<entry> entries_;
};

}  // namespace pitwall::http
