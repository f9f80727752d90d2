#include "tests/net/live_fixture.hpp"

using namespace pitwall;
using namespace pitwall::live;
using namespace pitwall::test;

namespace {

std::string text_of(const value& frame, std::string_view name) {
  const value* member = frame.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : "<none>";
}
std::int64_t number_of(const value& frame, std::string_view name) {
  const value* member = frame.find(name);
  return member != nullptr && member->is_number() ? member->as_number().to_int().value() : -1;
}
const event_scope of_b{"exec_b", "b", "bot", "s"};

}  // namespace

TEST_CASE("the server speaks first") {
  live_fixture f;
  f.publish(3);
  f.begin();
  const auto hello = f.only_frame();
  CHECK(text_of(hello, "op") == "connected");
  CHECK(text_of(hello, "connection_id") == "c1");
  CHECK(*hello.find("auth_required") == value(false));
  CHECK(text_of(hello, "server_time") == "2023-11-14T22:13:20.000000Z");
  CHECK(text_of(hello, "epoch") == "epoch1");
  CHECK(number_of(hello, "last_seq") == 3);
}

TEST_CASE("`after` replays from the journal, is marked, and goes live") {
  live_fixture f;
  f.wanted = false;
  f.publish(5);
  f.hear(R"({"op":"subscribe","all":true,"after":2,"id":1})");
  CHECK(f.story().empty());
  f.look_all();
  CHECK(f.story() == "subscribed 3 4 5 caught_up");
  f.wanted = true;
  const auto reads = f.host.log.reads.load();
  f.publish(2);
  CHECK(f.story() == "6 7");
  CHECK(f.around.looks.empty());
  CHECK(f.host.log.reads == reads);
}

TEST_CASE("who has seen it all is told so at once") {
  live_fixture f;
  f.publish(5);
  f.hear(R"({"op":"subscribe","all":true,"after":5,"id":"s","epoch":"epoch1"})");
  const auto frames = f.frames();
  REQUIRE(frames.size() == 2);
  CHECK(text_of(frames[0], "op") == "subscribed");
  CHECK(text_of(frames[0], "id") == "s");
  CHECK(number_of(frames[0], "after") == 5);
  CHECK(text_of(frames[1], "op") == "caught_up");
  CHECK(number_of(frames[1], "seq") == 5);
  CHECK(f.host.log.reads == 0);
}

TEST_CASE("without `after` the last matching events come first: of memory, and of the journal") {
  live_fixture f({}, {.remembered = 3});
  f.publish(10);
  f.hear(R"({"op":"subscribe","all":true})");
  CHECK(f.story() == "subscribed 8 9 10 caught_up");
  CHECK(f.host.log.reads == 0);
  f.publish(1, of_b);
  f.publish(10);
  f.frames();
  f.hear(R"({"op":"subscribe","workflow_ids":["b"]})");
  f.look_all();
  CHECK(f.story() == "subscribed 11 caught_up");

  live_fixture cold({}, {.remembered = 3, .first_window = 4, .widest_window = 8});
  cold.wanted = false;
  for (int i = 0; i < 2; ++i) {
    cold.publish(1, of_b);
    cold.publish(20);
  }
  cold.publish(1, of_b);
  cold.hear(R"({"op":"subscribe","bot_ids":["bot"]})");
  cold.look_all();
  CHECK(cold.story() == "subscribed 1 22 43 caught_up");
  cold.hear(R"({"op":"subscribe","all":true})");
  cold.look_all();
  CHECK(cold.story() == "subscribed 41 42 43 caught_up");
}

