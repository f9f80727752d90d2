// Job: what a venue's market stream says, in the house's words: books, prices, signs of life, each
//      with the numbers by which a loss shows. No venue's format is in here.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"
#include "runtime/base/error.hpp"

namespace pitwall {

/// The digits behind the point as the venue wrote them: some checksums are made of the text, where
/// "0.50" is not "0.5".
struct book_level {
  decimal price, quantity;
  std::uint8_t price_digits = 0, quantity_digits = 0;
  friend bool operator==(const book_level&, const book_level&) = default;
};
using book_levels = std::vector<book_level>;

/// How the updates of one channel are numbered.
enum class sequence_rule : std::uint8_t {
  none,     ///< Not at all: nothing shows a loss but silence.
  counted,  ///< `first` is one more than the last number of the update before.
  linked,   ///< `previous` is the last number of the update before.
  rising,   ///< `last` is above that of the update before; holes mean nothing.
  timed,    ///< `last` is a time: several updates may have it, and one before it came too late.
};

/// Updates of one frame with the same channel and numbers are one step, and are judged once.
struct sequence_facts {
  sequence_rule rule = sequence_rule::none;
  /// Whose numbers these are, within one connection: a symbol's book, a subscription of several
  /// symbols, or "" for the connection as a whole. A loss spoils all symbols that it tells of.
  std::string channel;
  std::uint64_t first = 0, last = 0;  ///< An update with one number has it in both.
  std::uint64_t previous = 0;         ///< Of `linked` alone.
  /// The channel's numbers begin anew here, whatever they were: a snapshot that is the beginning.
  bool begins = false;
};

/// A whole book. Levels in any order; a quantity of 0 is no level.
struct book_snapshot {
  book_levels bids, asks;
  /// Nothing rests beyond the levels told. False where the venue cuts the list off.
  bool bids_whole = true, asks_whole = true;
  std::optional<std::uint32_t> checksum;
};

/// What changed. A quantity is what rests at that price by now, 0: nothing any more; with
/// `relative` it is what was added, or taken away where it is negative.
struct book_delta {
  book_levels bids, asks;
  bool relative = false;
  std::optional<std::uint32_t> checksum;  ///< Of the book with this change in it.
  /// What the venue calls the best levels by now. A book without them lacks something.
  std::optional<decimal> best_bid{}, best_ask{};
};

/// Either side may be missing; a trade has `last` alone.
struct price_news {
  std::optional<book_level> bid, ask;
  std::optional<decimal> last;
  /// Where quotes are numbered as the book's updates are: the update that the quote belongs to.
  std::optional<std::uint64_t> book_number;
};

/// The symbol's figures are what they were: as good as news, for a while. Without a symbol: of all
/// symbols of the connection. Only what the venue says of itself; an answer to a ping says it of
/// nothing.
struct heartbeat {};

/// From here on the venue tells of this symbol; without a symbol: of all that the last request
/// named.
struct subscribed {};

/// The venue will not tell of this symbol; without a symbol: at least one of the last request is
/// not known to it, and it tells of none of them.
struct subscription_refused {
  error why;
};

/// To be sent back as a text frame.
struct feed_reply {
  std::string frame;
};

struct feed_update {
  /// In the venue's notation, exactly as market_dialect::wire_symbol() gives it.
  std::string symbol;
  sequence_facts sequence;
  std::variant<book_snapshot, book_delta, price_news, heartbeat, subscribed, subscription_refused,
               feed_reply>
      says;
  /// By the venue's clock, when this became so; none: it does not say.
  std::optional<timestamp> at{};
};

}  // namespace pitwall
