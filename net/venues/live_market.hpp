// Job: what a venue's fetch_market() answers where it has streams: what the feed says, while it may
//      be believed; else what REST says; and of two failures both reasons.
// Balances are REST's always; of two observations the older one counts.
// Threads: any. Tests: tests/net/live_market_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/ports/venue.hpp"

namespace pitwall {

class market_feed;

class live_market {
 public:
  using completion = venue::completion<market_data>;
  /// As venue::fetch_market().
  using by_rest = std::function<cancel_call(const market_request& request, completion then)>;

  /// `feed` may be null: then all is REST's. `symbol`: in the venue's notation.
  static cancel_call fetch(market_feed* feed, const std::string& symbol,
                           const market_request& request, const by_rest& rest, completion then);
  /// The part that decides. `live`: the feed's answer.
  static cancel_call fetch(const result<market_data>& live, const market_request& request,
                           const by_rest& rest, completion then);
};

}  // namespace pitwall
