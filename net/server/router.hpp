// Job: method and path -> handler, and the scope that a token needs for it.
// Threads: immutable after the routes are added; route() is called on the I/O thread, and a
//      handler must not block it: what may block goes through exchange::work().
// Errors: 404 for an unknown path, 405 with Allow for an unknown method on a known one.
// Tests: tests/net/router_test.cpp
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/access/scopes.hpp"
#include "net/server/message.hpp"

namespace pitwall::http {

class router {
 public:
  /// `captured`: the segments that stand for {…}, in order.
  using handler =
      std::function<void(const exchange_ref& ex, const std::vector<std::string>& captured)>;

  /// `pattern`: "/api/v1/executions/{id}/events". What does not say which scope it needs needs
  /// `read` to look, and else the strictest one.
  void add(std::string method, std::string_view pattern, handler h);
  void add(std::string method, std::string_view pattern, access::scope needed, handler h);
  /// For every path that no pattern matches, instead of 404.
  void otherwise(handler h) { otherwise_ = std::move(h); }
  void route(const exchange_ref& ex) const;
  /// Method and pattern of each route.
  std::vector<std::pair<std::string, std::string>> routes() const;
  /// Where nothing is to be found: `read`.
  access::scope needed(std::string_view method, const target& to) const;

 private:
  struct entry {
    std::string method, pattern;
    std::vector<std::string> segments;  ///< Empty: captures.
    access::scope needed;
    handler run;
  };
  static void run(const handler& h, const exchange_ref& ex,
                  const std::vector<std::string>& captured);
  std::vector<entry> entries_;
  handler otherwise_;
};

}  // namespace pitwall::http
