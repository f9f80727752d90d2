// Job: the headroom that orders hold from before their intent is journaled until their final word:
//      what may still be bought and sold, by bot and for the host, and how many orders that is.
// Rule: an order holds what of it has not filled. One in doubt holds it until it is settled. An
//      intent in the journal holds even where nobody asked before (a start rebuilds all of it so).
// Time: given. Bounds: one entry per order that is not final; orders let through within one second.
// Threads: one owner. Tests: tests/risk/reservations_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"

namespace pitwall {

struct reserved_order {
  std::string bot_id, venue, symbol;
  bool buys = true;
  decimal amount;  ///< > 0
};

/// What may still fill at one place.
struct open_amounts {
  decimal buys, sells;
  friend bool operator==(const open_amounts&, const open_amounts&) = default;
};

class reservations {
 public:
  using place = std::pair<std::string, std::string>;  ///< venue, symbol

  /// False: an order of this id holds something already.
  bool reserve(const std::string& id, const reserved_order& order, timestamp now);
  /// Its intent is in the journal; holds what was not reserved before.
  void confirm(const std::string& id, const reserved_order& order);
  void fill(const std::string& id, decimal quantity);
  /// Its final word. A second one changes nothing.
  void close(const std::string& id);
  /// It was let through, and will not be sent: as if it had never been asked for. Not once its
  /// intent is in the journal.
  void withdraw(const std::string& id);

  /// What is in the journal and not final; `amount` is what is left.
  void each(const std::function<void(const std::string&, const reserved_order&)>& take) const;
  /// What is left of it; nothing: it holds nothing.
  std::optional<decimal> left_of(const std::string& id) const;
  bool holds(const std::string& id) const { return orders_.contains(id); }
  /// Of one bot, resp. of all.
  open_amounts open_at(const std::string& bot_id, const place& where) const;
  open_amounts open_at(const place& where) const;
  std::int64_t open_orders(const std::string& bot_id) const;
  std::int64_t open_orders() const noexcept { return static_cast<std::int64_t>(orders_.size()); }
  /// Let through within the second before `now`. A clock that is set back starts anew.
  std::int64_t let_through_lately(const std::string& bot_id, timestamp now);
  std::int64_t let_through_lately(timestamp now);

 private:
  struct entry {
    reserved_order order;  ///< `amount`: what is left.
    timestamp since;
    bool confirmed = false;
  };
  using times = std::deque<timestamp>;  ///< In the order of coming.
  using entries = std::unordered_map<std::string, entry>;

  void hold(const reserved_order& order);
  void release(const reserved_order& order, decimal quantity);
  void remove(entries::iterator at);
  static std::int64_t lately(times& passed, timestamp now);

  entries orders_;
  std::map<place, open_amounts> all_;
  std::map<std::string, std::map<place, open_amounts>> by_bot_;
  std::map<std::string, std::int64_t> count_;
  times passed_;
  std::map<std::string, times> passed_by_;
};

}  // namespace pitwall
