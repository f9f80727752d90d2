// Job: what a node hears from outside the actors: of a venue's data, and of a web server. They come
//      from any thread, with the token of the attempt that asked.
#pragma once

#include <caf/all.hpp>
#include <string>

#include "actors/inspect.hpp"

namespace pitwall {

/// A venue's market data, from any thread.
struct market_answer {
  std::uint64_t token = 0;
  value price_feed, balance, positions, orderbook;
  timestamp observed_at;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, market_answer& x) {
  wire_time observed_at(x.observed_at);
  auto load = [&]() -> caf::error {
    observed_at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("market_answer"), x.token, x.price_feed, x.balance, x.positions,
           x.orderbook, observed_at.count(), x.failure, caf::meta::load_callback(load));
}

/// A web server's answer, from any thread.
struct web_answer {
  std::uint64_t token = 0;
  std::uint32_t status = 0;
  std::string body;
  timestamp observed_at;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_answer& x) {
  wire_time observed_at(x.observed_at);
  auto load = [&]() -> caf::error {
    observed_at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("web_answer"), x.token, x.status, x.body, observed_at.count(),
           x.failure, caf::meta::load_callback(load));
}

}  // namespace pitwall
