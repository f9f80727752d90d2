// A halt while all threads that run actors are stuck, say in a block that never returns.
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

constexpr std::size_t threads = 2;
constexpr std::chrono::seconds patience{30};

constexpr const char* file = R"({"blocks": [
  {"id": "t", "type": "manual_trigger", "category": "triggers"}]})";

/// Holds whoever comes until it is opened.
class turnstile {
 public:
  void hold() {
    std::unique_lock lock(mutex_);
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  bool wait_held(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return held_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t held_ = 0;
  bool open_ = false;
};

struct open_at_end {
  turnstile& all;
  ~open_at_end() { all.open(); }
};

}  // namespace

TEST_CASE("a halt closes the order path and is durable while all scheduler threads are stuck") {
  const test::scratch_directory d;
  turnstile stuck;
  host_options o;
  o.data_directory = d.path();
  o.threads = threads;
  o.log = make_console_log(log_form::text, log_level::error);
  auto opened = host::open(std::move(o));
  REQUIRE(opened.ok());
  host& h = **opened;
  const open_at_end always{stuck};  // The host ends only when nothing is stuck.
  h.deploy(file, "w", {}, [](const result<deployed_workflow>& r, const auto&) { CHECK(r.ok()); });
  for (std::size_t i = 0; i < threads; ++i)
    h.start({"w", {}, false, {}}, [&](const result<start_answer>&) { stuck.hold(); });
  REQUIRE(stuck.wait_held(threads));

  std::promise<result<emergency_answer>> answer;
  auto answered = answer.get_future();
  h.emergency({emergency_action::halt, "global", "stuck", "tester", "manual"},
              [&](result<emergency_answer> a) { answer.set_value(std::move(a)); });
  REQUIRE(answered.wait_for(patience) == std::future_status::ready);
  const auto a = answered.get();
  REQUIRE(a.ok());
  CHECK(a->result == "done");
  CHECK(a->state == "halt");
  CHECK(a->closed_at);
  CHECK(a->seq > 0);  // In the journal: its writer has a thread of its own too.
}

TEST_CASE("a host whose scheduler threads are all stuck has no pulse, until they go on") {
  turnstile stuck;
  host_options o;
  o.mode = durability::memory;
  o.threads = threads;
  o.log = make_console_log(log_form::text, log_level::error);
  auto opened = host::open(std::move(o));
  REQUIRE(opened.ok());
  host& h = **opened;
  const open_at_end always{stuck};
  const auto pulse = [&h] {
    auto came_back = std::make_shared<std::promise<bool>>();
    auto when = came_back->get_future();
    h.pulse([came_back](const result<done>& r) { came_back->set_value(r.ok()); });
    return when;
  };
  auto at_first = pulse();
  REQUIRE(at_first.wait_for(patience) == std::future_status::ready);
  CHECK(at_first.get());

  h.deploy(file, "w", {}, [](const result<deployed_workflow>& r, const auto&) { CHECK(r.ok()); });
  for (std::size_t i = 0; i < threads; ++i)
    h.start({"w", {}, false, {}}, [&](const result<start_answer>&) { stuck.hold(); });
  REQUIRE(stuck.wait_held(threads));
  auto meanwhile = pulse();
  // A halt that is answered has gone the same way, but for the last step.
  std::promise<void> halted;
  h.emergency({emergency_action::halt, "global", "stuck", "tester", "manual"},
              [&](const result<emergency_answer>&) { halted.set_value(); });
  REQUIRE(halted.get_future().wait_for(patience) == std::future_status::ready);
  CHECK(meanwhile.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  stuck.open();
  REQUIRE(meanwhile.wait_for(patience) == std::future_status::ready);
  CHECK(meanwhile.get());
}
