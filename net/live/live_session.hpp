// Job: one client of /ws, without its socket: what it may do, what it follows, and what it is told.
// Promise: of what a subscription wants, each event is sent once and in order, from its beginning
//      on, whether it comes from memory or from the journal; what is sent as `position` stands for
//      everything up to it.
// States: (unauthenticated ->) connected -> looking back (no `after`) -> replaying -> live. A
//      subscription replaces the one before; an error ends it.
// Threads: one. Owns: one subscription, at most one step's events that the queue has no room for.
// Bounds: session_rules; one look into the journal at a time.
// Tests: tests/net/live_session_test.cpp, live_model_test.cpp
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/access/scopes.hpp"
#include "net/live/client_frame.hpp"
#include "net/live/host_cursors.hpp"
#include "net/live/journal_look.hpp"
#include "net/live/live_options.hpp"
#include "net/live/recent_events.hpp"
#include "net/server/message.hpp"

namespace pitwall::live {

enum close_code : std::uint16_t {
  going_away = 1001,
  unauthenticated = 4001,
  forbidden = 4003,
  too_slow = 4008,
  too_many_requests = 4029,
};

/// What a session sees of where it runs.
class surroundings {
 public:
  virtual ~surroundings() = default;
  /// Into the queue. `position`, where there is one: once this was read, everything up to it was.
  virtual void send(message text, std::optional<std::uint64_t> position) = 0;
  /// False: no more events now; pump() is called when there is room again.
  virtual bool has_room() const = 0;
  /// False: what is queued is enough for now. Memory can wait, and a turn stays short.
  virtual bool wants_more() const = 0;
  /// The last position that was written to the socket.
  virtual std::optional<std::uint64_t> delivered() const = 0;
  /// Of the host: may be ahead of what has reached memory.
  virtual std::uint64_t published_head() const = 0;
  /// {queued_frames, queued_bytes, connections}
  virtual value::object figures() const = 0;
  /// Answered by looked(), later.
  virtual void look(journal_order order) = 0;
  /// Answered by answered(), later.
  virtual void ask(std::uint64_t ticket, http::request what) = 0;
  virtual void close(close_code code, std::string reason) = 0;
  /// What this token is good for; resource_exhausted: too many that were shown are not.
  virtual result<access::scopes> recognize(const std::string& token) = 0;
  /// Null: there are none.
  virtual relayed_hosts* others() { return nullptr; }
};

class live_session final : private host_outlet {
 public:
  /// `may`: nothing where a token has to be shown first.
  live_session(surroundings& around, recent_events& recent, const session_rules& rules,
               std::optional<access::scopes> may, std::string connection_id, std::string epoch)
      : around_(around),
        recent_(recent),
        rules_(rules),
        connection_id_(std::move(connection_id)),
        epoch_(std::move(epoch)),
        asks_(!may),
        may_(may) {}

  void begin(timestamp now);
  /// A text frame of the client.
  void hear(std::string_view text, timestamp now);
  /// Something was published, or the queue has room again.
  void pump();
  void looked(journal_answer answer);
  void answered(std::uint64_t ticket, const http::reply& r);
  /// Every heartbeat.
  void beat(timestamp now);
  /// The client has not read for too long.
  void stall();
  /// Whoever has not authenticated by now is cut off.
  void expect_authenticated();
  /// What the client was let in by is no longer good.
  void expel(std::string why);

 private:
  enum class phase : std::uint8_t { looking_back, following };

  struct subscription {
    std::uint64_t number = 0;
    value id;
    std::shared_ptr<const event_filter> filter;
    phase state = phase::following;
    bool remembers = false;  ///< It had no `after`: where it begins is ours to say.
    bool announced = false, caught_up = false;
    /// Everything up to it that it wants was sent.
    std::uint64_t position = 0;
    std::deque<found_event> found;  ///< Of the journal, not sent yet.
    std::uint64_t found_up_to = 0;  ///< The position once they are.
    // Looking back: so many are still sought in (…, below].
    std::size_t sought = 0;
    std::uint64_t below = 0, window = 0;
    std::optional<host_cursors> hosts{};  ///< Besides this one.
  };

  struct command {
    value id;
    std::string op, nested;
  };

  // clang-format off
  void on(const value& id, const authenticate_op& op, timestamp now);
  void on(const value& id, const subscribe_op& op, timestamp now);
  void on(const value& id, const unsubscribe_op& op, timestamp now);
  void on(const value& id, const stats_op& op, timestamp now);
  void on(const value& id, const ping_op& op, timestamp now);
  void on(const value& id, const state_op& op, timestamp now);
  void on(const value& id, const emergency_op& op, timestamp now);
  // clang-format on
  void ask(command c, http::request what);
  void say(std::string_view op, const value& id, value::object members,
           std::optional<std::uint64_t> position = {});
  void refuse(refusal r);
  void close(close_code code, std::string reason);

  // Of other hosts (live_session_hosts.cpp).
  std::optional<refusal> find_hosts(const value& id, const subscribe_op& op,
                                    std::vector<host_wish>& wishes);
  bool wants_more() const override { return !closed_ && around_.wants_more(); }
  void pass_on(const relayed_event& e) override;
  void tell(std::string_view op, value::object members) override;
  void deny(refusal why) override { refuse(std::move(why)); }

  void pump_own();
  void look_back();
  void on_looked_back(const journal_answer& answer);
  void follow_from(std::uint64_t position);
  void announce();
  /// False: the queue is full.
  bool send_found();
  void send_recent();
  void look(std::uint64_t after, std::uint64_t up_to, std::size_t last);
  void on_failed_look(const journal_answer& answer);
  /// What a client that resumes sends as `after`; nothing while that is not known.
  std::optional<std::uint64_t> position() const;

  surroundings& around_;
  recent_events& recent_;
  const session_rules& rules_;
  const std::string connection_id_, epoch_;
  const bool asks_;
  std::optional<access::scopes> may_;
  std::optional<subscription> sub_;
  std::map<std::uint64_t, command> commands_;
  std::uint64_t next_ticket_ = 1, next_subscription_ = 1, sent_events_ = 0;
  bool looking_ = false, closed_ = false;
  /// An error has ended the subscription, and the client has not answered that yet: there.
  std::optional<std::optional<std::uint64_t>> broke_off_;
};

}  // namespace pitwall::live
