// Job: the other hosts that one subscription follows: of each what was sent, and what comes next.
// Promise: of what the filter wants of a host, each event is sent once and in order, from where it
//      begins on. What cannot be kept (events that are gone, another journal) is said by an `error`
//      with the host's name, and ends that host here; the others go on.
// Threads: one. Bounds: nothing is held but the place. Tests: tests/net/peer_model_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/live/client_frame.hpp"
#include "net/live/relayed_hosts.hpp"

namespace pitwall::live {

/// Where a session says it.
class host_outlet {
 public:
  virtual ~host_outlet() = default;
  virtual bool wants_more() const = 0;
  virtual void pass_on(const relayed_event& e) = 0;
  virtual void tell(std::string_view op, value::object members) = 0;
  virtual void deny(refusal why) = 0;
};

class host_cursors {
 public:
  /// Precondition: each of `wishes` names one of `others`. `remembered`: without a cursor it begins
  /// with so many that match.
  host_cursors(relayed_hosts& others, std::shared_ptr<const event_filter> filter,
               const std::vector<host_wish>& wishes, std::size_t remembered);

  /// As much as the outlet wants.
  void pump(host_outlet& out);
  /// Those that are followed, with a cursor each where there is one: {NAME: {epoch, last_seq}}.
  value positions() const;
  std::vector<std::string> names() const;

 private:
  struct cursor {
    std::string host, epoch;
    std::optional<std::uint64_t> position;
    bool ours = false;  ///< Where it is was ours to say, and nothing was sent from there.
    bool live = false;
    std::string link;  ///< As it was told.
    std::shared_ptr<void> joined;
  };

  void advance(cursor& c, host_outlet& out);
  /// False: it has to wait, or has ended.
  bool is_in(cursor& c, const relayed_page& page, host_outlet& out);
  void end(cursor& c, refusal why, host_outlet& out);

  relayed_hosts& others_;
  const std::shared_ptr<const event_filter> filter_;
  const std::size_t remembered_;
  std::vector<cursor> cursors_;
};

}  // namespace pitwall::live