TEST_CASE("a search back walks no further in memory than a bound, and the journal has the rest") {
  live_fixture f({}, {.remembered = 2});
  f.publish(1, of_b);
  f.publish(10'000);
  f.publish(1, of_b);
  f.hear(R"({"op":"subscribe","workflow_ids":["b"]})");
  REQUIRE(f.around.looks.size() == 1);
  CHECK(f.around.looks.front().up_to == 10'002 - f.rules.first_walk);
  CHECK(f.around.looks.front().last == 1);
  f.look_all();
  CHECK(f.story() == "subscribed 1 10002 caught_up");
}

TEST_CASE("the remembered events of a pruned journal begin with the first that is kept") {
  live_fixture f({}, {.first_window = 4});
  f.wanted = false;
  f.publish(50);
  f.host.log.first_kept = 48;
  f.hear(R"({"op":"subscribe","all":true})");
  f.look_all();
  CHECK(f.story() == "subscribed 48 49 50 caught_up");
}

TEST_CASE("a cursor that retention has passed is answered with the first kept seq") {
  live_fixture f;
  f.wanted = false;
  f.publish(50);
  f.host.log.first_kept = 40;
  f.hear(R"({"op":"subscribe","all":true,"after":7,"id":1})");
  f.look_all();
  const auto why = f.only_frame();
  CHECK(text_of(why, "op") == "error");
  CHECK(number_of(why, "id") == 1);
  CHECK(text_of(why, "code") == "cursor_expired");
  CHECK(number_of(why, "first_seq") == 40);
  CHECK(text_of(why, "message").find("`after` 39") != std::string::npos);
  f.hear(R"({"op":"subscribe","all":true,"after":39})");
  f.look_all();
  CHECK(f.story().starts_with("subscribed 40 41"));
}

TEST_CASE("a cursor of another epoch, or from beyond the end, is invalid") {
  live_fixture f;
  f.publish(5);
  for (const char* wrong : {R"({"op":"subscribe","all":true,"after":2,"epoch":"other","id":9})",
                            R"({"op":"subscribe","all":true,"after":6,"id":9})"}) {
    f.hear(wrong);
    const auto why = f.only_frame();
    CHECK(text_of(why, "code") == "cursor_invalid");
    CHECK(number_of(why, "id") == 9);
  }
  f.publish(1);
  CHECK(f.story().empty());
}

TEST_CASE("a cursor may be ahead of memory, not of what is published") {
  live_fixture f;
  f.publish(3);
  f.host.publish(2);  // Has not been settled.
  f.hear(R"({"op":"subscribe","all":true,"after":5})");
  CHECK(f.story() == "subscribed caught_up");
  f.settle();
  f.publish(1);
  CHECK(f.story() == "6");
}

TEST_CASE("a journal that cannot be read ends the subscription, and says so") {
  live_fixture f;
  f.wanted = false;
  f.publish(5);
  f.host.log.failure = error{errc::io_error, "the disk is gone", {}, {}};
  f.hear(R"({"op":"subscribe","all":true,"after":0,"id":1})");
  f.look_all();
  const auto why = f.only_frame();
  CHECK(text_of(why, "code") == "io_error");
  CHECK(text_of(why, "message") == "the disk is gone");
  f.publish(1);
  CHECK(f.story().empty());
}

TEST_CASE("a subscription replaces the one before, also while that one is being looked up") {
  live_fixture f;
  f.wanted = false;
  f.publish(3);
  f.publish(3, of_b);
  f.hear(R"({"op":"subscribe","workflow_ids":["a"],"after":0,"id":1})");
  f.hear(R"({"op":"subscribe","workflow_ids":["b"],"after":0,"id":2})");
  CHECK(f.around.looks.size() == 1);
  f.look_all();
  CHECK(f.around.queue.front().text.starts_with(R"({"op":"subscribed","id":2,)"));
  CHECK(f.story() == "subscribed 4 5 6 caught_up");
  f.wanted = true;
  f.publish(1);
  f.publish(1, of_b);
  CHECK(f.story() == "8");
  f.hear(R"({"op":"unsubscribe","id":3})");
  const auto gone = f.only_frame();
  CHECK(text_of(gone, "op") == "unsubscribed");
  CHECK(number_of(gone, "last_seq") == 8);
  f.publish(1, of_b);
  CHECK(f.story().empty());
}

TEST_CASE("no event is queued beyond what there is room for, and all come when there is again") {
  live_fixture f;
  f.around.room = 4;
  f.wanted = false;
  f.publish(20);
  f.hear(R"({"op":"subscribe","all":true,"after":0})");
  f.look_all();
  std::string all = "";
  while (!f.around.queue.empty()) {
    CHECK(f.around.queue.size() <= 5);  // caught_up is no event.
    for (const auto& one : f.around.read(1)) {
      const auto v = parse_json(one.text).value();
      if (v.find("event") != nullptr) all += v.find("event")->find("seq")->as_number().to_string();
    }
    f.session.pump();
    f.look_all();
  }
  CHECK(all == "1234567891011121314151617181920");
}

TEST_CASE("large events come a few at a time, and all of them") {
  live_fixture f;
  f.wanted = false;
  const std::string large(100'000, 'x');
  for (int i = 0; i < 10; ++i) f.host.log.append({}, notification_sent{nullptr, large, ""});
  f.host.publish_head(10);
  f.settle();
  f.hear(R"({"op":"subscribe","all":true,"after":0})");
  f.look_once();
  CHECK(f.around.queue.size() == 4);  // subscribed, and three.
  f.look_all();
  CHECK(f.story() == "subscribed 1 2 3 4 5 6 7 8 9 10 caught_up");
}

TEST_CASE("a look reads few large events at once, and as many small ones as it may") {
  live_fixture f;
  f.wanted = false;
  const std::string large(100'000, 'x');
  for (int i = 0; i < 40; ++i) f.host.log.append({}, notification_sent{nullptr, large, ""});
  f.publish(400);
  event_filter filter;
  filter.all = true;
  journal_order order{1, std::make_shared<const event_filter>(filter), 0, 440};
  CHECK(look_into(f.host.log, order).looked_at == 3);
  CHECK(f.host.log.handed_out <= 16);
  order.after = 40;
  order.up_to = 436;
  auto answer = look_into(f.host.log, order);
  CHECK((answer.events.size() == 256 && answer.looked_at == 296));
  order.after = 296;
  answer = look_into(f.host.log, order);
  CHECK((answer.events.size() == 140 && answer.looked_at == 436));
  // One read's scan is all, where little fits.
  f.host.log.most_scanned = 10;
  order.after = 40;
  answer = look_into(f.host.log, order);
  CHECK((answer.events.size() == 10 && answer.looked_at == 50));
}

TEST_CASE("what is not sent yet is behind no position") {
  live_fixture f;
  f.around.room = 4;
  f.wanted = false;
  f.publish(20);
  f.hear(R"({"op":"subscribe","all":true,"after":0})");
  f.look_all();
  f.hear(R"({"op":"unsubscribe"})");
  CHECK(f.around.queue.back().text == R"({"op":"unsubscribed","last_seq":3})");
}

TEST_CASE("who was live and falls out of memory is cut off, with the seq to resume from") {
  live_fixture f(recent_bounds{8, 1U << 20U});
  f.around.room = 4;
  f.hear(R"({"op":"subscribe","all":true,"after":0})");
  f.publish(3);
  CHECK(f.around.read(4).size() == 4);  // subscribed caught_up 1 2
  for (int i = 0; i < 20 && f.around.closed_with == 0; ++i) f.publish(1);
  CHECK(f.around.closed_with == too_slow);
  CHECK(f.around.closed_why == "too slow: resume with after 2");
  CHECK(f.around.looks.empty());
  f.around.read();
  f.publish(1);
  f.hear(R"({"op":"ping"})");
  CHECK(f.story().empty());
}

TEST_CASE("who replays is not cut off for being behind") {
  live_fixture f(recent_bounds{8, 1U << 20U});
  f.around.room = 4;
  f.publish(100);
  f.hear(R"({"op":"subscribe","all":true,"after":0})");
  f.look_all();
  f.publish(100);
  CHECK(f.around.closed_with == 0);
  f.session.stall();
  CHECK(f.around.closed_with == too_slow);
}

TEST_CASE("a heartbeat's seq is one to resume from") {
  live_fixture f;
  f.publish(5);
  f.session.beat(f.now);
  CHECK(number_of(f.only_frame(), "last_seq") == 5);
  f.hear(R"({"op":"subscribe","workflow_ids":["b"],"after":0})");
  f.frames();
  f.publish(2);
  f.session.beat(f.now);
  auto beat = f.only_frame();
  CHECK(text_of(beat, "op") == "heartbeat");
  CHECK(number_of(beat, "last_seq") == 7);
  f.around.room = 0;
  f.publish(1, of_b);
  f.session.beat(f.now);
  CHECK(f.around.queue.empty());
}

TEST_CASE("while it is sought where a subscription begins, nothing is said to be a cursor") {
  live_fixture f;
  f.wanted = false;
  f.publish(5);
  f.hear(R"({"op":"subscribe","all":true})");
  f.session.beat(f.now);
  CHECK(f.around.queue.empty());
  f.hear(R"({"op":"stats"})");
  CHECK(f.only_frame().find("position")->is_null());
  f.look_all();
  CHECK(f.story() == "subscribed 1 2 3 4 5 caught_up");
  f.session.beat(f.now);
  CHECK(number_of(f.only_frame(), "last_seq") == 5);
  // Failed before it had begun: there is still none.
  f.host.log.failure = error{errc::io_error, "the disk is gone", {}, {}};
  f.hear(R"({"op":"subscribe","all":true})");
  f.look_all();
  CHECK(f.story() == "error");
  f.session.beat(f.now);
  CHECK(f.around.queue.empty());
}

TEST_CASE("after an error has ended a subscription, heartbeats say where") {
  for (const char* next : {R"({"op":"unsubscribe"})", R"({"op":"subscribe","all":true})"}) {
    live_fixture f;
    f.wanted = false;
    f.publish(10);
    f.host.log.failure = error{errc::io_error, "the disk is gone", {}, {}};
    f.hear(R"({"op":"subscribe","all":true,"after":4})");
    f.look_all();
    CHECK(f.story() == "error");
    f.publish(3);
    f.session.beat(f.now);
    CHECK(number_of(f.only_frame(), "last_seq") == 4);
    f.hear(R"({"op":"subscribe","all":true,"after":99})");  // Refused: nothing has changed.
    f.hear(R"({"op":"stats"})");
    CHECK(number_of(f.frames().back(), "position") == 4);
    f.host.log.failure.reset();
    f.hear(next);
    f.look_all();
    f.frames();
    f.session.beat(f.now);
    CHECK(number_of(f.only_frame(), "last_seq") == 13);
  }
}

TEST_CASE("state and emergency are asked of the host, and answered with the id") {
  live_fixture f;
  f.hear(R"({"op":"state","kind":"execution","id":"exec a/b"})");
  f.hear(R"({"op":"state","kind":"risk","id":2})");
  f.hear(R"({"op":"emergency","action":"halt","scope":"bot:b","reason":"r","id":3})");
  CHECK(f.story().empty());
  REQUIRE(f.around.asked.size() == 3);
  CHECK(f.around.asked[0].second.to.path == "/api/v1/executions/exec%20a%2Fb");
  CHECK(f.around.asked[0].second.to.segments.back() == "exec a/b");
  CHECK(f.around.asked[1].second.to.path == "/api/v1/risk");
  const auto& halt = f.around.asked[2].second;
  CHECK((halt.method == "POST" && halt.to.path == "/api/v1/emergency"));
  CHECK(halt.body == R"({"action":"halt","scope":"bot:b","reason":"r"})");
  f.session.answered(f.around.asked[2].first, {200, "application/json", R"({"state":"halt"})"});
  f.session.answered(f.around.asked[1].first, {200, "application/json", R"({"a":1})"});
  f.session.answered(
      f.around.asked[0].first,
      {404, "application/problem+json", R"({"detail":"no","code":"not_found","remedy":"look"})"});
  f.session.answered(f.around.asked[0].first, {200, "application/json", "{}"});
  const auto answers = f.around.read();
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].text == R"({"op":"emergency","id":3,"state":"halt"})");
  CHECK(answers[1].text == R"({"op":"state","id":2,"state":{"a":1},"kind":"risk"})");
  CHECK(answers[2].text ==
        R"({"op":"error","id":"exec a/b","code":"not_found","message":"no: look"})");
}

TEST_CASE("an empty scope is not an absent one: the host refuses it") {
  live_fixture f;
  f.hear(R"({"op":"emergency","action":"halt"})");
  f.hear(R"({"op":"emergency","action":"halt","scope":""})");
  REQUIRE(f.around.asked.size() == 2);
  CHECK(f.around.asked[0].second.body == R"({"action":"halt"})");
  CHECK(f.around.asked[1].second.body == R"({"action":"halt","scope":""})");
  f.hear(R"({"op":"emergency","action":"halt","scope":null})");
  CHECK(f.around.asked.size() == 2);
  CHECK(text_of(f.only_frame(), "field") == "scope");
}

TEST_CASE("commands under way are bounded") {
  live_fixture f({}, {.max_commands = 2});
  for (int i = 0; i < 3; ++i) f.hear(R"({"op":"state","kind":"host"})");
  CHECK(f.around.asked.size() == 2);
  CHECK(text_of(f.only_frame(), "code") == "resource_exhausted");
  f.session.answered(f.around.asked[0].first, {200, "application/json", "{}"});
  f.hear(R"({"op":"state","kind":"host"})");
  CHECK(f.around.asked.size() == 3);
}

TEST_CASE("a halt waits for no place behind questions, and halts are bounded too") {
  live_fixture f({}, {.max_commands = 2});
  for (int i = 0; i < 3; ++i) f.hear(R"({"op":"state","kind":"host"})");
  f.frames();
  for (int i = 0; i < 2; ++i) f.hear(R"({"op":"emergency","action":"halt"})");
  REQUIRE(f.around.asked.size() == 4);
  CHECK(f.around.asked[2].second.to.path == "/api/v1/emergency");
  CHECK(f.frames().empty());
  f.hear(R"({"op":"emergency","action":"halt"})");
  CHECK(f.around.asked.size() == 4);
  CHECK(text_of(f.only_frame(), "code") == "resource_exhausted");
  f.session.answered(f.around.asked[2].first, {200, "application/json", R"({"state":"halt"})"});
  f.hear(R"({"op":"state","kind":"host"})");
  CHECK(f.around.asked.size() == 4);
  f.hear(R"({"op":"emergency","action":"halt"})");
  CHECK(f.around.asked.size() == 5);
}

TEST_CASE("ping and stats are answered, authenticate without tokens opens all that is open") {
  live_fixture f;
  f.publish(2);
  f.hear(R"({"op":"ping","id":1})");
  f.hear(R"({"op":"stats","id":2})");
  f.hear(R"({"op":"authenticate","token":"x","id":3})");
  f.hear(R"({"op":"pong","id":4})");
  const auto frames = f.frames();
  REQUIRE(frames.size() == 4);
  CHECK(text_of(frames[0], "op") == "pong");
  CHECK(text_of(frames[1], "op") == "stats");
  CHECK(number_of(frames[1], "last_seq") == 2);
  CHECK(to_json(*frames[2].find("scopes")) == R"(["read","trade","control"])");
  CHECK(text_of(frames[3], "code") == "unknown_op");
  for (int i = 0; i < 4; ++i) CHECK(number_of(frames[static_cast<std::size_t>(i)], "id") == i + 1);
}

TEST_CASE("with tokens nothing is open before one is shown, and only what it is good for") {
  const auto with = [&](const std::string& frame, auto check) {
    live_fixture f({}, {}, std::nullopt);
    f.around.tokens = {{"reader", {.read = true}},
                       {"trader", {.trade = true}},
                       {"operator", access::scopes::all()}};
    f.begin();
    CHECK(*f.only_frame().find("auth_required") == value(true));
    f.hear(frame);
    check(f);
  };
  for (const auto* early :
       {R"({"op":"subscribe","all":true})", R"({"op":"emergency","action":"halt"})",
        R"({"op":"state","kind":"host"})", R"({"op":"ping"})", R"({"op":"stats"})",
        R"({"op":"authenticate","token":"thief"})", R"({"op":"authenticate"})"}) {
    CAPTURE(early);
    with(early, [](auto& f) {
      CHECK(f.around.closed_with == unauthenticated);
      CHECK(f.around.asked.empty());
      CHECK(f.frames().empty());
    });
  }
  // Not even read.
  with(R"({"op":"authenticate","token":")" + std::string(max_first_frame_bytes, 'x') + "\"}",
       [](auto& f) { CHECK(f.around.closed_with == unauthenticated); });
  with(R"({"op":"authenticate","token":"flood"})",
       [](auto& f) { CHECK(f.around.closed_with == too_many_requests); });
  with(R"({"op":"authenticate","token":"trader"})",
       [](auto& f) { CHECK(f.around.closed_with == forbidden); });
  with("{", [](auto& f) {
    CHECK(text_of(f.only_frame(), "code") == "bad_json");
    f.session.beat(f.now);
    CHECK(f.frames().empty());
    f.session.expect_authenticated();
    CHECK(f.around.closed_with == unauthenticated);
  });
  with(R"({"op":"authenticate","token":"reader"})", [](auto& f) {
    f.session.expect_authenticated();
    CHECK(f.around.closed_with == 0);
    f.hear(R"({"op":"emergency","action":"halt"})");
    CHECK(f.around.asked.empty());
    CHECK(text_of(f.frames().back(), "code") == "forbidden");
    f.hear(R"({"op":"subscribe","all":true,"after":0})");
    CHECK(f.story() == "subscribed caught_up");
    f.session.expel("revoked");
    CHECK(f.around.closed_with == unauthenticated);
    f.publish(1);
    CHECK(f.frames().empty());
  });
  with(R"({"op":"authenticate","token":"operator"})", [](auto& f) {
    f.hear(R"({"op":"emergency","action":"halt"})");
    CHECK(f.around.asked.size() == 1);
  });
}
