#include "runtime/ports/mailbox_depths.hpp"

#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("actors of one name are shown together, for as long as they live") {
  mailbox_depths all;
  auto one = all.open("workflow");
  const auto two = all.open("workflow");
  const auto other = all.open("risk");
  one->came();
  one->came();
  two->came();
  CHECK(all.read() == std::map<std::string, std::size_t>{{"risk", 0}, {"workflow", 3}});
  one->taken();
  CHECK(all.read().at("workflow") == 2);
  one.reset();
  CHECK(all.read().at("workflow") == 1);
  two->closed();
  CHECK(all.read().at("workflow") == 0);
}

TEST_CASE("what is seen taken before it is seen to have come is no message") {
  mailbox_depth d;
  d.taken();
  CHECK(d.read() == 0);
  d.came();
  CHECK(d.read() == 0);
}

TEST_CASE("senders on many threads lose no message") {
  mailbox_depths all;
  const auto cell = all.open("risk");
  std::vector<std::thread> senders;
  for (int i = 0; i < 4; ++i)
    senders.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) cell->came();
      for (int n = 0; n < 9'000; ++n) cell->taken();
    });
  for (auto& s : senders) s.join();
  CHECK(all.read().at("risk") == 4'000);
}
