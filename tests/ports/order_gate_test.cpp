#include "runtime/ports/order_gate.hpp"

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;

namespace {

std::shared_ptr<const emergency_book> book_with(const char* scope, emergency_level level) {
  auto book = std::make_shared<emergency_book>();
  book->apply({scope, emergency_level::normal, level});
  return book;
}

}  // namespace

TEST_CASE("the gate starts closed") {
  order_gate gate;
  REQUIRE(gate.read() != nullptr);
  CHECK(gate.read()->effective("v", "b", "s") == emergency_level::halt);
  const auto permit = gate.read()->grant("v", "b", "s");
  CHECK_FALSE(gate.allows(permit));
  // Not even later: what was granted before the state was restored was granted by nobody.
  gate.publish(std::make_shared<const emergency_book>());
  CHECK_FALSE(gate.allows(permit));
  CHECK(gate.allows(gate.read()->grant("v", "b", "s")));
}

TEST_CASE("what is published counts at once") {
  order_gate gate;
  auto book = std::make_shared<emergency_book>();
  gate.publish(book);
  const auto mine = gate.read()->grant("v", "b", "s"), other = gate.read()->grant("v", "c", "s");
  CHECK(gate.allows(mine));
  auto halted = std::make_shared<emergency_book>(*book);
  halted->apply({"bot:b", emergency_level::normal, emergency_level::halt});
  gate.publish(halted);
  CHECK_FALSE(gate.allows(mine));
  CHECK(gate.allows(other));
  auto resumed = std::make_shared<emergency_book>(*halted);
  resumed->apply({"bot:b", emergency_level::halt, emergency_level::normal});
  gate.publish(resumed);
  CHECK_FALSE(gate.allows(mine));
  CHECK(gate.allows(gate.read()->grant("v", "b", "s")));
}

TEST_CASE("no book closes the gate") {
  order_gate gate;
  gate.publish(std::make_shared<const emergency_book>());
  const auto permit = gate.read()->grant("v", "b", "s");
  gate.publish(nullptr);
  REQUIRE(gate.read() != nullptr);
  CHECK_FALSE(gate.allows(permit));
}

TEST_CASE("closed for good, nothing opens the gate again") {
  order_gate gate;
  gate.publish(std::make_shared<const emergency_book>());
  const auto permit = gate.read()->grant("v", "b", "s");
  REQUIRE(gate.allows(permit));
  gate.close_for_good();
  CHECK_FALSE(gate.allows(permit));
  CHECK_FALSE(gate.allows(gate.read()->grant("v", "b", "s")));
  gate.publish(std::make_shared<const emergency_book>());
  CHECK_FALSE(gate.allows(permit));
  CHECK_FALSE(gate.allows(gate.read()->grant("v", "b", "s")));
}

TEST_CASE("why a permit is not good is said as it is") {
  order_gate gate;
  auto book = std::make_shared<emergency_book>();
  gate.publish(book);
  auto permit = gate.read()->grant("v", "b", "s");
  permit.term = 2;
  CHECK_FALSE(gate.refusal_of(permit));
  gate.void_before(2);
  CHECK_FALSE(gate.refusal_of(permit));
  gate.void_before(3);
  gate.void_before(1);  // Terms only go up.
  REQUIRE(gate.refusal_of(permit));
  CHECK(gate.refusal_of(permit)->code == "permit_void");
  CHECK_FALSE(gate.allows(permit));
  permit.term = 3;
  CHECK(gate.allows(permit));
  auto halted = std::make_shared<emergency_book>(*book);
  halted->apply({"bot:b", emergency_level::normal, emergency_level::halt});
  gate.publish(halted);
  CHECK(gate.refusal_of(permit)->code == "halted");
  CHECK(gate.refusal_of(permit)->reason == "trading is halted; nothing was sent");
  auto resumed = std::make_shared<emergency_book>(*halted);
  resumed->apply({"bot:b", emergency_level::halt, emergency_level::normal});
  gate.publish(resumed);
  CHECK(gate.refusal_of(permit)->code == "halted");
  CHECK(gate.refusal_of(permit)->reason.find("is lifted by now") != std::string::npos);
  gate.close_for_good();
  CHECK(gate.refusal_of(permit)->code == "halted");
  CHECK(gate.refusal_of(permit)->reason.find("journal has failed") != std::string::npos);
}

