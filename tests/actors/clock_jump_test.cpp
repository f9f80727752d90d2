// The wall clock is set back, or far forward, within one life of the host and between two.
#include <algorithm>

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view buyer = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "limit", "type": "max_trades", "category": "risk", "properties": {"limit": 3}},
    {"id": "feed", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "both", "type": "and", "category": "conditions"},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "limit", "index": 0}, "to": {"blockId": "both", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "both", "index": 1}},
    {"from": {"blockId": "both", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

constexpr std::string_view waits = R"({"blocks": [
  {"id": "price", "type": "paper", "category": "providers", "timeout": 2}]})";

constexpr std::string_view waits_in_all = R"({"timeout": 2, "blocks": [
  {"id": "price", "type": "paper", "category": "providers", "timeout": 20}]})";

std::vector<recorded_event> story(const house& h) {
  auto page = h.storage.events->read({0, 100'000, {}, {}});
  REQUIRE(page.ok());
  return page->events;
}

/// All executions, by pages of `limit`.
std::vector<std::string> listed(const house& h, std::size_t limit) {
  std::vector<std::string> ids;
  execution_query query;
  query.limit = limit;
  do {
    const auto page = h.storage.events->executions(query);
    REQUIRE(page.ok());
    for (const auto& e : page->executions) {
      ids.push_back(e.scope->execution_id);
      CHECK(e.duration >= 0us);
    }
    query.before = page->next_before;
  } while (!query.before.empty());
  return ids;
}

struct keyed {
  std::string id;
  errc refused = errc::internal;
};
keyed start_with_key(house& h, const workflow_actor& w, const char* key) {
  auto out = std::make_shared<keyed>();
  start_execution message{
      {}, true, std::make_shared<const start_completion>([out](result<start_answer> a) {
        if (a.ok()) out->id = a->execution_id;
      })};
  message.idempotency_key = key;
  caf::anon_send(w, std::move(message));
  h.run();
  return *out;
}

std::size_t orders(const house& h) {
  std::size_t n = 0;
  for (const auto& e : story(h)) n += std::holds_alternative<order_intent>(e.what.body) ? 1U : 0U;
  return n;
}

}  // namespace

TEST_CASE("what waits times out although the clock is set back") {
  for (const auto& [text, status] : {std::pair{waits, run_status::completed_with_errors},
                                     std::pair{waits_in_all, run_status::timed_out}}) {
    for (const microseconds back : {microseconds(1s), microseconds(1h), microseconds(24h * 400)}) {
      CAPTURE(back.count());
      house h;
      h.shared->retry.max_attempts = 1;
      const auto w = h.deploy(text);
      h.paper->set_deferred(true);
      auto s = h.start(w);
      h.pass(500ms);
      h.clock->jump(-back);
      h.pass(4100ms);  // At most twice the time.
      CHECK(s->value().status == status);
      for (const auto& e : story(h)) {
        if (const auto* f = std::get_if<node_failed>(&e.what.body)) CHECK(f->duration >= 0us);
        if (const auto* f = std::get_if<execution_failed>(&e.what.body)) CHECK(f->duration >= 0us);
      }
      // The next one has all its time.
      auto next = h.start(w);
      h.pass(1800ms);
      CHECK_FALSE(next->done());
      h.pass(300ms);
      CHECK(next->value().status == status);
    }
  }
}

TEST_CASE("executions keep their order and their places in the list whatever the clock does") {
  estate left;
  std::vector<std::string> ids;
  const std::vector<microseconds> jumps{microseconds(-1h), microseconds(24h * 365 * 3),
                                        microseconds(-24h * 365 * 3), microseconds(-1ms),
                                        microseconds(2h)};
  for (std::size_t life = 0; life < 4; ++life) {
    house h(0, std::move(left));
    const auto w = h.deploy(buyer);
    h.recover();
    std::vector<std::string> mine;
    for (const auto jump : jumps) {
      mine.push_back(
          start_with_key(h, w, ("k" + std::to_string(ids.size() + mine.size())).c_str()).id);
      REQUIRE_FALSE(mine.back().empty());
      h.clock->jump(jump);
    }
    // Within one life ids grow with the starts.
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    ids.insert(ids.end(), mine.begin(), mine.end());
    auto all = listed(h, 1 + life);
    CHECK(std::is_sorted(all.rbegin(), all.rend()));
    auto known = ids;
    std::sort(known.rbegin(), known.rend());
    CHECK(all == known);  // None twice, none left out.
    std::uint64_t seq = 0;
    for (const auto& e : story(h)) CHECK(e.seq == ++seq);
    left = h.kill(life % 2 == 0 ? microseconds(-5h) : microseconds(24h * 40));
  }
}

TEST_CASE("a key gives the same execution although the clock was set back, or was ahead") {
  estate left;
  std::string id;
  {
    house h;
    const auto w = h.deploy(buyer);
    id = start_with_key(h, w, "k").id;
    h.clock->jump(-3h);
    CHECK(start_with_key(h, w, "k").id == id);
    left = h.kill(-48h);
  }
  house h(0, std::move(left));
  const auto w = h.deploy(buyer);
  h.recover();
  CHECK(start_with_key(h, w, "k").id == id);
  h.clock->jump(51h + 23h);
  CHECK(start_with_key(h, w, "k").id == id);
  h.clock->jump(2h);
  CHECK(start_with_key(h, w, "k").id != id);
}

TEST_CASE("a clock that was ahead for a while gives a bot no second day of trades") {
  house h;
  caf::anon_send(h.broadcast, add_sink{h.risk_sink()});
  const auto w = h.deploy(buyer);
  const auto trade = [&] {
    auto s = h.start(w);
    h.run();
    CHECK(s->value().status == run_status::completed);
  };
  trade(), trade();
  CHECK(orders(h) == 2);
  h.clock->jump(24h * 30);
  trade();  // On another day.
  CHECK(orders(h) == 3);
  h.clock->jump(-24h * 30);
  trade(), trade(), trade();
  CHECK(orders(h) == 4);
  const auto rebuilt = risk::restore(*h.storage.events, *h.storage.states);
  REQUIRE(rebuilt.ok());
  CHECK(rebuilt->books.bots().orders_today("b", h.clock->now()) == 3);
}

TEST_CASE("a price from before the clock was set back buys nothing, also after a restart") {
  for (const bool feed_lives : {true, false}) {
    CAPTURE(feed_lives);
    estate left;
    {
      house h;
      const auto w = h.deploy(buyer);
      h.paper->set_deferred_submits(true);
      h.start(w);
      h.journal_port->hold = true;
      h.run();
      // The intent is durable, and dies with the process before anybody hears of it.
      h.journal_port->release();
      left = h.kill(-2h);
    }
    house h(0, std::move(left));
    h.deploy(buyer);
    h.paper->set_deferred_submits(false);
    h.paper->set_faults({.fail_fetches = !feed_lives});
    REQUIRE(orders(h) == 1);
    h.recover();
    h.pass(1s);
    CHECK(h.door->sent.empty());
    const auto summary = h.storage.events->execution(listed(h, 10).front());
    CHECK(summary->status == run_status::completed_with_errors);
    CHECK(summary->open_orders == 0);
  }
}

}  // namespace pitwall::test
