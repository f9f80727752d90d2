// What happens between a host and its workers, on machines of their own: killed processes, cut and
// lossy cables, slow ones, and a host that restarts. The lease is short here; in each the
// executions go on meanwhile, and scene.hpp says what must hold in the end.
#include "tests/netns/scene.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// Neither was given up, nor what it ran.
bool is_still(scene& s, const std::string& name, const value& epoch) {
  return s.host().worker(name).find("epoch")->as_number() == epoch.as_number();
}

/// Two workers that trade, and the busier one, of which the test is.
struct pair : scene {
  pair() {
    add("far-1");
    add("far-2");
    trade_for(300ms);
    victim = busiest();
    epoch = epoch_of(victim);
  }
  /// It was given up and is there again, and nothing was lost by it.
  void comes_back() {
    CHECK(trade_until([&] { return !is_still(*this, victim, epoch); }));
    await(victim, "joined", epoch);
    CHECK(went_well());
    compare();
  }
  std::string victim;
  value epoch;
};

}  // namespace

TEST_CASE("a worker is killed under load, and its nodes go on elsewhere", "[netns]") {
  pair s;
  for (int i = 0; i < 20; ++i) s.trade();
  s.worker(s.victim).kill();
  s.trade_for(100ms);
  s.halt();
  s.trade_for(200ms);
  s.resume();
  s.trade_for(200ms);
  s.await(s.victim, "lost");
  s.start_again(s.victim);
  s.comes_back();
}

TEST_CASE("a cable is cut for longer than the lease, and mended", "[netns]") {
  pair s;
  s.net().cut(s.victim);
  s.trade_for(2500ms);
  s.await(s.victim, "lost");
  // It knows by itself, with nobody to tell it.
  CHECK(s.worker(s.victim).logged().await_log("lost the host: "));
  s.net().mend(s.victim);
  s.comes_back();
}

TEST_CASE("the only worker's cable is cut for longer than the lease", "[netns]") {
  scene s;
  s.add("far-1");
  s.trade_for(300ms);
  const auto epoch = s.epoch_of("far-1");
  s.net().cut("far-1");
  s.trade_for(300ms);
  s.halt();
  s.trade_for(700ms);
  s.resume();
  s.trade_for(1s);
  s.await("far-1", "lost");
  s.net().mend("far-1");
  CHECK(s.trade_until([&] { return !is_still(s, "far-1", epoch); }));
  // It is there again for all that come now.
  const auto before = (s.settle(), s.completed());
  CHECK(s.trade_until([&] { return s.settle(), s.completed() > before + 10; }));
  s.compare();
}

TEST_CASE("a cable is cut for shorter than the lease", "[netns]") {
  scene s("15s");
  s.add("far-1");
  s.trade_for(300ms);
  const auto epoch = s.epoch_of("far-1");
  s.net().cut("far-1");
  s.trade_for(1s);
  s.await("far-1", "suspect");
  s.net().mend("far-1");
  s.await("far-1", "joined");
  CHECK(is_still(s, "far-1", epoch));
  CHECK(s.went_well());
  s.compare();
}

TEST_CASE("a cable is cut for longer than connections usually wait, within a long lease",
          "[netns]") {
  scene s("30s");
  s.add("far-1");
  const auto epoch = s.epoch_of("far-1");
  s.net().cut("far-1");
  s.trade_for(5500ms);
  s.net().mend("far-1");
  s.await("far-1", "joined");
  CHECK(is_still(s, "far-1", epoch));
  CHECK(s.went_well());
  s.compare();
}

TEST_CASE("a cable loses all that goes one way", "[netns]") {
  const auto which = GENERATE(way::to_machine, way::from_machine);
  pair s;
  INFO((which == way::to_machine ? "to the worker" : "to the host"));
  s.net().lose(s.victim, which);
  CHECK(s.worker(s.victim).logged().await_log("lost the host: "));
  CHECK(s.trade_until([&] {
    const auto state = std::string(s.host().worker(s.victim).find("state")->as_text());
    return state == "lost" || state == "left";
  }));
  s.net().mend(s.victim);
  s.comes_back();
}

TEST_CASE("a slow cable makes executions slow, and nothing else", "[netns]") {
  scene s("4s");
  s.add("far-1", true);
  const auto epoch = s.epoch_of("far-1");
  s.net().slow("far-1", 150ms, 0);
  s.trade_for(2s);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(s.trade());
  s.settle();
  // Three nodes, one after the other, there and back.
  CHECK(std::chrono::steady_clock::now() - began >= 900ms);
  CHECK(is_still(s, "far-1", epoch));
  CHECK(s.went_well());
  s.compare();
}

TEST_CASE("a slow cable that loses frames", "[netns]") {
  scene s("2s");
  s.add("far-1", true);
  s.add("far-2", true);
  s.net().slow("far-1", 40ms, 10);
  s.net().slow("far-2", 40ms, 10);
  s.trade_for(3s);
  s.net().mend("far-1");
  s.net().mend("far-2");
  s.await("far-1", "joined");
  s.await("far-2", "joined");
  CHECK(s.trade_until([&] { return s.settle(), s.completed() > 10; }));
  s.compare();
}

TEST_CASE("a host restarts under its workers", "[netns]") {
  const bool killed = GENERATE(true, false);
  INFO((killed ? "killed" : "stopped"));
  scene s;
  s.add("far-1");
  s.add("far-2");
  s.trade_for(300ms);
  const auto first = s.epoch_of("far-1"), second = s.epoch_of("far-2");
  for (int i = 0; i < 20; ++i) s.trade();
  if (killed) {
    s.halt();
    s.host().kill();
  } else {
    s.host().process().signal(SIGTERM);
    CHECK(s.host().process().wait() == 0);
  }
  s.host().start();
  if (killed) {
    CHECK_FALSE(s.trade());
    s.resume();
  }
  CHECK(s.trade_until([&] { return s.trade(); }));
  s.trade_for(300ms);
  s.await("far-1", "joined", first);
  s.await("far-2", "joined", second);
  CHECK(s.went_well());
  s.compare();
}

}  // namespace pitwall::test
