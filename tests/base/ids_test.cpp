#include "runtime/base/ids.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

timestamp at_ms(std::int64_t ms) { return timestamp{milliseconds{ms}}; }

}  // namespace

TEST_CASE("a ULID shows its time and its random bits in base 32") {
  CHECK(to_ulid(0, 0, 0) == "00000000000000000000000000");
  CHECK(to_ulid((1ULL << 48U) - 1, 0xFFFF, ~0ULL) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  CHECK(to_ulid(1, 0, 1) == "00000000010000000000000001");
  CHECK(to_ulid(31, 0, 32) == "000000000Z0000000000000010");
  CHECK(to_ulid(1'469'918'176'385, 0, 0).substr(0, 10) == "01ARYZ6S41");
  CHECK(to_ulid(0, 0x8000, 0) == "0000000000G000000000000000");
  CHECK(to_ulid(0, 0, 1ULL << 63U) == "00000000000008000000000000");
}

TEST_CASE("a ULID is recognized") {
  CHECK(is_ulid("01ARYZ6S410000000000000000"));
  for (const char* text :
       {"", "01ARYZ6S41", "81ARYZ6S410000000000000000", "01aryz6s410000000000000000",
        "01ARYZ6S41000000000000000I", "01ARYZ6S41000000000000000U", "01ARYZ6S41000000000000000-",
        "01ARYZ6S4100000000000000000",
        "\xff"
        "1ARYZ6S410000000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(is_ulid(text));
  }
}

TEST_CASE("property: ULIDs of a generator strictly increase whatever the clock does") {
  const std::uint64_t seed = 3;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  ulid_generator generator(seed);
  std::string last;
  std::int64_t ms = 1'700'000'000'000;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 3 == 0) ms += static_cast<std::int64_t>(random() % 100) - 30;
    const auto id = generator.next(at_ms(ms));
    CAPTURE(i, last, id);
    REQUIRE(is_ulid(id));
    REQUIRE(last < id);
    last = id;
  }
}

TEST_CASE("ULIDs carry the time they were made at") {
  ulid_generator generator(1);
  const auto id = generator.next(at_ms(1'469'918'176'385));
  CHECK(id.substr(0, 10) == "01ARYZ6S41");
  ulid_generator before_1970(1);
  CHECK(before_1970.next(at_ms(-5)).substr(0, 10) == "0000000000");
  ulid_generator late(1);
  const auto last = late.next(timestamp::max());
  CHECK(is_ulid(last));
  CHECK(last < late.next(timestamp::max()));
}

TEST_CASE("generators with different seeds differ, with the same agree") {
  ulid_generator a(1), same(1), b(2);
  const auto id = a.next(at_ms(5));
  CHECK(id == same.next(at_ms(5)));
  CHECK(id != b.next(at_ms(5)));
  ulid_generator standing_a(1), standing_b(2);
  CHECK(standing_a.next(at_ms(0)) != standing_b.next(at_ms(0)));
}

TEST_CASE("an execution id carries its ULID") {
  const auto ulid = to_ulid(7, 8, 9);
  CHECK(make_execution_id("w_1", ulid) == "exec_w_1_" + ulid);
  CHECK(ulid_of_execution("exec_w_1_" + ulid) == ulid);
  CHECK(ulid_of_execution("exec__" + ulid) == ulid);
  for (const auto& text : {std::string(), std::string("exec_"), "exec_" + ulid, "exek_w_" + ulid,
                           "exec_w-" + ulid, "exec_w_" + ulid + "0", ulid, "_" + ulid}) {
    CAPTURE(text);
    CHECK(ulid_of_execution(text).empty());
  }
}

TEST_CASE("client order ids are deterministic, short and of a plain alphabet") {
  const auto ulid = to_ulid(7, 8, 9);
  const auto execution = make_execution_id("any workflow", ulid);
  CHECK(make_client_order_id(execution, 0) == "pw-" + ulid + "-0");
  CHECK(make_client_order_id(execution, 35) == "pw-" + ulid + "-z");
  CHECK(make_client_order_id(execution, 36) == "pw-" + ulid + "-10");
  CHECK(make_client_order_id(execution, 999) == "pw-" + ulid + "-rr");
  CHECK(make_client_order_id(execution, 2'176'782'335).size() == 36);
}

TEST_CASE("an execution id of another form still gives client order ids of its own") {
  std::set<std::string> seen;
  for (const char* execution : {"", "exec_1", "exec_2", "exec_w_1"}) {
    for (std::uint32_t node : {0U, 1U, 36U}) {
      const auto id = make_client_order_id(execution, node);
      CHECK(id == make_client_order_id(execution, node));
      CHECK(is_ulid(std::string_view(id).substr(3, 26)));
      CHECK(seen.insert(id).second);
    }
  }
}
