// Job: `pitwall exchange` as the other side of a soak: a process with faults, and its own account
// of
//      all orders and fills, read by its public API.
#pragma once

#include "tests/support/exchange_client.hpp"
#include "tests/support/order_books.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {

class soak_exchange {
 public:
  explicit soak_exchange(std::uint64_t seed)
      : process_(pitwall_binary(),
                 {"--data-dir", (directory_.path() / "x").string(), "--seed", std::to_string(seed),
                  "--fault-seed", std::to_string(seed), "--weight-limit", "1000000000",
                  "--order-limit", "1000000000", "--balance", "BTC=10000", "--balance", "ETH=10000",
                  "--balance", "USDT=1000000000"}) {}

  /// As `serve --venue` wants it, behind `binance:`.
  std::string venue() const {
    return process_.url() + "?key_file=" + (directory_.path() / "x" / "api_key").string();
  }
  void faults(const std::string& json) const {
    if (const auto r = process_.faults(json); r.status != 200) throw std::runtime_error(r.body);
  }
  const child_process& process() { return process_.process(); }

  exchange_account account() const {
    exchange_account out;
    std::map<std::string, std::string> client_ids;  // By symbol and number.
    for (const std::string symbol : {"BTCUSDT", "ETHUSDT"}) {
      const auto order = [&](const value& v) {
        const auto id = text(v, "clientOrderId");
        client_ids[symbol + to_json(*v.find("orderId"))] = id;
        told_order o{
            symbol, text(v, "side") == "BUY", text(v, "type") == "LIMIT", amount(v, "origQty"), {},
            true};
        o.ended = text(v, "status") != "NEW" && text(v, "status") != "PARTIALLY_FILLED";
        if (!out.orders.emplace(id, std::move(o)).second)
          out.faults.push_back("the exchange has an order twice: " + id);
      };
      const auto fill = [&](const value& v) {
        out.orders.at(client_ids.at(symbol + to_json(*v.find("orderId"))))
            .fills.push_back({amount(v, "price"), amount(v, "qty"), amount(v, "commission")});
      };
      each("/api/v3/allOrders", symbol, "orderId", "orderId", order);
      each("/api/v3/myTrades", symbol, "fromId", "id", fill);
    }
    return out;
  }

  struct purse {
    decimal free, held;
  };
  std::map<std::string, purse> purses() const {
    std::map<std::string, purse> out;
    const auto all = process_.ask("GET", "/api/v3/account", "recvWindow=60000").json();
    for (const auto& v : all.find("balances")->as_list())
      out[text(v, "asset")] = {amount(v, "free"), amount(v, "locked")};
    return out;
  }

 private:
  static std::string text(const value& v, std::string_view name) { return v.find(name)->as_text(); }
  static decimal amount(const value& v, std::string_view name) {
    return decimal::parse(text(v, name)).value();
  }
  /// All rows, a thousand at a time, by their ascending number.
  template <class Take>
  void each(const std::string& path, const std::string& symbol, const std::string& from_name,
            const std::string& id_name, Take take) const {
    for (std::int64_t next = 0;;) {
      const auto page = process_.ask("GET", path,
                                     "symbol=" + symbol + "&limit=1000&recvWindow=60000&" +
                                         from_name + "=" + std::to_string(next));
      const value rows = page.json();
      if (!rows.is_list()) throw std::runtime_error(page.body);
      for (const auto& row : rows.as_list()) {
        take(row);
        next = std::max(next, row.find(id_name)->as_number().to_int().value() + 1);
      }
      if (rows.as_list().size() < 1000) return;
    }
  }

  scratch_directory directory_;
  exchange_process process_;
};

}  // namespace pitwall::test
