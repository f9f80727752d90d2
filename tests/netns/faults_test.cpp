// Whatever befalls workers, cables and host, one after the other and in no order: scene.hpp says
// what must hold in the end. PITWALL_SEED and PITWALL_FAULTS make the long form (./dev faults).
#include <iostream>
#include <random>

#include "tests/netns/scene.hpp"
#include "tests/support/from_environment.hpp"

namespace pitwall::test {
namespace {

using std::chrono::milliseconds;

class mishaps {
 public:
  mishaps(scene& s, std::uint64_t seed) : s_(s), random_(seed) {}

  void next() {
    const bool halted = any();
    strike(halted);
    if (halted) s_.resume();
  }

 private:
  /// A halt comes where the fault has struck.
  void strike(bool halted) {
    const std::string one = any() ? "far-1" : "far-2";
    const std::string other = one == "far-1" ? "far-2" : "far-1";
    for (auto n = random_() % 10; n > 0; --n) s_.trade();
    switch (random_() % 7) {
      case 0:
        return killed(one, halted);
      case 1:
        s_.net().cut(one);
        break;
      case 2:
        s_.net().lose(one, any() ? way::to_machine : way::from_machine);
        break;
      case 3:
        s_.net().slow(one, up_to(200), static_cast<unsigned>(random_() % 30));
        break;
      case 4:
        host_ends();
        break;
      case 5:  // Whoever comes back finds another host, by a connection that is half open.
        s_.net().cut(one);
        s_.trade_for(up_to(300));
        host_ends();
        break;
      default:
        s_.net().cut(one);
        s_.trade_for(up_to(1'500));
        s_.net().cut(other);
    }
    halt_meanwhile(halted, up_to(2'500));
    s_.net().mend(one);
    s_.net().mend(other);
  }

  bool any() { return random_() % 2 == 0; }
  milliseconds up_to(std::uint64_t ms) {
    return milliseconds(static_cast<std::int64_t>(random_() % (ms + 1)));
  }
  void halt_meanwhile(bool halted, milliseconds time) {
    const auto first = halted ? time / 4 : time;
    s_.trade_for(first);
    if (!halted) return;
    s_.halt();
    s_.trade_for(time - first);
  }
  void killed(const std::string& one, bool halted) {
    s_.worker(one).kill();
    halt_meanwhile(halted, up_to(1'500));
    s_.start_again(one);
  }
  void host_ends() {
    if (any()) {
      s_.host().kill();
    } else {
      s_.host().process().signal(SIGTERM);
      CHECK(s_.host().process().wait() == 0);
    }
    s_.host().start();
  }

  scene& s_;
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("faults come one after the other", "[netns][faults]") {
  const auto seed = from_environment("PITWALL_SEED", std::random_device{}());
  const auto faults = from_environment("PITWALL_FAULTS", 2);
  CAPTURE(seed, faults);
  scene s;
  s.add("far-1", true);
  s.add("far-2", true);
  mishaps happens(s, seed);
  for (std::uint64_t i = 0; i < faults; ++i) {
    CAPTURE(i);
    happens.next();
    for (const char* name : {"far-1", "far-2"})
      CHECK(s.trade_until([&] {
        const auto w = s.host().worker(name);
        return w.is_object() && w.find("state")->as_text() == "joined";
      }));
    if (faults > 20 && i % 10 == 9) {
      s.settle();
      std::cout << i + 1 << " faults, " << s.started() << " executions, " << s.completed()
                << " of them completed\n"
                << std::flush;
    }
  }
  s.settle();
  const auto before = s.completed();
  CHECK(s.trade_until([&] { return s.settle(), s.completed() > before + 10; }));
  s.compare();
}

}  // namespace pitwall::test
