// Job: all that risk keeps account of, in step: each bot's portfolio, the same fills once more net
//      for the host, by strategy and by venue, and what open orders hold.
// Durable: nothing itself: rebuilt exactly from the journaled order events, or from a snapshot and
//      those after it. Threads: one owner. Tests: tests/risk/books_test.cpp
#pragma once

#include <set>
#include <string>
#include <vector>

#include "runtime/risk/portfolio.hpp"
#include "runtime/risk/reservations.hpp"

namespace pitwall {

class risk_books {
 public:
  /// The currency of all its figures.
  explicit risk_books(const std::string& currency);
  risk_books() : risk_books("USDT") {}

  /// An order's intent: it counts as one of its bot's orders, and holds its headroom.
  void intent(const std::string& id, const reserved_order& order, timestamp at);
  /// Errors: as portfolio::apply; no figure can be trusted from then on.
  status fill(const std::string& id, const portfolio_fill& fill, bool complete);
  /// The final word of an order that is not filled.
  void closed(const std::string& id) { orders_.close(id); }
  void mark(const std::string& venue, const std::string& symbol, decimal price);
  /// As portfolio::value_at and unvalued.
  status value_at(const portfolio::place& where, decimal price);
  std::set<portfolio::place> unvalued() const;
  /// All whose prices figures of the host or of a bot rest on: what bots hold against each other
  /// is nothing to the host, and something to each of them.
  std::vector<portfolio::place> priced_places() const;

  const std::string& currency() const noexcept { return currency_; }
  const portfolio& bots() const noexcept { return bots_; }
  /// Of one bot without a name: the host.
  const portfolio& host() const noexcept { return host_; }
  /// By strategy, and by venue, as bots() is by bot. A fill without a strategy counts in none.
  const portfolio& strategies() const noexcept { return strategies_; }
  const portfolio& venues() const noexcept { return venues_; }
  reservations& orders() noexcept { return orders_; }
  const reservations& orders() const noexcept { return orders_; }

  value snapshot() const;
  /// Errors: data_loss; failed_precondition, it was kept in another currency. Empty: in whichever.
  static result<risk_books> from_snapshot(const value& v, const std::string& currency = "USDT");

 private:
  std::string currency_;
  portfolio bots_, host_, strategies_, venues_;
  reservations orders_;
};

}  // namespace pitwall
