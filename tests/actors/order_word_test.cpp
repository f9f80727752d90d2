// A person's word on an order in doubt: believed once, whoever else speaks, and durable before it
// is answered.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view buyer = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";

/// A process that died while the venue had not answered; what it leaves.
estate died_in_doubt(bool venue_has_it, std::uint64_t shuffle = 0) {
  house h(shuffle);
  const auto w = h.deploy(buyer);
  if (venue_has_it) h.paper->set_deferred_submits(true);
  auto s = h.start(w);
  if (venue_has_it) {
    h.run();
    REQUIRE(h.door->sent.size() == 1);
  } else {
    while (read_orders(*h.storage.events, {})->orders.empty()) h.run_some(1);
    REQUIRE(h.door->sent.empty());
  }
  auto left = h.kill(1s);
  h.paper->set_deferred_submits(false);
  return left;
}

std::string id_of(house& h) {
  auto page = read_orders(*h.storage.events, {});
  REQUIRE(page.ok());
  REQUIRE(page->orders.size() == 1);
  return page->orders[0].order.client_order_id;
}

using answer = std::shared_ptr<std::optional<word_taken>>;

answer say(house& h, const std::string& id, order_word word, std::uint32_t fills = 0) {
  auto into = std::make_shared<std::optional<word_taken>>();
  h.system.spawn(
      [](caf::event_based_actor* self, const order_router_actor& to, const word_on_order& m,
         const answer& a) {
        self->request(to, caf::infinite, m)
            .then([a](word_taken& t) { *a = std::move(t); }, [](caf::error&) {});
      },
      h.shared->venues.find("paper")->router,
      word_on_order{id, std::move(word), fills, decimal(), decimal()}, into);
  return into;
}

