// Job: what one connection to a venue's market stream is worth: which symbols it tells of, what
//      their books and prices are, and whether they may be believed. Decides; does no I/O.
// Believed: a symbol is live from a whole book on, as long as nothing was lost (sequence_judge,
//      checksums) and there was news of the book within stale_after. After a loss it is not, until
//      a new snapshot has brought it back, and not while its book is crossed or lacks the level
//      that the venue calls best. Quotes and trades are news only where there is no book;
//      heartbeats are for vouched_for. Where a new snapshot takes a new connection, it is opened
//      for what all have lost; one symbol alone is refused for a while, and a crossed book of it
//      only not believed.
// Time: `feed_time`, given with each call: ages by the steady clock, observations by the wall's.
//      What comes later than the venue's own clock explains, compared with the quickest update of
//      the connection, is as old as that (max_lag).
// Threads: one owner.
// Errors: latest(): unavailable with the reason; what the venue said of a symbol it refused.
// Bounds: max_symbols, max_held updates before a snapshot, max_levels a book.
// Tests: tests/net/feed_state_test.cpp, tests/net/feed_times_test.cpp,
//        tests/net/feed_model_test.cpp
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/venues/market_dialect.hpp"
#include "net/venues/order_book_view.hpp"
#include "net/venues/sequence_judge.hpp"
#include "runtime/workflow/block.hpp"

