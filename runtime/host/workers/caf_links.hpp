// Job: CAF's distribution (caf_io) over links that were verified before CAF sees them: it listens
// on
//      no port, connects to no address, and speaks its protocol on socket pairs alone.
// Why: CAF 0.17.6 cannot be given a Unix socket as it is (it ends the process where it looks for
// the
//      port), so scribes and a doorman of our own stand in (caf/io/network/).
// Owns: the actor that opens links; the door by which the I/O thread learns of new ones.
// Threads: any. Precondition: the system has loaded caf::io::middleman, and outlives this.
// Errors: unavailable (the peer is no actor system, or not of this interface); resource_exhausted.
// Tests: tests/host/caf_links_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "net/workers/link_socket.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

class caf_links {
 public:
  /// Before the system is made.
  static void load(caf::actor_system_config& config);

  explicit caf_links(caf::actor_system& system);
  ~caf_links();
  caf_links(const caf_links&) = delete;
  caf_links& operator=(const caf_links&) = delete;

  /// Whoever comes by a link that admit() was given finds this actor.
  template <class Handle>
  status publish(const Handle& whom) {
    return publish(caf::actor_cast<caf::strong_actor_ptr>(whom), system_.message_types<Handle>());
  }
  void admit(remote::descriptor link);
  /// From this side: what actors have said to others before goes out, nothing is heard any more.
  void close();
  /// Once all links are closed, by either side: CAF has done all that came by them. Before the
  /// actors that were known at the other ends are told to end: of one that ends first CAF 0.17.6
  /// may keep a reference for ever, and the actor system waits for one that has a thread. False:
  /// not within `patience`, twice.
  bool await_closed(milliseconds patience);

  /// Of an actor with a thread of its own that other systems may come to know, before they do.
  void watch(const caf::actor& one);
  /// Once those are told to end: they have, and said so to all who listened. CAF 0.17.6 counts an
  /// actor as gone before that; a system that ends in between keeps what was said, and waits for
  /// the actor for ever.
  bool await_ended(milliseconds patience);

  /// The actor that is published at the other end; `then` is called once, on any thread.
  template <class Handle>
  void connect(remote::descriptor link, milliseconds patience,
               std::function<void(result<Handle>)> then) {
    connect(std::move(link), patience, system_.message_types<Handle>(),
            [then = std::move(then)](result<caf::strong_actor_ptr> got) {
              if (!got.ok()) return then(std::move(got).error());
              then(caf::actor_cast<Handle>(std::move(*got)));
            });
  }

 private:
  class ends;
  class lives;
  using interface_names = std::set<std::string>;
  status publish(caf::strong_actor_ptr whom, interface_names names);
  void connect(remote::descriptor link, milliseconds patience, interface_names wanted,
               std::function<void(result<caf::strong_actor_ptr>)> then);

  caf::actor_system& system_;
  std::shared_ptr<ends> open_;
  std::shared_ptr<lives> watched_;
  caf::actor opener_;
  remote::descriptor door_;
};

}  // namespace pitwall
