#include "runtime/workflow/event_weight.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("event weight: large parts count, whatever else there is", "[event]") {
  const auto node = node_named("n");
  const std::string large(100'000, 'x');
  const auto outputs = outputs_of(names_of({"a"}), {value(large)});
  const auto weight_of = [](event_body body) { return event_weight({at_ms(0), std::move(body)}); };
  CHECK(weight_of(node_started{node, 1}) < 200);
  for (const auto w :
       {weight_of(execution_started{1, "d", value(large)}),
        weight_of(node_completed{node, 1, {}, outputs, at_ms(0), node_status::completed}),
        weight_of(node_state_changed{node, 1, value(1), outputs}),
        weight_of(node_state_changed{node, 1, value(large), nullptr}),
        weight_of(notification_sent{node, large, ""}),
        weight_of(node_failed{node, 1, {}, large, ""}),
        weight_of(node_retrying{node, 1, {}, large, ""})}) {
    CHECK(w > 100'000);
    CHECK(w < 100'300);
  }
  event_batch two{nullptr, {{at_ms(0), node_started{node, 1}}, {at_ms(0), node_started{node, 2}}}};
  CHECK(batch_weight(two) == 2 * weight_of(node_started{node, 1}));
}

TEST_CASE("value weight: near the binary form, and no further than enough", "[value]") {
  random_events r(7);
  for (int i = 0; i < 500; ++i) {
    const auto v = r.any();
    std::string bytes;
    encode(v, bytes);
    CHECK(weight(v) + 64 >= bytes.size());
  }
  value deep(value::list(1'000, value(value::list(1'000, value(std::string(100, 'x'))))));
  CHECK(weight(deep) > 100'000'000);
  const auto some = weight(deep, 5'000);
  CHECK(some > 5'000);
  CHECK(some < 10'000);
}
