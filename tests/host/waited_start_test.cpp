// What a start that is waited for promises: its events are published before its result is told.
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;

namespace {

constexpr const char* file = R"({"blocks": [
  {"id": "t", "type": "manual_trigger", "category": "triggers"}]})";

/// Both sides tell the other that they are there.
struct meeting {
  std::mutex mutex;
  std::condition_variable changed;
  bool answered = false;
  std::uint64_t published = 0;  ///< When the result was told.

  void answer(std::uint64_t head) {
    const std::lock_guard lock(mutex);
    answered = true;
    published = head;
    changed.notify_all();
  }
  bool wait_answered(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, at_most, [this] { return answered; });
  }
};

}  // namespace

TEST_CASE("who waited for a result finds the events of its end, however slow publication is") {
  host_options o;
  o.mode = durability::memory;
  o.log = make_console_log(log_form::text, log_level::error);
  auto opened = host::open(std::move(o));
  REQUIRE(opened.ok());
  host& h = **opened;
  h.deploy(file, "w", {}, [](const result<deployed_workflow>& r, const auto&) { CHECK(r.ok()); });
  meeting m;
  // Publication stands still at an event before the start's, until the result is told, or for long
  // enough that it could have been.
  const auto slow = h.on_published(
      [&m](const committed_ref&) { m.wait_answered(std::chrono::milliseconds(300)); });
  std::promise<bool> alerted;
  h.emergency({emergency_action::alert, "global", "before", "tester", "manual"},
              [&](const result<emergency_answer>& a) { alerted.set_value(a.ok()); });
  REQUIRE(alerted.get_future().get());
  result<start_answer> told(error{errc::unavailable, {}, {}, {}});
  h.start({"w", {}, true, {}}, [&](result<start_answer> r) {
    told = std::move(r);
    m.answer(h.published_head());
  });
  REQUIRE(m.wait_answered(std::chrono::seconds(30)));
  REQUIRE(told.ok());
  CHECK(told->status == run_status::completed);
  event_query of_it;
  of_it.execution_id = told->execution_id;
  const auto page = h.history().read(of_it);
  REQUIRE(page.ok());
  REQUIRE_FALSE(page->events.empty());
  CHECK(std::holds_alternative<execution_completed>(page->events.back().what.body));
  CHECK(m.published >= page->events.back().seq);
}
