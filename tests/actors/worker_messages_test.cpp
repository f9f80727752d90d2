// What a host and its workers tell each other survives the wire.
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <random>

#include "tests/actors/worker_house.hpp"

namespace pitwall::test {
namespace {

template <class T>
std::vector<char> to_wire(caf::actor_system& sys, T x) {
  std::vector<char> bytes;
  caf::binary_serializer sink(sys, bytes);
  REQUIRE_FALSE(sink(x));
  return bytes;
}

template <class T>
T through_wire(caf::actor_system& sys, const T& x) {
  auto bytes = to_wire(sys, x);
  caf::binary_deserializer source(sys, bytes);
  T back;
  REQUIRE_FALSE(source(back));
  return back;
}

/// As it would be sent: with the number of its type.
template <class T>
void crosses_as_message(caf::actor_system& sys, const T& x) {
  const auto m = caf::make_message(x);
  std::vector<char> bytes;
  caf::binary_serializer sink(sys, bytes);
  REQUIRE_FALSE(sink(m));
  caf::binary_deserializer source(sys, bytes);
  caf::message back;
  REQUIRE_FALSE(source(back));
  CHECK(back.match_elements<T>());
}

}  // namespace

TEST_CASE("the front door's two messages survive the wire") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto k = through_wire(sys, knock{3, "w1", "0.2.0"});
  CHECK(k.protocol == 3);
  CHECK(k.worker == "w1");
  CHECK(k.version == "0.2.0");
  door shut;
  shut.protocol = 4;
  shut.version = "0.3.0";
  shut.refusal = "no";
  const auto d = through_wire(sys, shut);
  CHECK_FALSE(d.open);
  CHECK(d.protocol == 4);
  CHECK(d.version == "0.3.0");
  CHECK(d.desk == nullptr);
  CHECK(d.refusal == "no");
}

// Every version must read what every other one writes here: bytes, and the numbers of the types.
TEST_CASE("the front door's two messages are the same bytes in every version") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto bytes = to_wire(sys, knock{1, "w", "0.1.0"});
  const std::vector<char> expected{0, 0, 0, 1, 1, 'w', 5, '0', '.', '1', '.', '0'};
  CHECK(bytes == expected);
  CHECK(caf::type_id<knock>::value == caf::first_custom_type_id + 320);
  CHECK(caf::type_id<door>::value == caf::first_custom_type_id + 321);
}

TEST_CASE("the messages of workers and of their list survive the wire") {
  worker_house h;
  auto& sys = h.system;
  const timestamp t{microseconds(1'234'567)};
  join_request wanted{"w1", "0.1.0", 77, {"zone=eu", "gpu"}, 4, t, {}};
  const auto j = through_wire(sys, wanted);
  CHECK(j.name == "w1");
  CHECK(j.version == "0.1.0");
  CHECK(j.incarnation == 77);
  CHECK(j.labels == wanted.labels);
  CHECK(j.cores == 4);
  CHECK(j.clock == t);
  join_answer answer;
  answer.refusal = wire_error(error{errc::unavailable, "full", {}, "wait"});
  answer.epoch = 9;
  answer.beat_every_us = 1;
  answer.lease_us = 2;
  answer.host = "home";
  const auto a = through_wire(sys, answer);
  CHECK(a.refusal.to_error() == answer.refusal.to_error());
  CHECK(a.epoch == 9);
  CHECK(a.beat_every_us == 1);
  CHECK(a.lease_us == 2);
  CHECK(a.host == "home");
  const auto b = through_wire(sys, worker_heartbeat{3, -4, 5, 0.25});
  CHECK(b.epoch == 3);
  CHECK(b.sent_ns == -4);
  CHECK(b.nodes == 5);
  CHECK(b.load == 0.25);
  const auto ba = through_wire(sys, heartbeat_answer{-4, true});
  CHECK(ba.sent_ns == -4);
  CHECK(ba.live);
  const auto hosting = through_wire(sys, host_node{1, 2, "{}", "n", 3, value("s")});
  CHECK(hosting.epoch == 1);
  CHECK(hosting.number == 2);
  CHECK(hosting.definition == "{}");
  CHECK(hosting.block_id == "n");
  CHECK(hosting.version == 3);
  CHECK(hosting.state == value("s"));
  const auto changed = through_wire(sys, trigger_changed{{1, 2, {value(3)}, true, t}, 4, value(5)});
  CHECK(changed.completed.attempt == 2);
  CHECK(changed.completed.outputs == std::vector<value>{value(3)});
  CHECK(changed.completed.observed_at == t);
  CHECK(changed.version == 4);
  CHECK(changed.state == value(5));
  place here;
  here.epoch = 1;
  here.number = 2;
  here.worker = "w1";
  CHECK(through_wire(sys, here).number == 2);
  CHECK(through_wire(sys, here).worker == "w1");
  worker_row row{"w", "1", {"a"}, "joined", 1, 2, 3, 0.5, 4, 5};
  const auto r = through_wire(sys, std::vector<worker_row>{row}).at(0);
  CHECK(r.state == "joined");
  CHECK(r.load == 0.5);
  CHECK(r.lease_us_left == 5);
}

