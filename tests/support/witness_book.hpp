// Job: the witness exchange's orders: what it accepts, fills and remembers, by the public Binance
//      Spot conventions. Pure but for its log: orders, trades and ends are appended before they are
//      answered.
// Why its own: a witness must not share the adapter's reading of the conventions.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/matching/price_process.hpp"

namespace pitwall::test {

using json = nlohmann::ordered_json;
using parameters = std::map<std::string, std::string>;

struct witness_answer {
  unsigned status = 200;
  json body;
};
witness_answer refuse(int code, const std::string& message, unsigned status = 400);

class witness_book {
 public:
  struct options {
    std::uint64_t seed = 1;
    bool still = false;  ///< Prices stand still: BTCUSDT at 59,994 and 60,006.
    std::string log;     ///< A file; empty: none.
  };
  explicit witness_book(const options& o);

  witness_answer exchange_info(const parameters& p) const;
  witness_answer book_ticker(const parameters& p, std::int64_t now_ms) const;
  witness_answer depth(const parameters& p, std::int64_t now_ms) const;
  witness_answer account() const;
  witness_answer place(const parameters& p, std::int64_t now_ms);
  witness_answer find(const parameters& p) const;
  witness_answer open_orders(const parameters& p) const;
  witness_answer cancel(const parameters& p);
  witness_answer trades(const parameters& p) const;
  /// Fills of a resting order: {"clientOrderId", "quantity" (default: all that is left)}.
  witness_answer fill(const json& wanted);
  /// All accepted orders, as in the log.
  const json& accepted() const noexcept { return accepted_; }
  /// Every fill is split into this many trades.
  void split_fills(unsigned parts) { split_ = parts > 0 ? parts : 1; }

 private:
  struct trade {
    std::uint64_t id = 0;
    decimal price, quantity, fee;
    std::int64_t time = 0;
  };
  struct order {
    std::uint64_t id = 0;
    std::string client_id, symbol, side, type, tif, status = "NEW";
    decimal quantity, price, executed, locked;
    std::int64_t time = 0;
    std::vector<trade> trades;
    bool open() const { return status == "NEW" || status == "PARTIALLY_FILLED"; }
    bool buys() const { return side == "BUY"; }
  };
  struct purse {
    decimal free, locked;
  };

  const matching::price_process* prices(const std::string& symbol) const;
  witness_answer check(const parameters& p, order& o, std::int64_t now_ms) const;
  bool lock_funds(order& o, decimal price);
  void execute(order& o, decimal quantity, decimal price);
  void end(order& o, const std::string& status);
  void append_to_log(const json& line) const;
  order* find_order(const parameters& p, const char* id_name);
  json show(const order& o) const;
  json show_trade(const order& o, const trade& t) const;

  std::map<std::string, matching::price_process> markets_;
  std::map<std::string, purse> purses_;
  std::vector<std::unique_ptr<order>> orders_;
  json accepted_ = json::array();
  std::uint64_t last_trade_ = 0;
  unsigned split_ = 1;
  int log_ = -1;
};

}  // namespace pitwall::test
