#include "net/client/reconnect.hpp"

#include <random>

#include "tests/support/catch.hpp"

namespace pitwall {

using std::chrono::steady_clock;

TEST_CASE("waits for a new connection double up to a bound, and vary", "[reconnect]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  reconnect r({milliseconds(100), milliseconds(1'000), milliseconds(5'000)});
  steady_clock::time_point now{};
  milliseconds span(100);
  bool varied = false;
  for (int i = 0; i < 2'000; ++i) {
    milliseconds open(0);
    if (random() % 2 == 0) {
      r.on_open(now);
      open = milliseconds(random() % 10'000);
      now += open;
    }
    if (open >= milliseconds(5'000)) span = milliseconds(100);
    const auto wait = r.on_lost(now, random());
    REQUIRE(wait <= span);
    REQUIRE(wait >= span / 2);
    varied = varied || (wait != span && wait != span / 2);
    now += wait;
    span = std::min(span * 2, milliseconds(1'000));
  }
  CHECK(varied);
}

TEST_CASE("a server's wish to wait is obeyed, but not for weeks", "[reconnect]") {
  reconnect r({milliseconds(100), milliseconds(1'000), milliseconds(5'000), milliseconds(60'000)});
  const steady_clock::time_point now{};
  CHECK(r.on_lost(now, 0, milliseconds(7'000)) == milliseconds(7'000));
  CHECK(r.on_lost(now, 0, milliseconds(150)) == milliseconds(200));
  CHECK(r.on_lost(now, 0, milliseconds(4'294'967'295)) == milliseconds(60'000));
}

TEST_CASE("a server that hangs up at once does not begin the waits anew", "[reconnect]") {
  reconnect r({milliseconds(100), milliseconds(1'000), milliseconds(5'000)});
  steady_clock::time_point now{};
  CHECK(r.on_lost(now, 0) == milliseconds(100));
  r.on_open(now);
  CHECK(r.on_lost(now + milliseconds(4'999), 0) == milliseconds(200));
  r.on_open(now);
  CHECK(r.on_lost(now + milliseconds(5'000), 50) == milliseconds(50));
}

TEST_CASE("a server is waited for as it asks, but not for weeks", "[reconnect]") {
  reconnect r;
  const reconnect::steady_time now{};
  CHECK(r.on_lost(now, 0, milliseconds(7'000)) == milliseconds(7'000));
  CHECK(r.on_lost(now, 0, milliseconds(1)) == milliseconds(1'000));
  CHECK(r.on_lost(now, 0, milliseconds(4'000'000'000)) == std::chrono::hours(1));
}

}  // namespace pitwall
