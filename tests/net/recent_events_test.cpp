#include "net/live/recent_events.hpp"

#include <thread>

#include "tests/net/live_fixture.hpp"

using namespace pitwall;
using namespace pitwall::live;
using namespace pitwall::test;

namespace {

struct ring_fixture {
  explicit ring_fixture(recent_bounds bounds = {}) : ring(bounds) {
    ring.settle(true);
    told = host.on_published([this](const committed_ref& c) { ring.offer(c); });
  }
  fake_control host;
  recent_events ring;
  std::shared_ptr<void> told;
};

}  // namespace

TEST_CASE("the ring holds what was published last, with one frame for all") {
  ring_fixture f;
  CHECK((f.ring.head() == 0 && f.ring.first() == 1));
  f.host.publish(3);
  f.ring.settle(true);
  CHECK((f.ring.head() == 3 && f.ring.first() == 1));
  const auto& e = f.ring.at(2);
  CHECK(e.type == "notification_sent");
  const auto frame = f.ring.frame(2);
  CHECK(frame->starts_with(R"({"op":"event","event":{"seq":2,"type":"notification_sent",)"));
  CHECK(frame.get() == f.ring.frame(2).get());
  CHECK(parse_json(*frame).ok());
}

TEST_CASE("the ring is bounded in events and in bytes") {
  ring_fixture f(recent_bounds{4, 1U << 20U});
  f.host.publish(10);
  f.ring.settle(true);
  CHECK((f.ring.head() == 10 && f.ring.first() == 7));
  ring_fixture small(recent_bounds{1'000, 1'000});
  small.host.publish(10);
  small.ring.settle(true);
  CHECK(small.ring.head() == 10);
  CHECK(small.ring.first() > 5);
  for (auto seq = small.ring.first(); seq <= 10; ++seq) small.ring.frame(seq);
  small.ring.settle(true);
  small.host.publish(10);
  small.ring.settle(true);
  std::size_t bytes = 0;
  for (auto seq = small.ring.first(); seq <= 20; ++seq) bytes += small.ring.frame(seq)->size();
  CHECK((bytes > 0 && bytes <= 2'000));
}

TEST_CASE("what nobody wants makes no frames, but the head moves") {
  ring_fixture f;
  f.host.publish(3);
  f.ring.settle(false);
  CHECK((f.ring.head() == 3 && f.ring.first() == 4));
  f.host.publish(2);
  f.ring.settle(true);
  CHECK((f.ring.head() == 5 && f.ring.first() == 4));
  f.ring.settle(false);
  CHECK((f.ring.head() == 5 && f.ring.first() == 6));
  f.host.publish(2);
  f.host.publish(2);
  f.host.publish(3);
  f.ring.settle(true);  // Only the last commit was kept for it.
  CHECK((f.ring.head() == 12 && f.ring.first() == 10));
}

TEST_CASE("an inbox that overflows leaves its oldest to the journal: what is here has no hole") {
  ring_fixture f(recent_bounds{1'000, 1U << 20U, 2'000});
  f.host.publish(1);
  f.ring.settle(true);
  for (int i = 0; i < 100; ++i) f.host.publish(1);
  f.ring.settle(true);
  CHECK(f.ring.head() == 101);
  CHECK((f.ring.first() > 50 && f.ring.first() <= 101));
  for (auto seq = f.ring.first(); seq <= f.ring.head(); ++seq) {
    CHECK(f.ring.frame(seq)->find("\"seq\":" + std::to_string(seq) + ",") != std::string::npos);
  }
}

TEST_CASE("what was published before it was listened to does not come twice") {
  ring_fixture f;
  f.host.publish(5);
  f.ring.begin(7);
  f.ring.settle(true);
  CHECK((f.ring.head() == 7 && f.ring.first() == 8));
  f.host.publish(4);
  f.ring.settle(true);
  CHECK((f.ring.head() == 9 && f.ring.first() == 8));
}

TEST_CASE("events are offered from other threads") {
  ring_fixture f;
  std::thread publisher([&] {
    for (int i = 0; i < 2'000; ++i) f.host.publish(1);
  });
  while (f.ring.head() < 2'000) f.ring.settle(true);
  publisher.join();
  CHECK((f.ring.head() == 2'000 && f.ring.first() == 1));
}
