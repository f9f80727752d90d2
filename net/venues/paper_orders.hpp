// Job: what the paper venue remembers of its orders: the open ones, and the last ones that ended.
// Threads: one owner (under the venue's mutex).
// Bounds: open orders are bounded by the exchange; of ended ones the last `remembered` are kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/matching/order.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall {

class paper_orders {
 public:
  struct entry {
    order_report report;
    std::string symbol, fee_asset;
    matching::order_id id = 0;
    bool changed = false;  ///< Has fills that its owner was not told of.
  };

  explicit paper_orders(std::size_t remembered);

  entry* find(std::string_view client_order_id) const;
  /// Null where the order is not open.
  entry* find_open(matching::order_id id) const;
  /// Precondition: neither id is known. The entry lives until it has ended and been forgotten.
  entry& add(matching::order_id id, std::string client_order_id);
  /// It will not change any more; forgets the oldest that ended where there are too many.
  void end(entry& e);
  /// Open orders, in the order of their placement.
  std::vector<entry*> open() const;

 private:
  // Keys are views into the entries' own texts.
  std::unordered_map<std::string_view, std::unique_ptr<entry>> all_;
  std::unordered_map<matching::order_id, entry*> open_;
  std::vector<entry*> ended_;  // a ring
  std::size_t next_ended_ = 0, remembered_;
};

}  // namespace pitwall
