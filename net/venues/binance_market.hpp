// Job: the Binance adapter's market data and trading rules. The private side of binance_venue.
// Threads: the I/O thread, save quantity_step(): any.
// Tests: tests/net/binance_venue_test.cpp
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

  void fetch(const market_request& request, completion then);
  /// Any thread. Of a symbol whose rules are not known yet: the smallest step of all.
  decimal quantity_step(const std::string& symbol);

 private:
  struct fetching;
  /// Calls it when the rules are there, or cannot be had.
  void learn_rules(const std::string& symbol, std::function<void()> then);
  bool knows_rules(const std::string& symbol) const;
  void part(const std::shared_ptr<fetching>& all, const std::string& path,
            const std::string& parameters, bool is_private, value market_data::*into,
            std::function<result<value>(const std::string& body, timestamp seen)> read);
  static void finish_part(const std::shared_ptr<fetching>& all);

  const std::shared_ptr<binance_link> link_;
  const std::shared_ptr<const wall_clock> clock_;
  mutable std::mutex mutex_;
  std::map<std::string, decimal> steps_;  // by the venue's symbol; under mutex_
  /// Who waits for rules that are under way, by symbol; I/O thread.
  std::map<std::string, std::vector<std::function<void()>>> asked_rules_;
};

}  // namespace pitwall
