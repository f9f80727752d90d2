// Job: the other hosts that this one knows, as its configuration names them: a connection to each,
//      on which it hears of their emergency state, and of their events while somebody here follows
//      them (peer_feed.hpp); and commands that go to all of them.
// Owns: two threads. One for what is heard, which leaves busy processors to trading; one for
//      commands, which wait for no event.
// Threads: any; stop() and the destructor from outside of both, and of on_told()'s listeners.
// Time: a peer that was lost is dialled again after 0.25 s, and later and later up to 5 s. One that
//      says nothing for 10 s is lost. A command has 5 s for each peer, and none waits for another.
// Names: a command says which host it is for, and another one that listens at the peer's URL does
//      nothing, and is told as `unreachable`. A peer of an earlier version cannot tell: a halt and
//      a shutdown are sent to it all the same, the rest is refused.
// Loops: what a peer relays is not asked for, and a command to a peer is one to it alone.
// Security: as host_client.hpp of URLs and tokens; a peer is believed what it says of itself.
// Bounds: feed_bounds for each peer; all_hosts_board.
// Tests: tests/net/host_relay_test.cpp, tests/process/several_hosts_test.cpp
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/peers/all_hosts_board.hpp"
#include "net/peers/peer_feed.hpp"
#include "runtime/ports/control.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall::peers {

struct peer_setup {
  std::string name, url;
  /// Of its token, read anew for each connection; empty: it asks for none.
  peer_feed::token_source token{};
  std::filesystem::path ca_file{};
};

struct relay_options {
  std::string own_name;  ///< Of this host.
  std::vector<peer_setup> peers;
  std::shared_ptr<log_port> log;
  feed_bounds bounds{};
  milliseconds first_wait{250}, longest_wait{5'000}, silence{10'000}, command_patience{5'000};
};

/// A peer as it is seen now.
struct peer_view {
  std::string name, url;
  peer_condition is;
  std::optional<milliseconds> heard_ago;
};

class host_relay final : public live::relayed_hosts,
                         public std::enable_shared_from_this<host_relay> {
 public:
  /// invalid_argument: a URL, or what place_at() says of it.
  static result<std::shared_ptr<host_relay>> open(relay_options options);
  /// What open() would say of it; reads the CA file.
  static status check(const peer_setup& one);
  ~host_relay() override;
  host_relay(const host_relay&) = delete;
  host_relay& operator=(const host_relay&) = delete;
  /// Ends all connections; what was asked is not waited for. Idempotent.
  void stop();

  std::vector<std::string> names() const override;
  std::shared_ptr<void> join(const std::string& host, std::optional<std::uint64_t> after) override;
  live::relayed_page read(const std::string& host, std::uint64_t after,
                          std::size_t most) const override;
  std::uint64_t before_last(const std::string& host, const live::event_filter& wanted,
                            std::size_t count) const override;
  /// Calls it whenever read() may say something new, until the token is destroyed.
  std::shared_ptr<void> on_told(std::function<void()> then);

  /// As configured, by name.
  std::vector<peer_view> all() const;
  metric_families figures() const;

  /// A command to every peer, which is not sent yet: all are pending. Waits for nobody.
  all_hosts_report open_command(const emergency_command& command);
  /// Returns at once.
  void send_command(const std::string& id, const emergency_command& command);
  /// Nothing: there is no such command (any more).
  std::optional<all_hosts_report> report(const std::string& id) const;
  /// Called once it is finished, perhaps at once; not where report() knows none.
  void when_finished(const std::string& id, all_hosts_board::waiter then);

 private:
  struct peer;
  struct parts;
  explicit host_relay(std::unique_ptr<parts> p);
  peer* find(const std::string& name) const;
  void dial(peer& to);
  void on_text(peer& from, std::string_view text);
  void on_lost(peer& from, const error& why);
  void refresh(const std::string& name);
  void wake();
  void ask(peer& whom, const std::string& id, const emergency_command& command);
  void on_told_host(const std::string& id, const told_host& what);

  const std::unique_ptr<parts> parts_;
};

}  // namespace pitwall::peers
