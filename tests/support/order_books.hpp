// Job: what became of each order, told twice: by the witness exchange's log and by the host's
//      journal, in one form, so that the two can be compared.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/decimal.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::test {

struct told_fill {
  decimal price, quantity, fee;
  friend bool operator==(const told_fill&, const told_fill&) = default;
};
struct told_order {
  std::string symbol;  ///< Without separators: BTCUSDT.
  bool buy = true, rests = false;
  decimal quantity;
  std::vector<told_fill> fills;
  bool ended = false;  ///< Filled, cancelled, expired or rejected.
  decimal filled() const;
};
using told_orders = std::map<std::string, told_order>;  ///< By client order id.

/// What the fills make of each asset's balance; quotes are in USDT, and pay the fees.
std::map<std::string, decimal> balances_moved(const told_orders& orders);

/// What the exchange says. `arrivals`: the ids in the order in which they came in.
struct exchange_account {
  told_orders orders;
  std::vector<std::string> arrivals;
  std::vector<std::string> faults;  ///< An id that came in twice.
};
exchange_account read_exchange_log(const std::vector<std::string>& lines);

/// What one execution came to.
struct told_execution {
  std::string workflow, bot, key;
  std::string last;  ///< Type of its last word about itself.
  bool ended() const { return last != "execution_started" && last != "execution_resumed"; }
};

/// What the journal says, from its export.
struct journal_facts {
  std::vector<std::string> lines;
  std::map<std::string, told_execution> executions;
  told_orders orders;                              ///< Of each intent.
  std::set<std::string> rejected;                  ///< Orders that never were at the exchange.
  std::map<std::string, std::string> executed_by;  ///< Order -> execution.
  std::map<std::string, std::uint64_t> states;     ///< workflow/node -> version of its state.
  std::vector<std::string> faults;  ///< Gaps, repeats, second words: what no journal may have.
  std::size_t resumed = 0, doubts = 0, canceled = 0;

  std::vector<std::string> unfinished() const;
  std::vector<std::string> open_orders() const;
};
journal_facts read_journal(const std::string& exported);

/// Each order once, at both or neither, with the same fills and the same end.
std::vector<std::string> differences(const journal_facts& journal, const exchange_account& venue);

}  // namespace pitwall::test
