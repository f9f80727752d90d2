// Job: what this host knows of another one, and of its events: which it has asked for, which have
//      come, and what it says to get the others. It is a client of that host's /ws like any other.
// Promise: the events here are those of one epoch, in the order of their seqs, without a gap and
//      none twice, whatever breaks in between; `page.begin` says from where on. A host that has
//      lost events (another epoch), or keeps them no more, begins anew.
// Back: who comes with a cursor that is older than what is here gets it from the host's journal, as
//      far as bounds allow; the others wait meanwhile, once the host has agreed, and not before.
// Frugal: while nobody here wants its events it is asked for its emergency changes alone.
// Errors (hear): what a host of this kind would not say. The connection is given up, and the next
//      one goes on where this one was.
// Bounds: feed_bounds; of an event that was let go of nothing is left.
// Threads: one owner. Pure: time is given. Tests: tests/net/peer_feed_test.cpp
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/live/relayed_hosts.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::peers {

struct feed_bounds {
  // As of the host's own (live_options.hpp): who is further behind has lost touch.
  std::size_t events = 32'768, bytes = 16U << 20U;
  // Where the first viewer begins that knows nothing: the last 100 that match are mostly in it.
  std::uint64_t backlog = 4'096;
};

/// What is known of the host itself.
struct peer_condition {
  std::string link = "connecting";  ///< connected; unreachable.
  std::string trouble;              ///< Why it is not connected.
  std::string epoch, version, status;
  std::uint64_t last_seq = 0;  ///< The last of its events that was heard of.
  /// State of each scope that is not normal; none: not known.
  std::optional<std::map<std::string, std::string>> emergency;
  std::optional<std::chrono::steady_clock::time_point> heard;
  std::uint64_t events = 0, gaps = 0, losses = 0;  ///< In the life of this host.
};

class peer_feed {
 public:
  using steady_time = std::chrono::steady_clock::time_point;
  using frames = std::vector<std::string>;  ///< To be said to the host, in this order.
  using token_source = std::function<result<std::string>()>;

  explicit peer_feed(std::string name, const feed_bounds& bounds = {})
      : name_(std::move(name)), bounds_(bounds) {}

  /// A text frame of the host.
  result<frames> hear(std::string_view text, steady_time now, const token_source& token);
  /// The connection, or the attempt at one, has ended.
  void lost(const error& why);
  /// Somebody wants its events, from `after` on if that is not too far back; or nobody does.
  frames want(std::optional<std::uint64_t> after);
  frames unwant();
  /// Somebody else wants them from further back than what is here. Where the ring has room for
  /// that, all from there on are fetched anew, from the host's journal, once the next want() has
  /// said so; until the host has agreed, what is here stays, and who wants more waits. Else nothing
  /// is changed.
  void rewind(std::uint64_t after);

  live::relayed_page read(std::uint64_t after, std::size_t most) const;
  std::uint64_t before_last(const live::event_filter& wanted, std::size_t count) const;
  const peer_condition& condition() const noexcept { return is_; }
  const std::string& name() const noexcept { return name_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct kept {
    live::relayed_ref event;
    std::size_t bytes;
  };

  result<frames> on_connected(const value& said, const token_source& token);
  result<frames> on_subscribed(const value& said);
  result<frames> on_event(std::string_view json);
  void on_change(std::string_view json);
  result<frames> on_caught_up(const value& said);
  result<frames> on_state(const value& said);
  result<frames> on_error(const value& said);
  frames greet();
  /// Behind which the events begin that are to be asked for.
  std::uint64_t beginning() const;
  std::string subscribe();
  /// Empty while it is being asked.
  frames ask_state();
  void begin_anew();
  void keep(std::uint64_t seq, live::relayed_ref event, std::size_t bytes);
  error nonsense(std::string message) const;

  const std::string name_;
  const feed_bounds bounds_;
  peer_condition is_;
  bool greeted_ = false;
  bool wanted_ = false;
  std::optional<std::uint64_t> hint_;        ///< From where on the first viewer wants them.
  std::optional<std::uint64_t> exactly_;     ///< The first that is kept, less one.
  std::uint64_t asked_ = 0, answered_ = 0;   ///< Subscriptions: the events are of the answered one.
  bool asking_ = false, ask_again_ = false;  ///< For its state.
  bool begun_ = false, synced_ = false;
  bool rewound_ = false;                  ///< A subscription is to be made anew.
  std::optional<std::uint64_t> back_to_;  ///< Until the host has agreed: from where on.
  std::uint64_t from_ = 0;                ///< Where the latest one begins.
  std::deque<kept> ring_;                 ///< (begin_, last_]
  std::uint64_t begin_ = 0, last_ = 0;
  std::size_t bytes_ = 0;
};

/// The frame of an event with where it is from; `json`: an object with members.
live::message relayed_frame(std::string_view json, const std::string& host,
                            const std::string& epoch, std::uint64_t seq);

}  // namespace pitwall::peers