const order_word filled{"filled", {}, 60'000, "seen at the venue", "ann"};
const order_word not_sent{"not_sent", {}, {}, "the venue has no such order", "ann"};

std::size_t ends(house& h) {
  const auto all = h.storage.events->read({0, 100'000, {}, {}});
  REQUIRE(all.ok());
  std::size_t n = 0;
  for (const auto& e : all->events) {
    if (const auto* f = std::get_if<order_filled>(&e.what.body)) n += f->complete ? 1 : 0;
    if (std::holds_alternative<order_canceled>(e.what.body)) ++n;
    if (std::holds_alternative<order_rejected>(e.what.body)) ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("a word settles what the venue cannot tell, and the execution goes on with it") {
  house h(0, died_in_doubt(false));
  h.deploy(buyer);
  h.door->unreachable = true;
  h.recover();
  const auto id = id_of(h);
  CHECK_FALSE(h.board->read("paper").open);

  const auto asked = say(h, id, {});
  h.run();
  REQUIRE(*asked);
  CHECK_FALSE((*asked)->settled);
  CHECK((*asked)->report.state == order_state::in_doubt);
  CHECK((*asked)->report.reason.find("the venue is away") != std::string::npos);

  h.journal_port->hold = true;
  const auto told = say(h, id, filled);
  const auto second = say(h, id, not_sent);
  h.run();
  CHECK_FALSE(*told);  // Not durable yet.
  REQUIRE(*second);
  CHECK((*second)->failure.to_error().code == errc::failed_precondition);
  h.journal_port->release();
  h.run();
  REQUIRE(*told);
  CHECK((*told)->settled);
  CHECK((*told)->report.state == order_state::filled);
  CHECK(h.door->told == std::vector<std::string>{id});

  CHECK(h.board->read("paper").open);
  CHECK(h.events->all<order_settled>().size() == 1);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(h.events->all<execution_completed>().size() == 1);
  CHECK(h.events->all<execution_completed>()[0].status == run_status::completed);
  // What the venue says from now on is not asked for, and changes nothing.
  h.door->unreachable = false;
  h.pass(2min);
  CHECK(ends(h) == 1);
  // Nor where somebody who has read the journal from before the word hands the order over again.
  const auto all = h.storage.events->read({0, 100'000, {}, {"order_intent"}});
  REQUIRE(all.ok());
  const auto& before = all->events.at(0);
  const auto& intent = std::get<order_intent>(before.what.body);
  caf::anon_send(h.shared->venues.find("paper")->router,
                 adopt_order{shared_scope{before.scope}, shared_node{intent.node}, id, intent.order,
                             0, false, false});
  h.pass(1min);
  CHECK(ends(h) == 1);
  const auto late = say(h, id, not_sent);
  h.run();
  REQUIRE(*late);
  CHECK((*late)->failure.to_error().code == errc::failed_precondition);
}

TEST_CASE("a word that the journal or the order contradicts changes nothing") {
  house h(0, died_in_doubt(false));
  h.deploy(buyer);
  h.door->unreachable = true;
  h.recover();
  const auto id = id_of(h);
  const auto code = [&](const std::string& which, const order_word& word, std::uint32_t fills) {
    const auto a = say(h, which, word, fills);
    h.run();
    REQUIRE(*a);
    REQUIRE((*a)->failure.failed());
    return (*a)->failure.to_error().code;
  };
  CHECK(code(id, {"filled", {}, {}, "no price", "ann"}, 0) == errc::invalid_argument);
  CHECK(code(id, {"filled", {}, 1, "", "ann"}, 0) == errc::invalid_argument);
  CHECK(code(id, filled, 1) == errc::failed_precondition);
  CHECK(code("pw-x", filled, 0) == errc::failed_precondition);
  CHECK(ends(h) == 0);
  CHECK_FALSE(h.board->read("paper").open);
}

TEST_CASE("asking the venue now does not wait for the back-off, and is answered once durable") {
  house h(0, died_in_doubt(true));
  h.deploy(buyer);
  h.door->unreachable = true;
  h.recover();
  const auto id = id_of(h);
  h.pass(30s);
  h.door->unreachable = false;
  const auto asked = say(h, id, {});
  h.run();
  REQUIRE(*asked);
  CHECK((*asked)->settled);
  CHECK((*asked)->report.state == order_state::filled);
  CHECK(h.events->all<order_settled>().empty());
  CHECK(ends(h) == 1);
}

TEST_CASE("whoever had the venue asked is told when it speaks unasked, or when its router dies") {
  house h;
  const auto w = h.deploy(buyer);
  h.recover();
  h.paper->set_deferred_submits(true);
  h.start(w, {}, false);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  h.door->dead = true;  // Questions are never answered.
  const auto id = id_of(h);
  const auto router = h.shared->venues.find("paper")->router;
  h.pass(1min);  // Its node has given up, and the router has the order for itself.
  const auto asked = say(h, id, {});
  h.run();
  CHECK_FALSE(*asked);
  SECTION("the venue reports by itself") {
    order_report canceled;
    canceled.client_order_id = id;
    canceled.state = order_state::canceled;
    caf::anon_send(router, venue_report{canceled});
    h.run();
    REQUIRE(*asked);
    CHECK((*asked)->settled);
    CHECK((*asked)->report.state == order_state::canceled);
    CHECK(ends(h) == 1);
  }
  SECTION("the router dies") {
    bool failed = false;
    h.system.spawn(
        [](caf::event_based_actor* self, const order_router_actor& to, const word_on_order& m,
           bool* into) {
          self->request(to, caf::infinite, m)
              .then([](word_taken&) {}, [into](caf::error&) { *into = true; });
        },
        router, word_on_order{id, {}, 0, decimal(), decimal()}, &failed);
    h.run();
    CHECK_FALSE(failed);
    caf::anon_send_exit(router, caf::exit_reason::kill);
    h.run();
    CHECK(failed);
  }
}

TEST_CASE("a word and the venue's answer at the same moment: exactly one of them is told") {
  std::size_t by_word = 0, by_venue = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    house h(seed, died_in_doubt(seed % 2 == 0, seed));
    h.deploy(buyer);
    h.door->unreachable = true;
    h.recover();
    const auto id = id_of(h);
    h.journal_port->hold = seed % 3 == 0;
    h.door->unreachable = false;
    const auto first = say(h, id, {});
    h.run_some(seed % 7);
    const auto told = say(h, id, seed % 5 == 0 ? filled : not_sent);
    h.run();
    h.journal_port->release();
    h.pass(1min);
    REQUIRE(*first);
    REQUIRE(*told);
    REQUIRE(ends(h) == 1);
    REQUIRE(h.events->all<execution_completed>().size() == 1);
    const bool word = (*told)->settled;
    (word ? by_word : by_venue) += 1;
    REQUIRE(h.events->all<order_settled>().size() == (word ? 1 : 0));
    REQUIRE(read_orders(*h.storage.events, {})->orders.empty());
  }
  CHECK(by_word > 5);
  CHECK(by_venue > 5);
}

TEST_CASE("an order whose venue is not configured any more is not asked for elsewhere") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    left = h.kill();
    event_batch batch{std::make_shared<const event_scope>(
                          event_scope{"exec_gone_01KJMMA2G3003G000000000003", "gone", "b", ""}),
                      {}};
    batch.events.push_back({h.clock->now(), execution_started{1, "definition of gone", {}}});
    batch.events.push_back({h.clock->now(), order_intent{nullptr,
                                                         "pw-01KJMMA2G3003G000000000003-0",
                                                         {"gone", "BTC/USDT", order_side::buy,
                                                          order_kind::market, 1, 0}}});
    left.storage.events->commit({batch}, durability::memory, [](const auto&) {});
  }
  house h(0, std::move(left));
  h.recover();
  h.pass(1min);
  CHECK(ends(h) == 0);
  CHECK(h.log->has("its venue 'gone' is not configured"));
  CHECK(h.board->read("paper").open);
}

}  // namespace pitwall::test