TEST_CASE("the gate's codes are documented") {
  std::ostringstream docs;
  docs << std::ifstream(test::source_path("/docs/risk.md")).rdbuf();
  for (const char* code : {"halted", "permit_void"})
    CHECK(docs.str().find(std::string("| `") + code + "` |") != std::string::npos);
}

TEST_CASE("after publish() returned, no thread sees the gate open") {
  order_gate gate;
  gate.publish(std::make_shared<const emergency_book>());
  const auto permit = gate.read()->grant("v", "b", "s");
  std::atomic<bool> closed{false}, stop{false};
  std::atomic<int> leaked{0}, ready{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      ready.fetch_add(1);
      while (!stop.load()) {
        const bool closed_before = closed.load();
        if (gate.allows(permit) && closed_before) leaked.fetch_add(1);
      }
    });
  }
  while (ready.load() < 3) std::this_thread::yield();
  gate.publish(book_with("venue:v", emergency_level::halt));
  closed.store(true);
  for (int i = 0; i < 1'000; ++i) CHECK_FALSE(gate.allows(permit));
  stop.store(true);
  for (auto& r : readers) r.join();
  CHECK(leaked.load() == 0);
}

TEST_CASE("a worker's gate lets orders leave while it is lent to trade") {
  struct set_clock final : boot_clock {
    boot_time now() const noexcept override { return at; }
    boot_time at{};
  };
  const auto clock = std::make_shared<set_clock>();
  order_gate gate(clock);
  gate.publish(std::make_shared<const emergency_book>());
  const auto permit = gate.read()->grant("v", "b", "s");
  CHECK_FALSE(gate.allows(permit));
  CHECK(*gate.time_left() == boot_time::zero());
  gate.lend_until(boot_time(1'000));
  CHECK(gate.allows(permit));
  clock->at = boot_time(999);
  CHECK(gate.allows(permit));
  CHECK(*gate.time_left() == boot_time(1));
  CHECK_FALSE(gate.refusal_of(permit));
  clock->at = boot_time(1'000);
  CHECK_FALSE(gate.allows(permit));
  REQUIRE(gate.refusal_of(permit));
  CHECK(gate.refusal_of(permit)->reason.find("lease") != std::string::npos);
  gate.lend_until(boot_time(2'000));
  CHECK(gate.allows(permit));
  gate.publish(book_with("venue:v", emergency_level::halt));
  CHECK_FALSE(gate.allows(permit));
  CHECK_FALSE(order_gate().time_left().has_value());
}

TEST_CASE(
    "who watches the gate is told once that it is closed for good, also when that was before") {
  order_gate gate;
  gate.publish(std::make_shared<emergency_book>());
  int told = 0;
  gate.on_closed_for_good([&] { ++told; });
  gate.publish(std::make_shared<emergency_book>());
  CHECK(told == 0);
  gate.close_for_good();
  CHECK(told == 1);
  gate.on_closed_for_good([&] { told += 10; });
  CHECK(told == 11);
  gate.on_closed_for_good(nullptr);
  gate.close_for_good();
  CHECK(told == 11);
}

TEST_CASE("who is told that the gate is closed for good finds it closed, and may ask it") {
  order_gate gate;
  gate.publish(std::make_shared<emergency_book>());
  const auto permit = gate.read()->grant("v", "b", "s");
  int told = 0;
  const auto look = [&] {
    ++told;
    CHECK_FALSE(gate.allows(permit));
    CHECK_FALSE(can_trade(gate.read()->level("global")));
    CHECK(gate.refusal_of(permit)->code == "halted");
  };
  gate.on_closed_for_good(look);
  gate.close_for_good();
  CHECK(told == 1);
  gate.on_closed_for_good(look);
  CHECK(told == 2);
}

TEST_CASE("the gate knows from which term on permits are good") {
  order_gate gate;
  CHECK(gate.term() == 0);
  gate.void_before(7);
  gate.void_before(3);
  CHECK(gate.term() == 7);
}
