// The Binance adapter against `pitwall exchange` with a small limit of weight: it stops to ask for
// prices before the limit, so that the exchange never has to say 429.
#include "net/venues/binance_venue.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {

TEST_CASE("prices are not asked for up to the exchange's limit of weight") {
  scratch_directory d;
  const exchange_process x(pitwall_binary(),
                           {"--weight-limit", "300", "--data-dir", (d.path() / "x").string()});
  binance_options o;
  o.url = x.url();
  const auto gate = std::make_shared<order_gate>();
  const auto venue = binance_venue::open(o, gate, std::make_shared<system_wall_clock>()).value();
  market_request wanted;
  wanted.symbol = "BTC/USDT";
  wanted.book = wanted.balance = false;
  std::size_t prices = 0;
  error last;
  for (int i = 0; i < 500; ++i) {
    awaited<result<market_data>> out;
    venue->fetch_market(wanted, out.completion());
    const auto got = out.get();
    if (got.ok()) {
      ++prices;
      continue;
    }
    last = got.error();
    CHECK(last.status == 0);  // The exchange did not say so.
  }
  CHECK(prices >= 80);
  CHECK(last.code == errc::resource_exhausted);
  CHECK(last.message.find("of the 300 units of weight") != std::string::npos);
  CHECK(venue->pause().empty());
  // What is left is there for what has to pass.
  awaited<result<cancel_report>> cancelled;
  venue->cancel({"binance", "BTC/USDT"}, {}, cancelled.completion());
  (void)cancelled.get();
  CHECK(x.get("/api/v3/time").status == 200);
  venue->stop();
}

}  // namespace pitwall::test
