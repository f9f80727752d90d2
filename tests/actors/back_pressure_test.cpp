// More work than there is room for: what is in flight, in line and in memory stays bounded.
#include <malloc.h>

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::string one_price(std::string_view concurrency) {
  return R"({"concurrency": )" + std::string(concurrency) +
         R"(, "blocks": [{"id": "p", "type": "paper", "category": "providers"}]})";
}

std::size_t refused_with(const std::vector<std::shared_ptr<started>>& all, errc code) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& s) {
    return s->done() && !s->answer->ok() && s->answer->error().code == code;
  }));
}

std::size_t ended(const std::vector<std::shared_ptr<started>>& all) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const auto& s) { return s->done() && s->answer->ok(); }));
}

/// Its venue does not answer until told to.
struct slow_house : house {
  explicit slow_house(std::size_t keep_events = limits::memory_journal_events)
      : house(0, estate{.storage = open_memory(keep_events), .paper = nullptr}) {
    paper->set_deferred(true);
  }
  std::vector<std::shared_ptr<started>> start_many(const workflow_actor& w, int n) {
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < n; ++i) all.push_back(start(w));
    run();
    return all;
  }
  void answer() {
    paper->flush();
    run();
  }
};

}  // namespace

TEST_CASE("past the host's bound a start is refused, whichever workflow it is of") {
  slow_house h;
  h.shared->slots = std::make_shared<execution_slots>(3);
  auto a = h.deploy(one_price("null"), "a");
  auto b = h.deploy(one_price("null"), "b");
  auto first = h.start_many(a, 2);
  auto second = h.start_many(b, 3);
  CHECK(refused_with(first, errc::resource_exhausted) == 0);
  CHECK(refused_with(second, errc::resource_exhausted) == 2);
  CHECK(h.shared->slots->in_use() == 3);
  h.answer();
  CHECK(h.shared->slots->in_use() == 0);
  CHECK(ended(first) + ended(second) == 3);
}

TEST_CASE("past a workflow's own bound: refuse, queue, skip, cancel_running") {
  slow_house h;
  SECTION("refuse") {
    auto all = h.start_many(h.deploy(one_price(R"({"max_running": 2})")), 5);
    CHECK(refused_with(all, errc::resource_exhausted) == 3);
    h.answer();
    CHECK(ended(all) == 2);
  }
  SECTION("queue") {
    auto all = h.start_many(
        h.deploy(one_price(R"({"max_running": 1, "when_full": "queue", "max_queued": 2})")), 5);
    CHECK(refused_with(all, errc::resource_exhausted) == 2);
    for (std::size_t n = 1; n <= 3; ++n) {
      h.answer();
      CHECK(ended(all) == n);
    }
    CHECK(all[0]->value().execution_id < all[1]->value().execution_id);
    CHECK(all[1]->value().execution_id < all[2]->value().execution_id);
  }
  SECTION("skip") {
    auto all = h.start_many(h.deploy(one_price(R"({"max_running": 1, "when_full": "skip"})")), 3);
    CHECK(refused_with(all, errc::aborted) == 2);
  }
  SECTION("cancel_running") {
    auto all = h.start_many(
        h.deploy(one_price(R"({"max_running": 1, "when_full": "cancel_running"})")), 3);
    h.pass(100ms);
    // The first was cancelled for a newer one; by then the newest had taken the second's place.
    CHECK(all[0]->value().status == run_status::cancelled);
    h.answer();
    std::size_t completed = 0, cancelled = 0, replaced = refused_with(all, errc::aborted);
    for (const auto& s : all) {
      if (!s->done() || !s->answer->ok()) continue;
      completed += s->value().status == run_status::completed ? 1 : 0;
      cancelled += s->value().status == run_status::cancelled ? 1 : 0;
    }
    CHECK(completed == 1);
    CHECK(cancelled + replaced == 2);
  }
  CHECK(h.shared->slots->in_use() <= 1);
}

TEST_CASE("starts in line: room that another workflow frees, a halt, a retirement, a key") {
  slow_house h;
  h.shared->slots = std::make_shared<execution_slots>(1);
  auto other = h.deploy(one_price("null"), "other");
  auto w = h.deploy(one_price(R"({"when_full": "queue"})"), "mine");
  auto blocking = h.start_many(other, 1);
  auto waiting = h.start_many(w, 2);
  CHECK_FALSE(waiting[0]->done());
  SECTION("room is noticed by the tick") {
    h.answer();
    CHECK(ended(blocking) == 1);
    h.pass(100ms);
    h.answer();
    h.pass(100ms);
    h.answer();
    CHECK(ended(waiting) == 2);
  }
  SECTION("a retired workflow starts nothing") {
    caf::anon_send(w, retire{});
    h.run();
    CHECK(refused_with(waiting, errc::unavailable) == 2);
  }
  SECTION("a shutdown answers those who wait") {
    h.command(emergency_action::shutdown);
    CHECK(refused_with(waiting, errc::halted) == 2);
    waiting.push_back(h.start(w));
    h.run();
    for (const auto& s : waiting)
      CHECK(s->answer->error().remedy.find("serve --leave-shutdown") != std::string::npos);
  }
  SECTION("a death answers those who wait, and gives the slots back") {
    caf::anon_send_exit(other, caf::exit_reason::kill);
    caf::anon_send_exit(w, caf::exit_reason::kill);
    h.run();
    CHECK(refused_with(waiting, errc::unavailable) == 2);
    CHECK(h.shared->slots->in_use() == 0);
  }
}

TEST_CASE("a start with a key that waits is not started twice") {
  slow_house h;
  auto w = h.deploy(one_price(R"({"max_running": 1, "when_full": "queue"})"));
  auto running = h.start(w);
  const auto with_key = [&] {
    auto s = std::make_shared<started>();
    start_execution message{
        {}, true, std::make_shared<const start_completion>([s](result<start_answer> a) {
          s->answer = std::move(a);
        })};
    message.idempotency_key = "k";
    caf::anon_send(w, std::move(message));
    h.run();
    return s;
  };
  auto first = with_key();
  auto twin = with_key();
  CHECK_FALSE(first->done());
  REQUIRE(twin->done());
  CHECK(twin->answer->error().code == errc::unavailable);
  h.answer();
  h.answer();
  CHECK(first->value().status == run_status::completed);
  auto again = with_key();
  CHECK(again->value().execution_id == first->value().execution_id);
}

TEST_CASE("an hour of overload: memory stays where it was") {
  slow_house h(5'000);
  auto w = h.deploy(one_price(R"({"max_running": 20, "when_full": "queue", "max_queued": 50})"));
  // Ten times as many starts as there are answers; everything refused is forgotten.
  std::size_t refused = 0;
  const auto minute = [&] {
    for (int tick = 0; tick < 60; ++tick) {
      auto all = h.start_many(w, 100);
      refused += refused_with(all, errc::resource_exhausted);
      h.answer();
      h.sched.advance_time(1s);
      h.run();
      h.events->events.clear();
      h.log->lines.clear();
    }
  };
  const auto in_use = [] { return mallinfo2().uordblks; };
  for (int i = 0; i < 5; ++i) minute();  // Until the journal in memory is as full as it gets.
  const auto before = in_use();
  for (int i = 0; i < 55; ++i) minute();
  const auto after = in_use();
  CAPTURE(before, after, refused);
  CHECK(refused > 200'000);
  CHECK(h.storage.events->stats()->last_seq > 200'000);
  // A sanitizer's allocator says nothing.
  if (before > 0) CHECK(after < before + before / 10);
}

}  // namespace pitwall::test
