// The list of the host's own orders, from both journals.
#include "runtime/ports/order_list.hpp"

#include "runtime/base/ids.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/order_world.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

scope_ref scope_of(std::uint64_t n, std::string bot) {
  auto s = *nth_scope(n);
  s.bot_id = std::move(bot);
  return std::make_shared<const event_scope>(std::move(s));
}
std::string order_id(std::uint64_t n) { return make_client_order_id(nth_execution_id(n), 1); }

/// An execution whose only order gets this far.
void add(journal& j, std::uint64_t n, const std::string& bot, const std::string& venue,
         std::vector<event_body> more) {
  const sample_workflow flow;
  const auto& node = flow.nodes[1];
  event_batch batch{scope_of(n, bot), {flow.started(1)}};
  batch.events.push_back(
      {at_ms(2),
       order_intent{
           node, order_id(n), {venue, "BTC/USDT", order_side::buy, order_kind::limit, 2, 9}}});
  for (auto& b : more) batch.events.push_back({at_ms(3), std::move(b)});
  commit(j, {std::move(batch)});
}

std::vector<std::string> ids(const journal& j, order_filter f) {
  std::vector<std::string> out;
  for (;;) {
    const auto page = must(read_orders(j, f));
    for (const auto& o : page.orders) out.push_back(o.order.client_order_id);
    if (page.next_after.empty()) return out;
    f.after = page.next_after;
  }
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("orders: what is on its way, resting and in doubt, by filter") {
  for_each_implementation([](const storage_set& s) {
    auto& j = *s.events;
    const auto id = order_id;
    add(j, 1, "a", "sim", {});
    add(j, 2, "b", "sim", {order_submitted{nullptr, id(2), "7"}});
    add(j, 3, "a", "paper", {order_in_doubt{nullptr, id(3), "no answer"}});
    add(j, 4, "a", "sim", {order_canceled{nullptr, id(4), "by hand"}});
    CHECK(ids(j, {}) == names{id(1), id(2), id(3)});
    CHECK(ids(j, {"open", {}, {}, {}, 9}) == names{id(1), id(2)});
    CHECK(ids(j, {"in_doubt", {}, {}, {}, 9}) == names{id(3)});
    CHECK(ids(j, {"all", "sim", {}, {}, 9}) == names{id(1), id(2)});
    CHECK(ids(j, {"all", {}, "a", {}, 9}) == names{id(1), id(3)});
    CHECK(read_orders(j, {"odd", {}, {}, {}, 9}).error().code == errc::invalid_argument);

    const auto doubtful = must(find_order(j, id(3)));
    CHECK(doubtful.standing == order_standing::in_doubt);
    CHECK(doubtful.why == "no answer");
    CHECK(doubtful.scope->bot_id == "a");
    CHECK(must(find_order(j, id(1))).standing == order_standing::on_its_way);
    CHECK(must(find_order(j, id(2))).standing == order_standing::resting);
    for (const auto& none : {id(4), id(5), std::string("pw-x"), std::string()})
      CHECK(find_order(j, none).error().code == errc::not_found);

    // Where no host runs, nobody waits for the first word.
    auto alone = must(read_orders(j, {"in_doubt", {}, {}, {}, 9}, stand_without_host));
    REQUIRE(alone.orders.size() == 2);
    CHECK(alone.orders[0].order.client_order_id == id(1));
    CHECK_FALSE(alone.orders[0].why.empty());
  });
}

TEST_CASE("orders: many come in pages, each once") {
  for_each_implementation([](const storage_set& s) {
    names all;
    for (std::uint64_t n = 1; n <= 300; ++n) {
      add(*s.events, n, "a", "sim", {});
      all.push_back(order_id(n));
    }
    const auto first = must(read_orders(*s.events, {"all", {}, {}, {}, 1}));
    CHECK(first.orders.size() < 300);
    CHECK_FALSE(first.next_after.empty());
    CHECK(ids(*s.events, {"all", {}, {}, {}, 1}) == all);
  });
}