TEST_CASE("each of them has a number of its own, by which it is sent") {
  worker_house h;
  auto& sys = h.system;
  crosses_as_message(sys, knock{});
  crosses_as_message(sys, door{});
  crosses_as_message(sys, join_request{});
  crosses_as_message(sys, join_answer{});
  crosses_as_message(sys, worker_heartbeat{});
  crosses_as_message(sys, heartbeat_answer{});
  crosses_as_message(sys, leave_host{});
  crosses_as_message(sys, find_place{{"zone=eu"}, {7}, false});
  crosses_as_message(sys, place{});
  crosses_as_message(sys, watch_place{});
  crosses_as_message(sys, leave_place{});
  crosses_as_message(sys, place_broken{});
  crosses_as_message(sys, list_workers{});
  crosses_as_message(sys, std::vector<worker_row>{});
  crosses_as_message(sys, host_node{});
  crosses_as_message(sys, hosted{});
  crosses_as_message(sys, drop_node{});
  crosses_as_message(sys, trigger_changed{});
}

TEST_CASE("a cut or mangled join is an error, never a crash") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto good = to_wire(sys, join_request{"w1", "0.1.0", 77, {"zone=eu"}, 4, {}, {}});
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    std::vector<char> bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut));
    caf::binary_deserializer source(sys, bytes);
    join_request back;
    CHECK(source(back));
  }
}

TEST_CASE("an emergency book that was told elsewhere honours the same permits") {
  virtual_config config;
  caf::actor_system sys(config);
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const std::vector<std::string> scopes{"global", "venue:v", "venue:w", "bot:b", "strategy:s"};
  for (int round = 0; round < 50; ++round) {
    emergency_book book;
    std::vector<order_permit> permits;
    for (int i = 0; i < 40; ++i) {
      for (const char* venue : {"v", "w"}) permits.push_back(book.grant(venue, "b", "s"));
      const auto& scope = scopes[random() % scopes.size()];
      book.apply({scope, book.level(scope), static_cast<emergency_level>(random() % 4)});
      const auto told = through_wire(sys, told_book{std::make_shared<emergency_book>(book)});
      REQUIRE(told.book);
      REQUIRE(told.book->epoch() == book.epoch());
      for (const auto& p : permits) REQUIRE(told.book->allows(p) == book.allows(p));
      for (const auto& s : scopes) REQUIRE(told.book->level(s) == book.level(s));
    }
  }
  CHECK(book_of(0, {}) == nullptr);
  CHECK(book_of(std::uint64_t(1) << 62U, {}) == nullptr);
  CHECK(book_of(2, {{"global", emergency_level::halt, 3}}) == nullptr);
}

