// Job: what a viewer sees of other hosts: their events, as far as they are in memory here.
// Threads: any. Tests: tests/net/peer_feed_test.cpp, peer_model_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/live/event_filter.hpp"
#include "net/live/recent_events.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall::live {

/// An event of another host; its frame has `origin`, and all else as that host wrote it.
struct relayed_event {
  std::uint64_t seq = 0;  ///< In that host's journal.
  event_scope scope;
  std::string type;
  message frame;
};
using relayed_ref = std::shared_ptr<const relayed_event>;

/// What is here of a host's events, and those that were asked for.
struct relayed_page {
  std::string link;     ///< connecting, connected or unreachable.
  std::string trouble;  ///< Why it is not connected; may be empty.
  bool begun = false;   ///< Events are here, or would be if there were any; else nothing below is.
  bool synced = false;  ///< All up to what the host has published just now.
  std::string epoch;
  std::uint64_t begin = 0, last = 0;  ///< Of seqs in (begin, last], without a gap.
  std::vector<relayed_ref> events;    ///< In order.
};

class relayed_hosts {
 public:
  virtual ~relayed_hosts() = default;
  virtual std::vector<std::string> names() const = 0;
  /// Its events are fetched as long as what this returns lives. `after`: from there on, if nobody
  /// has begun before, and it is not too far back. Null: there is no such host.
  virtual std::shared_ptr<void> join(const std::string& host,
                                     std::optional<std::uint64_t> after) = 0;
  /// At most `most` events after this seq.
  virtual relayed_page read(const std::string& host, std::uint64_t after,
                            std::size_t most) const = 0;
  /// Behind which the last `count` begin that this filter wants, of those that are here.
  virtual std::uint64_t before_last(const std::string& host, const event_filter& wanted,
                                    std::size_t count) const = 0;
};

}  // namespace pitwall::live
