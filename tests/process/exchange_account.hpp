// Job: what `pitwall exchange` itself says of all its orders, fills and balances, read by its
// public
//      API.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include "tests/support/exchange_client.hpp"
#include "tests/support/order_books.hpp"

namespace pitwall::test {

inline std::string row_text(const value& v, std::string_view name) {
  return v.find(name)->as_text();
}
inline decimal row_amount(const value& v, std::string_view name) {
  return decimal::parse(row_text(v, name)).value();
}

/// All rows, a thousand at a time, by their ascending number.
template <class Take>
void each_row(const exchange_process& of, const std::string& path, const std::string& symbol,
              const std::string& from_name, const std::string& id_name, Take take) {
  for (std::int64_t next = 0;;) {
    const auto page = of.ask("GET", path,
                             "symbol=" + symbol + "&limit=1000&recvWindow=60000&" + from_name +
                                 "=" + std::to_string(next));
    const value rows = page.json();
    if (!rows.is_list()) throw std::runtime_error(page.body);
    for (const auto& row : rows.as_list()) {
      take(row);
      next = std::max(next, row.find(id_name)->as_number().to_int().value() + 1);
    }
    if (rows.as_list().size() < 1000) return;
  }
}

inline exchange_account read_account(const exchange_process& of) {
  exchange_account out;
  std::map<std::string, std::string> client_ids;  // By symbol and number.
  for (const std::string symbol : {"BTCUSDT", "ETHUSDT"}) {
    const auto order = [&](const value& v) {
      const auto id = row_text(v, "clientOrderId");
      client_ids[symbol + to_json(*v.find("orderId"))] = id;
      told_order o{symbol,
                   row_text(v, "side") == "BUY",
                   row_text(v, "type") == "LIMIT",
                   row_amount(v, "origQty"),
                   {},
                   true};
      o.ended = row_text(v, "status") != "NEW" && row_text(v, "status") != "PARTIALLY_FILLED";
      if (!out.orders.emplace(id, std::move(o)).second)
        out.faults.push_back("the exchange has an order twice: " + id);
    };
    const auto fill = [&](const value& v) {
      out.orders.at(client_ids.at(symbol + to_json(*v.find("orderId"))))
          .fills.push_back(
              {row_amount(v, "price"), row_amount(v, "qty"), row_amount(v, "commission")});
    };
    each_row(of, "/api/v3/allOrders", symbol, "orderId", "orderId", order);
    each_row(of, "/api/v3/myTrades", symbol, "fromId", "id", fill);
  }
  return out;
}

struct exchange_purse {
  decimal free, held;
};
inline std::map<std::string, exchange_purse> read_purses(const exchange_process& of) {
  std::map<std::string, exchange_purse> out;
  const auto all = of.ask("GET", "/api/v3/account", "recvWindow=60000").json();
  for (const auto& v : all.find("balances")->as_list())
    out[row_text(v, "asset")] = {row_amount(v, "free"), row_amount(v, "locked")};
  return out;
}

}  // namespace pitwall::test
