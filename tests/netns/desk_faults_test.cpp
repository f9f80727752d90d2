// What befalls a venue that is placed on a worker while its orders flow, and a halt that comes in
// the middle of it: scene by scene, each with processes of its own. placed_scene.hpp says what must
// hold in the end.
#include <functional>
#include <iostream>
#include <memory>
#include <random>

#include "tests/netns/placed_scene.hpp"
#include "tests/support/from_environment.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// So long into the fault the halt comes.
constexpr auto halted_after = 300ms;

/// Orders flow, that happens, and a halt comes.
promised halt_in(placed_scene& s, const std::function<void()>& strike) {
  s.desk().hire("w1");
  s.desk().await_open();
  s.get_busy();
  strike();
  s.flow().run_for(halted_after);
  return s.halt();
}

/// The answer cannot wait for a worker that does not hear: its lease says when nothing leaves.
void check_by_lease(const promised& p, std::chrono::microseconds lease) {
  INFO(p.warnings);
  CHECK(p.by_lease());
  CHECK(p.closed_us > p.told_us);
  CHECK(p.closed_us - p.told_us <= lease.count() + lease.count() / 1'000);
}

/// Something befalls the host, its worker or the cable; in the middle of it comes a halt, and
/// perhaps the host is killed right after its answer.
class mishaps {
 public:
  mishaps(placed_scene& s, std::uint64_t seed) : s_(s), random_(seed) {}

  void next() {
    s_.flow().run_for(up_to(500));
    switch (random_() % 5) {
      case 0:
        s_.net().cut(s_.home);
        break;
      case 1:
        s_.net().lose(s_.home, any() ? way::to_machine : way::from_machine);
        break;
      case 2:
        s_.net().slow(s_.home, up_to(200), static_cast<unsigned>(random_() % 30));
        break;
      case 3:
        s_.host().kill();
        s_.host().start();
        break;
      default:
        s_.desk().worker(name()).kill();
        ++workers_;
        if (any()) s_.desk().hire(name());
    }
    s_.flow().run_for(up_to(800));
    s_.halt();
    if (random_() % 4 == 0) {
      s_.host().kill();
      s_.host().start();
    }
    s_.flow().run_for(up_to(1'500));
    s_.net().mend(s_.home);
    if (!s_.desk().has(name())) s_.desk().hire(name());
    s_.desk().await_open();
  }
  std::string name() const { return "w" + std::to_string(workers_); }

 private:
  bool any() { return random_() % 2 == 0; }
  milliseconds up_to(std::uint64_t ms) {
    return milliseconds(static_cast<std::int64_t>(random_() % (ms + 1)));
  }

  placed_scene& s_;
  std::mt19937_64 random_;
  int workers_ = 1;
};

}  // namespace

TEST_CASE("faults come one after the other to a venue on a worker, and a halt in each",
          "[netns][.faults]") {
  const auto seed = from_environment("PITWALL_SEED", std::random_device{}());
  const auto faults = from_environment("PITWALL_FAULTS", 1);
  CAPTURE(seed, faults);
  placed_scene s("1s", "1s", true);
  s.has_one_worker(false);
  s.desk().hire("w1");
  s.desk().await_open();
  s.get_busy();
  s.desk().set(R"({"latency_ms": 20})");
  mishaps happen(s, seed);
  for (std::uint64_t i = 0; i < faults; ++i) {
    CAPTURE(i);
    if (i > 0) s.resume();
    happen.next();
    if (i % 10 == 9) std::cout << i + 1 << " faults\n" << std::flush;
  }
  s.compare();
}

TEST_CASE("a halt while the cable to a trading worker is cut for longer than its lease",
          "[netns]") {
  placed_scene s("4s", "1s");
  const auto p = halt_in(s, [&] { s.net().cut(s.home); });
  check_by_lease(p, 4s);
  s.await_time(p.closed_us);
  s.host().await_worker("w1", "lost");
  CHECK(s.desk().worker("w1").logged().await_log("cut off from the host"));
  s.net().mend(s.home);
  s.compare();
}

TEST_CASE("a halt while the cable to a trading worker is cut for shorter than its lease",
          "[netns]") {
  placed_scene s("3s", "10s");
  const auto p = halt_in(s, [&] { s.net().cut(s.home); });
  check_by_lease(p, 3s);
  s.flow().run_for(500ms);
  s.net().mend(s.home);
  s.compare();
}

TEST_CASE("a halt while the cable to a trading worker loses all that goes one way", "[netns]") {
  const auto which = GENERATE(way::to_machine, way::from_machine);
  INFO((which == way::to_machine ? "to the host" : "to the worker"));
  placed_scene s("4s", "1s");
  const auto p = halt_in(s, [&] { s.net().lose(s.home, which); });
  check_by_lease(p, 4s);
  s.await_time(p.closed_us);
  s.host().await_worker("w1", "lost");
  s.net().mend(s.home);
  s.compare();
}

TEST_CASE("a halt over a slow cable to a trading worker", "[netns]") {
  placed_scene s("6s", "10s", true);
  const auto p = halt_in(s, [&] { s.net().slow(s.home, 150ms, 0); });
  check_by_lease(p, 6s);
  s.await_time(p.closed_us);
  s.net().mend(s.home);
  s.compare();
}

TEST_CASE("a halt after a trading worker was killed, whose venue another one takes over",
          "[netns]") {
  placed_scene s("1s", "1s");
  const auto p = halt_in(s, [&] {
    s.desk().hire("w2");
    s.has_one_worker(false);
    s.desk().worker("w1").kill();
  });
  s.compare();
}

TEST_CASE("a worker of another version gets nothing of a venue that nobody else is left to have",
          "[netns]") {
  placed_scene s("4s", "1s");
  std::unique_ptr<logged_process> other;
  const auto p = halt_in(s, [&] {
    const auto& papers = s.desk().papers();
    const auto own = papers.issue("other");
    other = std::make_unique<logged_process>(
        (papers.path() / "other.log").string(),
        std::vector<std::string>{s.host().address + ":" + std::to_string(s.host().port),
                                 own.certificate, own.key, own.authority, s.desk().exchange.url(),
                                 s.desk().key_file()},
        std::vector<std::string>{}, other_worker_binary());
    REQUIRE(other->process().await_line("worker: joining"));
    REQUIRE(other->await_log("install the same version on both"));
    s.desk().worker("w1").kill();
  });
  check_by_lease(p, 4s);
  s.await_time(p.closed_us);
  CHECK(s.host().worker("other").is_null());
  const auto said = other->log();
  INFO(said);
  CHECK(said.find("99.1.0") != std::string::npos);
  CHECK(said.find(row_text(s.host().ask("GET", "/health"), "version")) != std::string::npos);
  CHECK(said.find("joined host") == std::string::npos);
  CHECK_FALSE(s.desk().sim().find("error")->is_null());
  s.desk().hire("w2");
  s.compare();
  other->process().signal(SIGTERM);
  CHECK(other->process().wait() == 0);
}

TEST_CASE("a halt after a host was killed and has started again under its trading worker",
          "[netns]") {
  placed_scene s("3s", "1s");
  const auto p = halt_in(s, [&] {
    s.host().kill();
    s.host().start();
  });
  INFO(p.warnings);
  CHECK(p.warnings.find("has not heard of since its start") != std::string::npos);
  s.compare();
}

TEST_CASE("a host that is killed right after a halt's answer, with orders at its trading worker",
          "[netns]") {
  placed_scene s("1s", "1s");
  auto p = halt_in(s, [] {});
  // A worker that does not confirm within 100 ms may be well: this is about one that has.
  for (int i = 0; i < 5 && p.by_lease(); ++i) {
    s.await_time(p.closed_us);
    s.resume();
    s.desk().await_open();
    p = s.halt();
  }
  s.host().kill();
  CHECK(p.closed_us <= p.told_us);  // Its worker has confirmed it.
  CHECK(p.warnings == "[]");
  s.flow().run_for(200ms);
  s.host().start();
  const auto now = s.host().ask("GET", "/api/v1/emergency");
  CHECK(row_text(now, "state") == "halt");
  s.compare();
}

}  // namespace pitwall::test
