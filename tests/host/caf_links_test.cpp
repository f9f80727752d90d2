// CAF's distribution over socket pairs: two actor systems, and no port.
#include "runtime/host/workers/caf_links.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "actors/message_types.hpp"
#include "actors/workers/front_door.hpp"
#include "net/workers/worker_gate.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

constexpr std::chrono::seconds patience{20};

struct linked_config : house_config {
  linked_config() {
    caf_links::load(*this);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

struct side {
  linked_config config;
  caf::actor_system system{config};
  std::optional<caf_links> links{std::in_place, system};
};

front_door_actor::behavior_type refuses(front_door_actor::pointer, const std::string& why) {
  return {[why](const knock& k) {
    door d;
    d.refusal = why + k.worker;
    return d;
  }};
}

template <class T>
class promised {
 public:
  void set(T v) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(v);
    set_.notify_all();
  }
  T get() {
    std::unique_lock lock(mutex_);
    REQUIRE(set_.wait_for(lock, patience, [&] { return value_.has_value(); }));
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable set_;
  std::optional<T> value_;
};

/// Two ends, both for CAF.
std::pair<remote::descriptor, remote::descriptor> pair() {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {remote::descriptor(ends[0]), remote::descriptor(ends[1])};
}

result<front_door_actor> join(side& host, side& worker) {
  auto [here, there] = pair();
  host.links->admit(std::move(here));
  promised<result<front_door_actor>> answer;
  worker.links->connect<front_door_actor>(std::move(there), patience,
                                          [&](auto r) { answer.set(std::move(r)); });
  return answer.get();
}

std::string refusal(side& worker, const front_door_actor& at) {
  caf::scoped_actor self(worker.system);
  std::string out;
  self->request(at, patience, knock{1, "w1", "x"})
      .receive([&](const door& d) { out = d.refusal; },
               [&](caf::error& e) { out = worker.system.render(e); });
  return out;
}

}  // namespace

TEST_CASE("actors of two systems meet over a socket pair, again after the first has ended") {
  side host, worker;
  const auto published = host.system.spawn(refuses, "no room for ");
  REQUIRE(host.links->publish(published).ok());
  {
    auto first = join(host, worker);
    REQUIRE(first.ok());
    CHECK(refusal(worker, *first) == "no room for w1");
    caf::scoped_actor self(worker.system);
    self->monitor(*first);
    caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
    bool down = false;
    self->receive([&](const caf::down_msg&) { down = true; }, caf::after(patience) >> [] {});
    CHECK(down);
  }
}

TEST_CASE("what is no actor system, or another one's actor, is told from a host") {
  side host, worker;
  SECTION("nothing is published that a worker knows") {
    const auto other = host.system.spawn(
        [](caf::event_based_actor*, caf::pong_atom pong) {
          return caf::behavior{[pong](caf::ping_atom) { return pong; }};
        },
        caf::pong_atom_v);
    REQUIRE(host.links->publish(other).ok());
    const auto joined = join(host, worker);
    REQUIRE_FALSE(joined.ok());
    CHECK(joined.error().message == "what answers is no host for workers");
    caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  }
  SECTION("the other end goes away") {
    auto [here, there] = pair();
    here = remote::descriptor();
    promised<result<front_door_actor>> answer;
    worker.links->connect<front_door_actor>(std::move(there), patience,
                                            [&](auto r) { answer.set(std::move(r)); });
    CHECK(answer.get().error().code == errc::unavailable);
  }
}
