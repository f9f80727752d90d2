// Job: a venue's order book as its stream tells it: set by a snapshot, changed by deltas, and never
//      shown deeper than it is known.
// Known: where a venue cuts a snapshot off, or the bound does, what rests beyond the last level is
//      not known; a change there is not taken in, so that the levels shown are always the best ones
//      without a hole. is_thin() says when too few are left and a new snapshot is due.
// Threads: one owner. Bounds: max_levels a side.
// Errors: failed_precondition: a change that cannot be one of this book.
// Tests: tests/net/order_book_view_test.cpp
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>

#include "net/venues/feed_update.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

class order_book_view {
 public:
  /// `window`: as in stream_traits.
  explicit order_book_view(std::size_t window = 0, std::size_t max_levels = 1'000)
      : window_(window), max_levels_(window > 0 ? window : max_levels) {}

  void set(const book_snapshot& s);
  status apply(const book_delta& d);
  void clear();

  /// Best first.
  book_levels bids(std::size_t most) const;
  book_levels asks(std::size_t most) const;
  /// The best bid is at or above the best ask: no such book rests at a venue.
  bool is_crossed() const;
  /// A side shows fewer levels than `wanted`, and more may rest beyond.
  bool is_thin(std::size_t wanted) const { return bids_.is_thin(wanted) || asks_.is_thin(wanted); }

 private:
  template <class Better>
  struct side {
    std::map<decimal, book_level, Better> levels;
    std::optional<decimal> edge;  ///< Beyond this price nothing is known; none: nothing rests.

    void set(const book_levels& all, bool whole, std::size_t most, bool windowed);
    status apply(const book_level& l, bool relative);
    void trim(std::size_t most, bool windowed);
    book_levels best(std::size_t most) const;
    bool is_thin(std::size_t wanted) const { return edge && levels.size() < wanted; }
  };

  std::size_t window_, max_levels_;
  side<std::greater<>> bids_;
  side<std::less<>> asks_;
};

}  // namespace pitwall
