// What a start finds of how long earlier lives of the host let things go on.
#include "runtime/host/earlier_life.hpp"

#include "storage/open.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using namespace std::chrono_literals;

outside_venue placed(const std::string& name) {
  outside_venue v;
  v.name = name;
  v.placement = {"zone=eu"};
  return v;
}
outside_venue direct(const std::string& name, milliseconds recv_window) {
  outside_venue v;
  v.name = name;
  v.recv_window = recv_window;
  return v;
}

struct lives {
  earlier_life begin(const std::vector<outside_venue>& venues, boot_time lease = 5s,
                     boot_time now = 0s) const {
    auto made = earlier_life::begin(states, durability::sync, venues, lease, now);
    REQUIRE(made.ok());
    return *made;
  }
  std::shared_ptr<state_store> states = open_memory().states;
};

}  // namespace

TEST_CASE("a lease that is made shorter is waited for as it was, until a life has outlasted it") {
  lives h;
  CHECK(h.begin({placed("a")}, 30s).leases() == 30s);
  CHECK(h.begin({placed("a")}, 1s).leases() == 30s);  // The one before was killed.
  auto third = h.begin({placed("a")}, 1s, 100s);
  CHECK(third.leases() == 30s);
  CHECK(third.orders_of("a") == 30s);
  CHECK(third.orders_of("b") == 0s);
  REQUIRE(third.end(130s).ok());  // Too soon: clocks run unequally fast.
  auto fourth = h.begin({placed("a")}, 1s, 200s);
  CHECK(fourth.leases() == 30s);
  REQUIRE(fourth.end(232s).ok());
  CHECK(h.begin({placed("a")}, 1s).leases() == 1s);
  CHECK(h.begin({placed("a")}, 10s).leases() == 10s);
}

TEST_CASE("a venue that is no longer placed on workers may get orders from them yet") {
  lives h;
  h.begin({placed("a"), direct("b", 2s)}, 30s);
  auto now = h.begin({direct("a", 2s), direct("b", 3s)}, 0s);
  CHECK(now.leases() == 30s);
  CHECK(now.orders_of("a") == 30s);
  CHECK(now.orders_of("b") == 3s);
  // One that is not configured at all is remembered, too.
  auto none = h.begin({}, 0s);
  CHECK(none.leases() == 30s);
  CHECK(none.orders_of("b") == 3s);
  REQUIRE(none.end(1h).ok());
  const auto after = h.begin({}, 0s);
  CHECK(after.leases() == 0s);
  CHECK(after.orders_of("a") == 0s);
}

TEST_CASE("a window for orders that is made shorter is waited for as it was") {
  lives h;
  h.begin({direct("a", 60s)});
  auto now = h.begin({direct("a", 50ms)});
  CHECK(now.orders_of("a") == 60s);
  CHECK(now.leases() == 0s);
  // Also where it is placed on a worker meanwhile.
  CHECK(h.begin({placed("a")}).orders_of("a") == 60s);
}

TEST_CASE("what cannot be understood there stands for the longest there can be") {
  lives h;
  for (const char* text : {"", "-1", "5s", "99999999999999999999", "61000000"}) {
    CAPTURE(text);
    REQUIRE(h.states->put("given/trading_lease/a", text, durability::sync).ok());
    CHECK(h.begin({}).leases() == 60s);
  }
}

TEST_CASE("venues that take no orders leave nothing behind") {
  lives h;
  outside_venue v = direct("a", 60s);
  v.type = "kraken";
  CHECK(h.begin({v}).orders_of("a") == 0s);
}

}  // namespace pitwall
