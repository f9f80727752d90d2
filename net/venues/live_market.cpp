#include "net/venues/live_market.hpp"

#include <algorithm>
#include <utility>

#include "net/venues/market_feed.hpp"

namespace pitwall {

namespace {

/// Of a request that is wrong, or that nobody waits for, or that came too often, the answer stays
/// what it is.
bool stays(errc code) {
  return code == errc::invalid_argument || code == errc::cancelled ||
         code == errc::resource_exhausted;
}

error both(error rest, const error& feed) {
  if (!stays(rest.code)) rest.code = errc::unavailable;
  rest.message += "; and by the stream: " + feed.message;
  return rest;
}

}  // namespace

cancel_call live_market::fetch(market_feed* feed, const std::string& symbol,
                               const market_request& request, const by_rest& rest,
                               completion then) {
  if (feed == nullptr || symbol.empty() || (!request.price && !request.book)) {
    return rest(request, std::move(then));
  }
  const auto live = feed->latest(symbol, request.price, request.book);
  return fetch(live, feed->wall_time(), request, rest, std::move(then));
}

cancel_call live_market::fetch(const result<market_data>& live, timestamp now,
                               const market_request& request, const by_rest& rest,
                               completion then) {
  if (!live.ok()) {
    return rest(request, [why = live.error(), then = std::move(then)](result<market_data> got) {
      if (got.ok()) return then(std::move(got));
      then(both(std::move(got).error(), why));
    });
  }
  if (now - live->observed_at > young) {
    return rest(request, [live = *live, whole = !request.balance,
                          then = std::move(then)](result<market_data> got) {
      // REST's may be a cache's, and older.
      if (whole &&
          (got.ok() ? got->observed_at < live.observed_at : got.error().code != errc::cancelled))
        got = live;
      then(std::move(got));
    });
  }
  if (!request.balance) {
    then(live);
    return {};
  }
  market_request left = request;
  left.price = left.book = false;
  return rest(left, [live = *live, then = std::move(then)](result<market_data> got) {
    if (got.ok()) {
      got->price_feed = live.price_feed;
      got->orderbook = live.orderbook;
      got->observed_at = std::min(got->observed_at, live.observed_at);
    }
    then(std::move(got));
  });
}

}  // namespace pitwall
