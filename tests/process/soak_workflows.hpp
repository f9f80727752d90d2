// Job: the workflows of the soak: ten bots, four shapes, one venue whose prices move.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pitwall::test {

inline std::string soak_price(const std::string& symbol) {
  return R"({"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": ")" +
         symbol + R"(", "enabled_endpoints": ["price_feed"]}},
    {"id": "there", "type": "threshold", "category": "conditions", "properties": {"min": 1}})";
}
inline std::string soak_wire(const std::string& from, const std::string& to,
                             const std::string& input = "0") {
  return R"({"from": {"blockId": ")" + from + R"(", "index": 0}, "to": {"blockId": ")" + to +
         R"(", "index": )" + input + "}}";
}
inline std::string soak_file(const std::string& bot, const std::string& blocks,
                             const std::string& connections) {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [)" + blocks + R"(], "connections": [)" +
         connections + "]}";
}
inline std::string soak_order(const std::string& id, const std::string& side,
                              const std::string& symbol, const std::string& amount,
                              const std::string& more = {}) {
  return R"({"id": ")" + id + R"(", "type": ")" + side +
         R"(", "category": "actions", "properties": {"venue": "sim", "symbol": ")" + symbol +
         R"(", "amount": ")" + amount + "\"" + more + "}}";
}

/// Two market orders, side by side.
inline std::string soak_pair(const std::string& bot, const std::string& symbol) {
  return soak_file(bot,
                   soak_price(symbol) + "," + soak_order("buy", "buy", symbol, "0.02") + "," +
                       soak_order("sell", "sell", symbol, "0.01"),
                   soak_wire("price", "there") + "," + soak_wire("there", "buy") + "," +
                       soak_wire("there", "sell"));
}
/// What the bot had resting goes, then one order rests near the market, which may come to it.
inline std::string soak_maker(const std::string& bot, const std::string& symbol,
                              const std::string& price) {
  return soak_file(
      bot,
      soak_price(symbol) + R"(,
    {"id": "none", "type": "cancel", "category": "actions",
     "properties": {"venue": "sim", "symbol": ")" +
          symbol + R"("}},
    {"id": "or", "type": "or", "category": "conditions", "properties": {"input2": true}},)" +
          soak_order("rest", "buy", symbol, "0.01", R"(, "order_type": "GTC", "price": )" + price),
      soak_wire("price", "there") + "," + soak_wire("there", "none") + "," +
          soak_wire("none", "or") + "," + soak_wire("or", "rest"));
}
/// One that takes what is there at once, and one that cannot be had.
inline std::string soak_taker(const std::string& bot, const std::string& symbol) {
  return soak_file(
      bot,
      soak_price(symbol) + "," +
          soak_order("ioc", "sell", symbol, "0.03", R"(, "order_type": "IOC", "price": 1000)") +
          "," + soak_order("fok", "buy", symbol, "0.5", R"(, "order_type": "FOK", "price": 100)"),
      soak_wire("price", "there") + "," + soak_wire("there", "ioc") + "," +
          soak_wire("there", "fok"));
}
/// Looks, and orders nothing.
inline std::string soak_reader(const std::string& bot, const std::string& symbol) {
  return soak_file(bot, soak_price(symbol) + R"(,
    {"id": "cross", "type": "price_cross", "category": "triggers",
     "properties": {"threshold": 0}})",
                   soak_wire("price", "there") + "," + soak_wire("price", "cross"));
}

/// Cancels what a bot has resting.
inline std::string soak_sweep(const std::string& bot) {
  return soak_file(bot, R"({"id": "cancel", "type": "cancel", "category": "actions",
    "properties": {"signal": true, "venue": "sim"}})",
                   {});
}

/// Name and text of each; those that start with "sweep_" are for the end.
inline std::vector<std::pair<std::string, std::string>> soak_workflows() {
  const std::string btc = "BTC/USDT", eth = "ETH/USDT";
  return {{"pair_0", soak_pair("bot_0", btc)},
          {"pair_1", soak_pair("bot_1", eth)},
          {"pair_2", soak_pair("bot_2", btc)},
          {"pair_3", soak_pair("bot_3", eth)},
          {"maker_4", soak_maker("bot_4", btc, "59980")},
          {"maker_5", soak_maker("bot_5", eth, "2999")},
          {"taker_6", soak_taker("bot_6", btc)},
          {"taker_7", soak_taker("bot_7", eth)},
          {"look_8", soak_reader("bot_8", btc)},
          {"look_9", soak_reader("bot_9", eth)},
          {"sweep_4", soak_sweep("bot_4")},
          {"sweep_5", soak_sweep("bot_5")}};
}

}  // namespace pitwall::test
