#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("cancel asks for this bot's orders, all or some") {
  block_fixture all("cancel");
  CHECK(all.run({{"signal", false}})["done"] == false);
  CHECK(all.run()["done"] == false);
  const auto r = all.request<cancel_request>({{"signal", true}});
  CHECK(r.venue.empty());
  CHECK(r.symbol.empty());
  const auto out = all.answered(cancel_report{{"a", "b"}});
  CHECK(out["done"] == true);
  CHECK(out["canceled"] == value(value::list{"a", "b"}));
  block_fixture some("cancel", {{"symbol", "X"}, {"venue", "luno"}});
  CHECK(some.request<cancel_request>({{"signal", true}}).symbol == "X");
  CHECK(some.request<cancel_request>({{"signal", true}}).venue == "luno");
  CHECK(all.resume(done{}).error().code == errc::internal);
}

TEST_CASE("notify sends texts as they are, other values as JSON, and has a default") {
  block_fixture b("notify", {{"url", "https://example.org/hook"}});
  CHECK(b.run({{"signal", false}, {"message", "x"}})["sent"] == false);
  CHECK(b.request<notification>({{"signal", true}, {"message", "up 5 %"}}).message == "up 5 %");
  CHECK(b.request<notification>({{"signal", true}, {"message", 5}}).message == "5");
  const auto n = b.request<notification>({{"signal", true}});
  CHECK(n.message == "Signal from Under test");
  CHECK(n.url == "https://example.org/hook");
  CHECK(b.answered(done{})["sent"] == true);
  CHECK(b.resume(market_data{}).error().code == errc::internal);
  CHECK(mentions(block_fixture("notify", {{"url", "ftp://x"}}).make_failure(), "https://"));
}
