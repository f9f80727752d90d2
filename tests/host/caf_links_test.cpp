// CAF's distribution over socket pairs: two actor systems, and no port.
#include "runtime/host/workers/caf_links.hpp"

#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

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

/// What is between two systems in real life: of what one end said nothing is lost because the other
/// was told something that it does not hear any more.
class cable {
 public:
  cable(remote::descriptor one, remote::descriptor other)
      : one_(std::move(one)),
        other_(std::move(other)),
        there_(carry, one_.get(), other_.get()),
        back_(carry, other_.get(), one_.get()) {}
  ~cable() {
    for (auto* end : {&one_, &other_}) ::shutdown(end->get(), SHUT_RDWR);
    there_.join();
    back_.join();
  }
  cable(const cable&) = delete;
  cable& operator=(const cable&) = delete;

 private:
  static void carry(int from, int to) {
    std::array<char, 4'096> some{};
    for (;;) {
      const auto got = ::recv(from, some.data(), some.size(), 0);
      if (got <= 0) break;
      for (ssize_t sent = 0, n = 0; sent < got && n >= 0; sent += n)
        n = ::send(to, some.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    }
    ::shutdown(to, SHUT_WR);
  }

  remote::descriptor one_, other_;
  std::thread there_, back_;
};

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

TEST_CASE("a system whose links are closed first ends, though its actor is heard of as it ends") {
  for (int i = 0; i < 25; ++i) {
    INFO("round " << i);
    side host;
    // One with a thread of its own: the system waits for it.
    const auto published = host.system.spawn<caf::detached>(refuses, "no room for ");
    host.links->watch(caf::actor_cast<caf::actor>(published));
    REQUIRE(host.links->publish(published).ok());
    if (i % 2 == 0) {
      side worker;
      REQUIRE(join(host, worker).ok());
      CHECK_FALSE(host.links->await_closed(milliseconds(1)));
    } else {
      // It goes while CAF is still at it.
      host.links->admit(pair().first);
    }
    CHECK(host.links->await_closed(patience));
    caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
    CHECK(host.links->await_ended(patience));
  }
}

TEST_CASE("who waits for the first words of another side is told that this one closes") {
  // The other side says nothing, and keeps its end.
  const int began = GENERATE(0, 1, 2);  // With as many more that may not have come to CAF yet.
  side worker;
  std::vector<remote::descriptor> others;
  std::vector<std::unique_ptr<promised<result<front_door_actor>>>> answers;
  const auto kept = std::make_shared<int>(0);
  for (int i = 0; i <= began; ++i) {
    auto [here, there] = pair();
    others.push_back(std::move(here));
    answers.push_back(std::make_unique<promised<result<front_door_actor>>>());
    worker.links->connect<front_door_actor>(
        std::move(there), patience,
        [kept, to = answers.back().get()](auto r) { to->set(std::move(r)); });
  }
  worker.links->close();
  CHECK(worker.links->await_closed(patience));
  const auto asked = std::chrono::steady_clock::now();
  for (const auto& a : answers) CHECK_FALSE(a->get().ok());
  CHECK(std::chrono::steady_clock::now() - asked < patience / 2);
  // Nobody keeps what they have, once their last turns are over.
  while (kept.use_count() > 1 && std::chrono::steady_clock::now() - asked < patience)
    std::this_thread::yield();
  CHECK(kept.use_count() == 1);
}

TEST_CASE("a link that is closed from this side lets out what was said before") {
  side host, worker;
  constexpr int all = 300;
  const auto heard = std::make_shared<promised<int>>();
  const auto published = host.system.spawn(
      [](front_door_actor::pointer,
         const std::shared_ptr<promised<int>>& told) -> front_door_actor::behavior_type {
        return {[told, n = 0](const knock&) mutable {
          if (++n == all) told->set(n);
          return door{};
        }};
      },
      heard);
  REQUIRE(host.links->publish(published).ok());
  auto [at_host, to_host] = pair();
  auto [to_worker, at_worker] = pair();
  const cable between(std::move(to_host), std::move(to_worker));
  host.links->admit(std::move(at_host));
  promised<result<front_door_actor>> answer;
  worker.links->connect<front_door_actor>(std::move(at_worker), patience,
                                          [&](auto r) { answer.set(std::move(r)); });
  const auto met = answer.get();
  REQUIRE(met.ok());
  for (int i = 0; i < all; ++i) caf::anon_send(*met, knock{1, std::string(60, 'w'), "x"});
  worker.links->close();
  CHECK(worker.links->await_closed(patience));
  CHECK(heard->get() == all);
  CHECK(host.links->await_closed(patience));
  caf::anon_send_exit(published, caf::exit_reason::user_shutdown);
}

TEST_CASE(
    "a system that closes its links itself ends, though an actor of it was in use elsewhere") {
  for (int i = 0; i < 25; ++i) {
    INFO("round " << i);
    side other;
    side own;
    // As a worker's desk: with a thread of its own, and spoken to until the end.
    const auto desk = own.system.spawn<caf::detached>(refuses, "no room for ");
    own.links->watch(caf::actor_cast<caf::actor>(desk));
    REQUIRE(own.links->publish(desk).ok());
    const auto met = join(own, other);
    REQUIRE(met.ok());
    for (int n = 0; n < 20; ++n) caf::anon_send(*met, knock{1, "w", "x"});
    own.links->close();
    CHECK(own.links->await_closed(patience));
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    CHECK(own.links->await_ended(patience));
  }
}
