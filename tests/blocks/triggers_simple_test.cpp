#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("manual_trigger is true, and true of its moment") {
  block_fixture b("manual_trigger");
  const auto out = b.run();
  CHECK(out["trigger"] == true);
  CHECK(out.all().observed_at == b.now);
}

TEST_CASE("webhook hands on the body that was posted") {
  block_fixture b("webhook", {{"url", "/hooks/x"}});
  CHECK(b.run()["data"].is_null());
  b.trigger = value(value::object{{"price", 5}});
  CHECK(b.run()["data"] == b.trigger);
}

TEST_CASE("event_listener hands on the event, if it is of the wanted type") {
  const value filled(value::object{{"type", "order_filled"}, {"seq", 7}});
  block_fixture any("event_listener");
  any.trigger = filled;
  CHECK(any.run()["event"] == filled);
  CHECK(any.run({{"event_type", ""}})["event"] == filled);
  CHECK(any.run({{"event_type", "order_filled"}})["event"] == filled);
  CHECK(any.run({{"event_type", "order_rejected"}})["event"].is_null());
  any.trigger = value("text without a type");
  CHECK(any.run({{"event_type", "order_filled"}})["event"].is_null());
  CHECK(mentions(any.failure({{"event_type", 5}}), "'event_type' of event_listener"));
}

TEST_CASE("an event or a price is as old as it says, and all else as the start") {
  for (const std::string name : {"event_listener", "webhook"}) {
    CAPTURE(name);
    block_fixture b(name);
    const auto seen = [&](value::object trigger) {
      b.trigger = value(std::move(trigger));
      return b.run().all().observed_at;
    };
    const auto early = b.now - std::chrono::seconds(40);
    const value then(to_iso8601(early)), later(to_iso8601(b.now + std::chrono::hours(1)));
    const auto event = [](value when) {
      return value::object{{"seq", 7}, {"type", "x"}, {"workflow_id", "w"}, {"timestamp", when}};
    };
    CHECK(seen(event(then)) == early);
    CHECK(seen(event(later)) == b.now);
    CHECK(seen(event("yesterday")) == b.now);
    CHECK(seen({{"type", "market"}, {"fire_time", then}}) == early);
    CHECK(seen({{"type", "schedule"}, {"fire_time", then}}) == b.now);
    CHECK(seen({{"timestamp", then}, {"price", 5}}) == b.now);
  }
}
