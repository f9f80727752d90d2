// Job: what a venue's fetch_market() answers where it has streams: what the feed says, while it may
//      be believed and is young; else what REST says, or, where that fails or is older, what the
//      feed said; and of two failures both reasons.
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

  /// An older answer of the feed stands only where REST has none.
  static constexpr milliseconds young{2'000};

  /// `feed` may be null: then all is REST's. `symbol`: in the venue's notation.
  static cancel_call fetch(market_feed* feed, const std::string& symbol,
                           const market_request& request, const by_rest& rest, completion then);
  /// The part that decides. `live`: the feed's answer at `now`.
  static cancel_call fetch(const result<market_data>& live, timestamp now,
                           const market_request& request, const by_rest& rest, completion then);
};

}  // namespace pitwall
