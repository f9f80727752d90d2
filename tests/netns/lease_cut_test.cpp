// A host whose cable is cut while its worker has orders under way at a venue: how long after the
// cut the last order reaches the exchange, and how long until nothing of the worker rests there.
#include <iostream>

#include "tests/netns/placed_scene.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::int64_t last_order_ms(const desk_scene& s) {
  std::int64_t last = 0;
  for (const auto& o : dated_orders(s.exchange)) last = std::max(last, o.came_ms);
  return last;
}

}  // namespace

TEST_CASE("a host is cut off from its worker with orders under way", "[netns][faults]") {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::int64_t busy_machine = 4'000;
#else
  constexpr std::int64_t busy_machine = 1'500;
#endif
  constexpr std::int64_t lease = 5'000, trades = lease * 3 / 5;
  lan net;
  net.plug("home");
  desk_scene s(rests, "5s", "30s", "10.77.0.2", net.inside("home"));
  auto& w = s.hire("w1");
  s.await_open();
  for (int i = 0; i < 5; ++i) REQUIRE(row_text(s.host.run(), "status") == "completed");
  REQUIRE(s.open_there() == 5);
  s.set(R"({"latency_ms": 30})");
  std::vector<std::string> started;
  for (int i = 0; i < 15; ++i) started.push_back(s.start());
  // Some have arrived, and others are under way.
  s.await([&] { return s.open_there() > 5; });
  const auto open_then = s.open_there();
  const auto cut = wall_now_us() / 1'000;
  net.cut("home");
  s.await([&] { return s.open_there() == 0; });
  const auto none_open = wall_now_us() / 1'000 - cut;
  REQUIRE(w.logged().await_log("open when the host was lost"));
  const auto last = last_order_ms(s) - cut;
  std::cout << "cut off with " << open_then << " of " << 5 + started.size()
            << " orders there, trading lease " << lease << " ms: the last order came " << last
            << " ms after the cut, and nothing was open after " << none_open << " ms\n";
  CHECK(last <= trades + busy_machine);
  CHECK(none_open <= lease + busy_machine);
  CHECK(s.open_there() == 0);
  s.set(R"({"latency_ms": 0})");
  net.mend("home");
  REQUIRE(s.host.logged().await_log("was cut off from this host"));
  for (const auto& id : started) s.host.await_end(id);
  s.await_none_open();
  CHECK(last_order_ms(s) - cut == last);
  s.check_books();
}

}  // namespace pitwall::test
