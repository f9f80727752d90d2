// Job: one symbol's visible book as it changes: numbers every change of a level, and gathers the
//      changes of 100 ms and of a second, so that a snapshot and the updates after it give the
//      book.
// Numbers: each changed level takes the next one. They begin at the microseconds of the start: what
//      comes after a restart is above what came before it.
// Source: "Diff. Depth Stream" and "How to manage a local order book correctly" of
//      web-socket-streams.md in the public repository binance/binance-spot-api-docs.
// Threads: one owner. Bounds: the levels that changed since the last take().
// Tests: tests/net/exchange_hub_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "net/exchange/trading_floor.hpp"

namespace pitwall::sim {

enum class pace : std::uint8_t { fast, slow };

class book_feed {
 public:
  book_feed(trading_floor::depth first, std::int64_t number)
      : now_(std::move(first)), last_(number) {}

  /// The book is this by now.
  void see(trading_floor::depth d);
  const trading_floor::depth& now() const noexcept { return now_; }
  std::int64_t last() const noexcept { return last_; }

  struct diff {
    std::int64_t first = 0, last = 0;         ///< U and u.
    std::vector<matching::level> bids, asks;  ///< What is there now; 0: nothing any more.
  };
  /// What changed since the last take() at this pace; nothing where nothing did.
  std::optional<diff> take(pace p);

 private:
  struct window {
    std::int64_t first = 0;
    std::map<decimal, decimal> bids, asks;
  };
  void compare(const std::vector<matching::level>& before,
               const std::vector<matching::level>& after, bool bids);
  void note(bool bids, decimal price, decimal quantity);

  trading_floor::depth now_;
  std::int64_t last_;
  std::array<std::optional<window>, 2> windows_;  ///< By pace.
};

/// What is shown of all markets: the real one, or, while prices are stale, what was there before.
class market_view {
 public:
  explicit market_view(const trading_floor& floor) : floor_(floor) {}
  /// Once the floor is restored.
  void start(timestamp now);

  void freeze(bool wanted);
  bool frozen() const noexcept { return frozen_; }
  /// As it is now.
  book_feed& look(const symbol_rules& r);
  /// As it was looked at last.
  book_feed& last(const symbol_rules& r) { return feeds_.find(r.symbol)->second; }

 private:
  const trading_floor& floor_;
  bool frozen_ = false;
  std::map<std::string, book_feed, std::less<>> feeds_;
};

}  // namespace pitwall::sim
