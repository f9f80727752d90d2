#include "runtime/workflow/order_word.hpp"

#include <random>

#include "tests/support/catch.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

decimal dec(const char* text) { return *decimal::parse(text); }

open_order in_doubt(order_kind kind = order_kind::market) {
  open_order o;
  o.node = node_named("buy", "buy", "actions");
  o.client_order_id = "a";
  o.order = {"sim", "BTC/USDT", order_side::buy, kind, 2, kind == order_kind::market ? 0 : 100};
  return o;
}
open_order half_filled() {
  auto o = in_doubt(order_kind::limit);
  o.accepted = true;
  o.fills = 1;
  o.filled = 1;
  o.paid = 90;
  return o;
}
order_word word(std::string as, std::optional<decimal> filled = {},
                std::optional<decimal> price = {}) {
  return {std::move(as), filled, price, "seen at the venue", "ann"};
}
errc refusal_of(const open_order& o, const order_word& w) {
  const auto r = settle_by_word(o, w, at_ms(5));
  REQUIRE_FALSE(r.ok());
  CHECK_FALSE(r.error().remedy.empty());
  return r.error().code;
}
settled_order taken(const open_order& o, const order_word& w) {
  auto r = settle_by_word(o, w, at_ms(5));
  INFO((r.ok() ? std::string() : r.error().to_string()));
  REQUIRE(r.ok());
  const auto& said = std::get<order_settled>(r->events.front());
  CHECK(said.client_order_id == o.client_order_id);
  CHECK((said.as == w.as && said.reason == w.reason && said.operator_name == w.operator_name));
  return std::move(*r);
}

}  // namespace

TEST_CASE("a person's word on an order: it was not sent") {
  const auto s = taken(in_doubt(), word("not_sent"));
  REQUIRE(s.events.size() == 2);
  CHECK(std::get<order_rejected>(s.events[1]).code == "not_sent");
  CHECK(std::get<order_rejected>(s.events[1]).reason == "settled by ann: seen at the venue");
  CHECK(s.report.state == order_state::rejected);
  auto accepted = in_doubt();
  accepted.accepted = true;
  CHECK(refusal_of(accepted, word("not_sent")) == errc::failed_precondition);
  CHECK(refusal_of(half_filled(), word("not_sent")) == errc::failed_precondition);
  CHECK(refusal_of(in_doubt(), word("not_sent", 1)) == errc::invalid_argument);
  CHECK(refusal_of(in_doubt(), word("not_sent", {}, 1)) == errc::invalid_argument);
}

TEST_CASE("a person's word on an order: it was filled") {
  const auto s = taken(in_doubt(), word("filled", {}, 100));
  REQUIRE(s.events.size() == 2);
  const auto& fill = std::get<order_filled>(s.events[1]);
  CHECK(fill.complete);
  CHECK(fill.fill == order_fill{100, 2, 0, ""});
  CHECK(s.report.state == order_state::filled);
  // A market order's price is known to nobody; a limit order's is its limit.
  CHECK(refusal_of(in_doubt(), word("filled")) == errc::invalid_argument);
  CHECK(std::get<order_filled>(taken(in_doubt(order_kind::limit), word("filled")).events[1])
            .fill.price == decimal(100));

  const auto part = taken(in_doubt(), word("filled", dec("0.5"), 100));
  REQUIRE(part.events.size() == 3);
  CHECK_FALSE(std::get<order_filled>(part.events[1]).complete);
  CHECK(std::get<order_canceled>(part.events[2]).client_order_id == "a");

  const auto rest = taken(half_filled(), word("filled", {}, 110));
  CHECK(std::get<order_filled>(rest.events[1]).fill == order_fill{110, 1, 0, ""});
  CHECK(rest.report.filled_quantity() == decimal(2));
  CHECK(rest.report.average_price() == decimal(100));

  CHECK(refusal_of(in_doubt(), word("filled", 3, 100)) == errc::invalid_argument);
  CHECK(refusal_of(in_doubt(), word("filled", 0, 100)) == errc::invalid_argument);
  CHECK(refusal_of(in_doubt(), word("filled", -1, 100)) == errc::failed_precondition);
  CHECK(refusal_of(in_doubt(), word("filled", 2, 0)) == errc::invalid_argument);
  CHECK(refusal_of(half_filled(), word("filled", 1)) == errc::invalid_argument);
  CHECK(refusal_of(half_filled(), word("filled", dec("0.5"))) == errc::failed_precondition);
}

TEST_CASE("a person's word on an order: it was cancelled") {
  const auto s = taken(in_doubt(), word("canceled"));
  REQUIRE(s.events.size() == 2);
  CHECK(std::holds_alternative<order_canceled>(s.events[1]));
  CHECK(s.report.state == order_state::canceled);
  CHECK(taken(half_filled(), word("canceled")).report.filled_quantity() == decimal(1));
  CHECK(taken(in_doubt(), word("canceled", 1, 50)).events.size() == 3);
  CHECK(refusal_of(in_doubt(), word("canceled", 2, 50)) == errc::invalid_argument);
  CHECK(refusal_of(half_filled(), word("canceled", {}, 50)) == errc::invalid_argument);
}

TEST_CASE("a person's word on an order: nothing is guessed") {
  CHECK(refusal_of(in_doubt(), word("lost")) == errc::invalid_argument);
  CHECK(refusal_of(in_doubt(), {"canceled", {}, {}, "", "ann"}) == errc::invalid_argument);
}

TEST_CASE("a person's word on an order: once taken, the order is over, filled as was said") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return random() % n; };
  int taken_words = 0;
  for (int i = 0; i < 5'000; ++i) {
    CAPTURE(i);
    open_order_fold fold;
    auto o = in_doubt(below(2) == 0 ? order_kind::market : order_kind::limit);
    fold.take({at_ms(0), order_intent{o.node, "a", o.order}});
    if (below(2) == 0) fold.take({at_ms(1), order_submitted{o.node, "a", "7"}});
    for (auto n = below(3); n > 0; --n)
      fold.take({at_ms(2), order_filled{o.node,
                                        "a",
                                        o.order,
                                        {decimal(90 + static_cast<int>(n)), dec("0.5"), 0, ""},
                                        false}});
    fold.take({at_ms(3), order_in_doubt{o.node, "a", "no answer"}});
    const auto before = fold.orders().at(0);
    const char* all[] = {"not_sent", "filled", "canceled", "odd"};
    auto w = word(all[below(4)]);
    if (below(2) == 0) w.filled = *div(decimal(static_cast<int>(below(6))), decimal(2));
    if (below(2) == 0) w.price = static_cast<int>(below(200));
    const auto s = settle_by_word(before, w, at_ms(9));
    if (!s.ok()) continue;
    ++taken_words;
    auto sum = before.filled;
    for (const auto& e : s->events) {
      fold.take({at_ms(9), e});
      if (const auto* f = std::get_if<order_filled>(&e)) {
        CHECK(f->fill.price > decimal(0));
        CHECK(f->fill.quantity > decimal(0));
        sum = *add(sum, f->fill.quantity);
      }
    }
    REQUIRE(fold.orders().empty());
    REQUIRE(sum <= before.order.amount);
    REQUIRE(sum == s->report.filled_quantity());
    REQUIRE((s->report.state == order_state::filled) == (sum == before.order.amount));
    if (w.filled) REQUIRE(sum == *w.filled);
    if (w.as == "not_sent") REQUIRE((sum.is_zero() && !before.accepted));
  }
  CHECK(taken_words > 500);
}
