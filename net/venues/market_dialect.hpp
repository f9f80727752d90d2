// Job: one venue's public market data as pure text: what to ask and to send, and what the answers
//      and frames mean. No I/O, no clock, no sockets: those are market_rest's and market_feed's.
//      One class for each venue: net/venues/<venue>_dialect.{hpp,cpp}.
// Symbols: the house writes "BTC/USDT"; wire_symbol() makes the venue's one notation of it, which
//      is what every other function takes and what updates carry. Where REST and the stream write
//      it differently, the dialect turns one into the other inside.
// Sequence: the dialect states numbers and checksums (feed_update.hpp) and judges none: gaps,
//      duplicates and order are feed_state's business, once for all venues.
// Keys: a dialect that needs a key for its stream is constructed with it, and signs in open().
// Threads: a dialect is immutable, from any thread; a reader belongs to one connection.
// Errors: what cannot be read is unavailable, with the text's beginning in `where`; never a key.
// Tests: tests/net/<venue>_dialect_test.cpp, of answers and frames as the venue documents them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/venues/feed_update.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

// ---- REST

/// One GET.
struct market_question {
  std::string target;  ///< Path and query.
  bool price = false, book = false;
  unsigned weight = 1;  ///< Of public_limit::units.
};

/// What the questions for one symbol have brought so far.
struct market_reading {
  std::optional<decimal> price;  ///< The mid of best bid and ask; else the last trade's.
  std::optional<book_snapshot> book;
  /// By the venue's clock, when what the last answer says was so; none: it does not say.
  std::optional<timestamp> told_at;
  /// Of the answer that the price is from; fill_price() and fill_book() take the newest.
  std::optional<timestamp> priced_at{};
  bool priced_by_book = false;
};

/// What the venue publishes as its limit of public requests for one address; units 0: none.
struct public_limit {
  unsigned units = 0;
  milliseconds per{1'000};
};

// ---- streams

/// What a stream is like, whatever the symbols.
struct stream_traits {
  std::string url;  ///< The venue's own ws[s]://HOST[:PORT], without path. Empty: no streams.
  std::size_t symbols_per_connection = 100;
  /// It tells of books; else of prices alone, and books are asked for by REST.
  bool books = true;
  /// Every subscription is answered by `subscribed` or `subscription_refused`: the next one waits
  /// for that, and nothing is believed to be told before.
  bool confirms = false;
  /// The venue's keep-alive: a text frame of its own. Empty: WebSocket pings do.
  std::string ping;
  milliseconds ping_every{15'000};
  /// The first book of a symbol comes by REST (snapshot_target()), its deltas by the stream. It is
  /// asked for once the symbol is subscribed.
  bool snapshot_by_rest = false;
  /// The venue tells of so many levels a side, and of each that comes into the window anew: what
  /// falls out of it is forgotten. 0: it tells of every change at whatever depth.
  std::size_t window = 0;
  /// Of a frame, decoded: a larger one breaks the connection.
  std::size_t max_frame_bytes = 4U << 20U;
};

/// How a connection begins.
struct stream_opening {
  std::string target = "/";                                    ///< Path and query.
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Further ones of the handshake.
  /// Sent once it is open, before subscribe()'s: a login. Subscriptions are not among them.
  std::vector<std::string> frames{};
};

/// Reads the frames of one connection; may keep what the venue's format demands (a book of single
/// orders, subscription numbers), bounded.
class stream_reader {
 public:
  virtual ~stream_reader() = default;
  /// A text frame. No updates: it is of no interest. An error: the connection cannot be trusted any
  /// more and is opened anew.
  virtual result<std::vector<feed_update>> read(std::string_view frame) = 0;
};

class market_dialect {
 public:
  virtual ~market_dialect() = default;

  /// invalid_argument: no symbol of this venue's form.
  virtual result<std::string> wire_symbol(std::string_view house) const = 0;

  /// The venue's own http[s]://HOST[:PORT], where the configuration names none.
  virtual std::string rest_url() const = 0;
  /// Further header lines of each request, each with its CRLF.
  virtual std::string rest_headers() const { return {}; }
  virtual public_limit limit() const = 0;
  /// The fewest GETs that bring what is asked for.
  virtual std::vector<market_question> ask(const std::string& symbol, bool price, bool book,
                                           unsigned depth) const = 0;
  /// Of an answer with a status of 2xx. Some venues refuse in those too: then the error is what
  /// refusal() would say. not_found never: an unknown symbol is invalid_argument.
  virtual status read(const market_question& asked, std::string_view body,
                      market_reading& into) const = 0;
  /// Of any other answer: unavailable (5xx, maintenance), resource_exhausted (asked too often, with
  /// retry_after_ms), invalid_argument (the request is wrong, an unknown symbol); `status` is set.
  /// `retry_after` is that header's text, or empty.
  virtual error refusal(unsigned status, std::string_view body, std::string_view retry_after,
                        timestamp now) const = 0;

  virtual stream_traits stream() const { return {}; }
  /// A connection for these symbols, which subscribe() asks for once it is open; `now` is for
  /// signatures.
  virtual result<stream_opening> open(const std::vector<std::string>& symbols,
                                      timestamp now) const = 0;
  /// Frames that ask for symbols on an open connection. Empty: the venue has no such frames, what
  /// open() named is all there is, and for a further symbol the connection is opened anew.
  virtual std::vector<std::string> subscribe(const std::vector<std::string>& symbols) const = 0;
  /// Frames that bring a new snapshot of one symbol. Empty: there are none; the connection is
  /// opened anew. Not asked with snapshot_by_rest.
  virtual std::vector<std::string> resync(const std::string& /*symbol*/) const { return {}; }
  virtual std::unique_ptr<stream_reader> reader() const = 0;
  /// With snapshot_by_rest: the GET of a book, and the update that its answer is. `deep`: a shallow
  /// one was used up soon.
  virtual std::string snapshot_target(const std::string& /*symbol*/, bool /*deep*/) const {
    return {};
  }
  virtual result<feed_update> read_snapshot(const std::string& symbol, std::string_view body) const;
  /// Of the best levels of a book, best first, as many as `window`; what updates' checksums are
  /// compared with.
  virtual std::uint32_t checksum(const book_levels& /*bids*/, const book_levels& /*asks*/) const {
    return 0;
  }
  /// Whether the stream tells of this symbol under this name; else its prices come by REST alone.
  virtual bool streams(const std::string& /*symbol*/) const { return true; }
};

/// The mid of a quote; else the last trade's price; nothing where the quote is crossed.
std::optional<decimal> price_of(const price_news& news);
/// The mid of the best levels; nothing where a side is empty or the book is crossed.
std::optional<decimal> mid_of(const book_levels& bids, const book_levels& asks);
/// As blocks see it: {bids, asks, time}, levels as [price, quantity], best first.
value book_value(const book_levels& bids, const book_levels& asks, timestamp seen);

}  // namespace pitwall
