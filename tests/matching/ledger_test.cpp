#include "runtime/matching/ledger.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

TEST_CASE("a symbol says its assets", "[ledger]") {
  CHECK(split_symbol("BTCUSDT") == asset_pair{"BTC", "USDT"});
  CHECK(split_symbol("BTC/USDT") == asset_pair{"BTC", "USDT"});
  CHECK(split_symbol("eth-usd") == asset_pair{"ETH", "USD"});
  CHECK(split_symbol("XBT_ZAR") == asset_pair{"XBT", "ZAR"});
  CHECK(split_symbol("ETHBTC") == asset_pair{"ETH", "BTC"});
  CHECK(split_symbol("XBTZAR") == asset_pair{"XBT", "ZAR"});
  CHECK(split_symbol("BTC") == asset_pair{"BTC", "USDT"});
  CHECK(split_symbol("PRESIDENT2028") == asset_pair{"PRESIDENT2028", "USDT"});
  CHECK(split_symbol("A/") == asset_pair{"A/", "USDT"});
}

TEST_CASE("what is held is not free, and comes back", "[ledger]") {
  ledger l;
  const auto usdt = l.open("USDT", 100);
  CHECK(l.open("USDT", 5) == usdt);
  CHECK(l.free(usdt) == decimal(100));
  CHECK(l.hold(usdt, 60));
  CHECK(l.free(usdt) == decimal(40));
  CHECK_FALSE(l.hold(usdt, 41));
  CHECK(l.free(usdt) == decimal(40));
  l.release(usdt, 60);
  l.book(usdt, -30);
  CHECK(l.free(usdt) == decimal(70));
  CHECK(l.balances()[usdt].held == decimal(0));
}

TEST_CASE("the version moves with every change, and only then", "[ledger]") {
  ledger l;
  const auto btc = l.open("BTC", 1);
  const auto before = l.version();
  CHECK_FALSE(l.hold(btc, 2));
  l.open("BTC", 1);
  CHECK(l.version() == before);
  l.book(btc, 1);
  CHECK(l.version() != before);
}
