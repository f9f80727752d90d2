// Messages that may cross to another host survive the wire; what does not decode is an error.
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "tests/actors/house.hpp"

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

decimal dec(const char* text) { return *decimal::parse(text); }

}  // namespace

TEST_CASE("the messages of nodes, routers, risk and emergency survive the wire") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto scope = std::make_shared<const event_scope>(event_scope{"exec_w_1", "w", "b", "s"});
  const value tree(value::object{{"a", value(dec("-1.000000000000000001"))},
                                 {"b", value(value::list{value(true), value(), value("x")})}});
  const timestamp t{microseconds(1'234'567)};

  auto attempt =
      through_wire(sys, run_attempt{shared_scope{scope}, 3, {tree, value(7)}, value("t"), t});
  CHECK(*attempt.scope.ref == *scope);
  CHECK(attempt.attempt == 3);
  CHECK(attempt.inputs == std::vector<value>{tree, value(7)});
  CHECK(attempt.deadline == t);

  auto completed = through_wire(sys, attempt_completed{1, 2, {tree}, true, t});
  CHECK(completed.outputs == std::vector<value>{tree});
  CHECK(completed.observed_at == t);

  const auto limits = through_wire(sys, change_limits{true, {{"b", "max_order_size", "0.5"}}, 7});
  CHECK(limits.auto_halt);
  CHECK(limits.max_price_age_ms == 7);
  REQUIRE(limits.all.size() == 1);
  CHECK(limits.all[0].bot_id == "b");
  CHECK(limits.all[0].name == "max_order_size");
  CHECK(limits.all[0].text == "0.5");

  const order_request order{"paper",         "BTC/USDT", order_side::sell,
                            order_kind::ioc, dec("0.5"), dec("60000.1")};
  const auto permit = order_permit{9, "paper", "b", "s", "pw-1", 5};
  auto execute = through_wire(sys, execute_order{4, "pw-1", order, permit});
  CHECK(execute.order == order);
  CHECK(execute.permit.epoch == 9);
  CHECK(execute.permit.client_order_id == "pw-1");
  CHECK(execute.permit.term == 5);

  order_report report;
  report.client_order_id = "pw-1";
  report.venue_order_id = "77";
  report.state = order_state::partially_filled;
  report.fills = {{dec("1.5"), dec("2"), dec("0.003"), "USDT"}};
  report.at = t;
  CHECK(through_wire(sys, order_outcome{2, report, {tree}}).report == report);
  CHECK(through_wire(sys, order_answer{5, report}).report == report);
  CHECK(through_wire(sys, venue_report{report}).report == report);

  const auto node =
      std::make_shared<const node_identity>(node_identity{"n", "N", "buy", "actions"});
  auto submit = through_wire(
      sys, submit_order{shared_scope{scope}, shared_node{node}, "pw-1", order, permit, 6});
  CHECK(*submit.node.ref == *node);
  CHECK(submit.order == order);
  CHECK(submit.permit.term == 5);
  CHECK(through_wire(sys, answer_journaled{"pw-1"}).client_order_id == "pw-1");

  auto market = through_wire(
      sys, market_answer{8, value(1), value(2), value(3), tree, t,
                         wire_error(error{errc::unavailable, "down", "here", "wait"})});
  CHECK(market.orderbook == tree);
  CHECK(market.failure.to_error() == error{errc::unavailable, "down", "here", "wait"});
  const auto marked = through_wire(sys, price_marked{"paper", "BTC/USDT", dec("1.5"), t, {}});
  CHECK(marked.price == dec("1.5"));
  CHECK(marked.observed_at == t);
  auto page = through_wire(
      sys, web_answer{9, 200, "body", t, wire_error(error{errc::unavailable, "down", "", ""})});
  CHECK(page.token == 9);
  CHECK(page.status == 200);
  CHECK(page.body == "body");
  CHECK(page.observed_at == t);
  CHECK(page.failure.failed());

  CHECK(through_wire(sys, emergency_command{emergency_action::resume, "bot:b", "r", "o", "t"})
            .scope == "bot:b");
  emergency_command limit{emergency_action::halt,    "bot:b", "r", "o", "t", value(7),
                          timestamp(microseconds(5))};
  CHECK(through_wire(sys, limit).evidence == value(7));
  CHECK(through_wire(sys, limit).seen_at == timestamp(microseconds(5)));
  emergency_outcome outcome{"global", "normal", "halt", "done", {"pw-1"}, 12, {}, 1'000'001};
  CHECK(through_wire(sys, outcome).unanswered_orders == std::vector<std::string>{"pw-1"});
  CHECK(through_wire(sys, outcome).closed_at_us == 1'000'001);
  figures f;
  f.position = dec("-2");
  f.trades_today = 4;
  f.as_of = t;
  auto answered = through_wire(sys, figures_answer{1, f, {}});
  CHECK(answered.current.position == dec("-2"));
  CHECK(answered.current.as_of == t);
}

TEST_CASE("a cut or mangled message is an error, never a crash") {
  virtual_config config;
  caf::actor_system sys(config);
  const auto scope = std::make_shared<const event_scope>(event_scope{"exec_w_1", "w", "b", "s"});
  const auto good = to_wire(
      sys, run_attempt{shared_scope{scope}, 3, {value("abc"), value(7)}, value("t"), timestamp{}});
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    std::vector<char> bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut));
    caf::binary_deserializer source(sys, bytes);
    run_attempt back;
    CHECK(source(back));
  }
  std::mt19937_64 random(20240501);
  for (int i = 0; i < 2'000; ++i) {
    auto bytes = good;
    // Not in the first bytes: lengths of CAF's own strings are CAF's business.
    bytes[bytes.size() - 1 - random() % 24] = static_cast<char>(random());
    caf::binary_deserializer source(sys, bytes);
    run_attempt back;
    static_cast<void>(source(back));
  }
}

}  // namespace pitwall::test