namespace pitwall {

struct feed_time {
  timestamp wall{};
  std::chrono::steady_clock::time_point steady{};
};

struct feed_limits {
  milliseconds stale_after{10'000};    ///< Without news for so long a price is not tradable.
  milliseconds vouched_for{60'000};    ///< By heartbeats, since the symbol's own last news.
  milliseconds max_lag{2'000};         ///< On the way; more is counted as age.
  milliseconds sync_patience{10'000};  ///< From a subscription to the first book.
  milliseconds silence{60'000};        ///< A connection that tells nothing at all is opened anew.
  milliseconds retry_after{1'000};     ///< Between two snapshots of one symbol; doubled up to 30 s.
  milliseconds refused_for{300'000};   ///< Before a symbol that was refused is asked for again.
  std::size_t max_symbols = 100;
  std::size_t max_batch = 50;  ///< Symbols of one request.
  std::size_t max_held = 4'096;
  std::size_t max_levels = 1'000;
  unsigned depth = 10;  ///< Levels a side of the book that is shown.
};

enum class feed_phase : std::uint8_t { connecting, syncing, live, stale, gap, refused };
std::string_view to_string(feed_phase p) noexcept;

class feed_state {
 public:
  struct send_frame {
    std::string text;
  };
  /// Answered by on_snapshot() with the same attempt.
  struct ask_snapshot {
    std::string symbol;
    std::uint64_t attempt = 0;
    bool deep = false;  ///< A shallow one was used up.
  };
  /// The connection is of no use any more. It is closed, and opened anew.
  struct reconnect {
    std::string why;
  };
  using action = std::variant<send_frame, ask_snapshot, reconnect>;
  using actions = std::vector<action>;

  struct symbol_health {
    std::string symbol;
    feed_phase phase = feed_phase::connecting;
    std::optional<milliseconds> age;  ///< Of its last news.
    std::uint64_t gaps = 0;
  };

  feed_state(std::shared_ptr<const market_dialect> dialect, const feed_limits& limits);

  /// False: there is no room. It was there already: nothing happens.
  bool want(const std::string& symbol, const feed_time& now, actions& todo);
  bool has(const std::string& symbol) const { return symbols_.contains(symbol); }
  bool full() const noexcept { return symbols_.size() >= limits_.max_symbols; }
  /// What a connection that is to be opened now is opened for.
  std::vector<std::string> opening();
  actions on_open(const feed_time& now);
  void on_lost(const feed_time& now);
  actions on_frame(const std::vector<feed_update>& updates, const feed_time& now);
  actions on_snapshot(const std::string& symbol, std::uint64_t attempt, result<feed_update> got,
                      const feed_time& now);
  /// Now and then.
  actions tick(const feed_time& now);

  /// Precondition: price or book. Balance and positions are null.
  result<market_data> latest(const std::string& symbol, bool price, bool book,
                             const feed_time& now) const;
  feed_phase phase(const std::string& symbol, const feed_time& now) const;
  std::vector<symbol_health> health(const feed_time& now) const;
  std::uint64_t gaps() const noexcept { return gaps_; }

 private:
  using steady_time = std::chrono::steady_clock::time_point;
  struct symbol_feed {
    explicit symbol_feed(const stream_traits& t, const feed_limits& l)
        : book(t.window, l.max_levels) {}
    feed_phase phase = feed_phase::connecting;
    order_book_view book;
    bool quoted = false;           ///< By a quote that is newer than the book.
    std::optional<decimal> quote;  ///< Its mid; none: it has none.
    std::optional<std::uint64_t> quote_number;
    std::uint64_t book_number = 0;  ///< Of the last update in it.
    std::optional<feed_time> news;
    steady_time own_news{};  ///< The last that no heartbeat was.
    std::set<std::string> channels;
    std::deque<feed_update> held;
    std::uint64_t attempt = 0;                  ///< Of the snapshot that is under way, or was last.
    std::optional<steady_time> ask_at;          ///< The next snapshot.
    unsigned failures = 0;                      ///< In a row, without having been live for a while.
    unsigned unheard = 0;                       ///< Books that did not come, before the first.
    unsigned enough = 1;                        ///< With fewer levels a cut-off book is renewed.
    steady_time since{};                        ///< Of the phase.
    std::optional<decimal> best_bid, best_ask;  ///< By the venue's word of its last change.
    std::optional<steady_time> doubted;         ///< Since when doubt() says something.
    bool deep = false;                          ///< Its snapshots are.
    bool asked_anew = false;  ///< The book that was asked for did not come, or came too late.
    bool alone = false;       ///< It was in a request of which something was refused.
    std::optional<error> refusal;
    std::string lost;  ///< What its last gap was.
    std::uint64_t gaps = 0;
  };
  using entry = std::pair<const std::string, symbol_feed>;

  void subscribe_next(const feed_time& now, actions& todo);
  void on_subscribed(const std::string& symbol, const feed_time& now, actions& todo);
  void on_refused(const std::string& symbol, const error& why, const feed_time& now, actions& todo);
  void refuse(symbol_feed& s, error why, const feed_time& now);
  void begin_anew(symbol_feed& s, const feed_time& now) const;
  bool lasted(const symbol_feed& s, const feed_time& now) const;
  void take(const feed_update& u, sequence_verdict v, const feed_time& now, actions& todo);
  void take_service(const feed_update& u, const feed_time& now, actions& todo);
  void take_snapshot(entry& e, const book_snapshot& b, std::uint64_t number, const feed_time& now,
                     actions& todo);
  /// When it would have come had it been as quick as the quickest.
  feed_time seen_at(const feed_update& u, const feed_time& now);
  bool others_live(const entry& e, const feed_time& now) const;
  void take_price(symbol_feed& s, const price_news& p, const feed_time& now);
  void take_heartbeat(const std::string& symbol, const feed_time& now);
  void apply_delta(entry& e, const feed_update& u, const feed_time& now, actions& todo);
  /// Why a book is not shown though nothing is known to be lost; empty: it is.
  static std::string doubt(const symbol_feed& s);
  /// A book that is older than what was told of its symbol since: that is not in it.
  bool comes_late(const feed_update& u, sequence_verdict v) const;
  sequence_facts facts_of(const feed_update& u) const;
  bool fits(const symbol_feed& s, const std::optional<std::uint32_t>& checksum) const;
  bool holds(const feed_update& u);
  void spoil(const feed_update& u, const feed_time& now, actions& todo);
  void lose(entry& e, const std::string& why, const feed_time& now, actions& todo);
  /// `alone`: nothing else is known to have been lost.
  void resync(entry& e, const std::string& why, bool alone, const feed_time& now, actions& todo);
  void ask(entry& e, const feed_time& now, actions& todo);
  void wait_for_book(entry& e, const feed_time& now, actions& todo);
  void look_at(entry& e, const feed_time& now, actions& todo);
  void enliven(symbol_feed& s, const feed_time& now);
  feed_phase phase_of(const symbol_feed& s, const feed_time& now) const;
  error not_live(const entry& e, const feed_time& now) const;

  const std::shared_ptr<const market_dialect> dialect_;
  const stream_traits traits_;
  const feed_limits limits_;
  std::map<std::string, symbol_feed> symbols_;
  sequence_judge judge_;
  bool open_ = false;
  std::set<std::string> named_;     ///< By the opening of this connection.
  std::vector<std::string> asked_;  ///< By the request that is not confirmed yet.
  steady_time asked_at_{}, heard_at_{};
  std::optional<milliseconds> least_lag_;
  milliseconds late_{0};  ///< The last update that had a time, compared with that.
  std::uint64_t gaps_ = 0;
};

}  // namespace pitwall
