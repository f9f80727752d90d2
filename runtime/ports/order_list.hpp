// Job: the host's own orders without a final word, as the journal has them: on their way, resting,
//      in doubt. Threads: reads the journal; may block for the disk.
// Bounds: a page reads the events of the executions that have such orders, and no others.
// Tests: tests/storage/order_list_test.cpp
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "runtime/workflow/open_orders.hpp"

namespace pitwall {

/// on_its_way: journaled, the venue's first word is awaited; resting: the venue has it; in_doubt:
/// nobody knows what became of it.
enum class order_standing : std::uint8_t { on_its_way, resting, in_doubt };
std::string_view to_string(order_standing s) noexcept;

struct listed_order {
  scope_ref scope;
  open_order order;
  order_standing standing = order_standing::on_its_way;
  std::string why;  ///< Of a doubt.
};
struct order_filter {
  /// "open" (on its way or resting), "in_doubt", or "all".
  std::string status = "all";
  std::string venue, bot_id;  ///< Empty: all.
  std::string after;          ///< Cursor; empty: from the oldest.
  std::size_t limit = 1'000;  ///< About: one execution's orders are never split.
};
struct order_page {
  std::vector<listed_order> orders;  ///< By execution, oldest first.
  std::string next_after;            ///< Empty: that was all.
};

/// Where no host runs, nobody waits for a venue's first word.
void stand_without_host(listed_order& order);

/// `judge` has the last word on how an order stands. Errors: invalid_argument (the status), and
/// those of reading.
result<order_page> read_orders(const journal& from, const order_filter& wanted,
                               const std::function<void(listed_order&)>& judge = {});
/// One of an execution that has it open; not_found.
result<listed_order> find_order(const journal& from, const std::string& client_order_id);

}  // namespace pitwall
