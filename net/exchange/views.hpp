// Job: the exchange's data as the JSON of the Binance Spot REST conventions: amounts as texts with
//      eight fractional digits, times in milliseconds.
// Threads: pure. Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/matching/ledger.hpp"
#include "runtime/matching/order.hpp"

namespace pitwall::sim {

struct order_record;
struct trade_record;
class records;

/// "0.00100000". What is finer is rounded half to even; nothing here that trades is.
std::string wire(decimal amount);
value number(std::integral auto n) { return decimal(static_cast<std::int64_t>(n)); }

value view_of(const order_record& o);
/// As myTrades lists it.
value view_of(const trade_record& t, const std::string& fee_asset);
/// `fills` of the answer that placed an order.
value fills_of(const order_record& o, const records& all);
value view_of(const matching::level& l);
value view_of(const std::vector<matching::ledger::balance>& balances);

}  // namespace pitwall::sim