TEST_CASE("a trading lease's answer survives the wire, granted or refused") {
  virtual_config config;
  caf::actor_system sys(config);
  emergency_book book;
  book.apply({"venue:v", emergency_level::normal, emergency_level::halt});
  const lease_answer granted{
      true, {1, 2, 3}, -4, 5, {std::make_shared<const emergency_book>(book)}};
  const auto there = through_wire(sys, granted);
  CHECK(there.granted);
  CHECK(there.lease == lease_name{1, 2, 3});
  CHECK(there.asked_ns == -4);
  CHECK(there.version == 5);
  REQUIRE(there.state.book);
  CHECK(there.state.book->level("venue:v") == emergency_level::halt);
  const auto refused = through_wire(sys, lease_answer{});
  CHECK_FALSE(refused.granted);
  CHECK_FALSE(refused.state.book);
  crosses_as_message(sys, lease_answer{});
  crosses_as_message(sys, take_book{{1, 2, 3}, 4, granted.state});
  // Where there must be a book, none is an error.
  const auto unreadable = [&sys](auto what) {
    auto bytes = to_wire(sys, what);
    caf::binary_deserializer source(sys, bytes);
    decltype(what) back;
    return static_cast<bool>(source(back));
  };
  CHECK(unreadable(take_book{{1, 2, 3}, 4, {}}));
  CHECK(unreadable(lease_answer{true, {1, 2, 3}, -4, 5, {}}));
}

TEST_CASE("the messages of a venue's two halves survive the wire") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto a = through_wire(
      sys,
      desk_answer{7, 8, wire_error(error{errc::unavailable, "m", "w", "r"}), {}, {"i"}, {}, {}});
  CHECK(a.place == 7);
  CHECK(a.token == 8);
  CHECK(a.failure.message == "m");
  CHECK(a.ids == std::vector<std::string>{"i"});
  market_data seen;
  seen.price_feed = value(decimal(5));
  seen.observed_at = timestamp{microseconds(99)};
  seen.volume = value(decimal(3));
  desk_answer with_market;
  with_market.market = seen;
  with_market.quantity_step = decimal(2);
  const auto m = through_wire(sys, with_market);
  CHECK(m.market.price_feed == seen.price_feed);
  CHECK(m.market.observed_at == seen.observed_at);
  CHECK(m.market.volume == seen.volume);
  CHECK(m.quantity_step == decimal(2));
  desk_order o{1, 2, "id", {"far", "BTC/USDT", order_side::sell, order_kind::gtc, 1, 2}, {}};
  o.permit.epoch = 4;
  const auto back = through_wire(sys, o);
  CHECK(back.order == o.order);
  CHECK(back.permit.epoch == 4);
  const market_request wanted{"far", "ETH/USDT", true, false, true, false, true};
  const auto f = through_wire(sys, desk_fetch{1, 2, wanted});
  CHECK(f.request.symbol == "ETH/USDT");
  CHECK_FALSE(f.request.book);
  CHECK(f.request.volume);
  const auto asked = through_wire(sys, ask_lease{{1, 2, 3}, -4, 5});
  CHECK(asked.lease == lease_name{1, 2, 3});
  CHECK(asked.asked_ns == -4);
  CHECK(asked.version == 5);
  crosses_as_message(sys, desk_ready{1, "told", {"a"}});
  crosses_as_message(sys, desk_report{});
  crosses_as_message(sys, desk_regained{1});
  crosses_as_message(sys, desk_question{});
  crosses_as_message(sys, desk_cancel{});
  crosses_as_message(sys, desk_list{});
  crosses_as_message(sys, desk_forget{1});
  crosses_as_message(sys, desk_settled{"id"});
  crosses_as_message(sys, open_desk_for{1, 2, 3, {}});
  crosses_as_message(sys, host_desk{1, 2, "far"});
  crosses_as_message(sys, hosted_desk{});
  crosses_as_message(sys, book_taken{3});
}

}  // namespace pitwall::test
