// Job: the Binance adapter's market data and trading rules. The private side of binance_venue.
// Shared: the venue's clock and a symbol's rules are asked for once for all who wait. The rules go
//      on until nobody wants them any more, the clock always.
// Threads: the I/O thread, save fetch() and quantity_step(): any.
// Bounds: a fetch that has ended has left nothing behind in any queue.
// Tests: tests/net/binance_venue_test.cpp, tests/net/binance_calls_test.cpp
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/venues/binance_link.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

class binance_market : public std::enable_shared_from_this<binance_market> {
 public:
  using completion = venue::completion<market_data>;

  binance_market(std::shared_ptr<binance_link> link, std::shared_ptr<const wall_clock> clock);

  /// Ends within `patience`, all in all. Empty: the client has stopped, `then` will not be called.
  cancel_call fetch(const market_request& request, milliseconds patience, completion then);
  /// Any thread. Of a symbol whose rules are not known yet: the smallest step of all.
  decimal quantity_step(const std::string& symbol);

 private:
  struct fetching;
  using fetch_ptr = std::shared_ptr<fetching>;
  using reader = std::function<result<value>(const std::string& body, timestamp seen)>;
  /// Rules that are under way.
  struct asked_rules {
    rest_call call;
    bool wanted = false;  ///< Whoever waits: an order wants them.
    std::vector<fetch_ptr> waiting;
  };

  void start(const fetch_ptr& all);
  void too_late(const fetch_ptr& all);
  error abandoned() const;
  void ask_parts(const fetch_ptr& all);
  binance_link::completion part(const fetch_ptr& all, value market_data::*into, reader read);
  void ask_balance(const fetch_ptr& all);
  void finish_part(const fetch_ptr& all);
  /// Ends what is under way for it alone, and answers it, unless it has ended before.
  void end(const fetch_ptr& all, result<market_data> answer);
  /// `waiting`: its part is finished when the rules are there, or cannot be had. Null: nobody
  /// waits.
  void learn_rules(const std::string& symbol, const fetch_ptr& waiting);
  void on_rules(const std::string& symbol, const std::shared_ptr<asked_rules>& asked,
                const binance_reply& reply);
  /// False: it did not wait for any.
  bool leave_rules(const fetch_ptr& all);
  bool knows_rules(const std::string& symbol) const;

  const std::shared_ptr<binance_link> link_;
  const std::shared_ptr<const wall_clock> clock_;
  mutable std::mutex mutex_;
  std::map<std::string, decimal> steps_;  // by the venue's symbol; under mutex_
  std::map<std::string, std::shared_ptr<asked_rules>> asked_rules_;  // by symbol; I/O thread
};

}  // namespace pitwall
