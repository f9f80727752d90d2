// Job: the workflows that the crash test runs: different shapes, three bots, one venue.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pitwall::test {

/// A trigger with a state, and two market orders side by side.
inline constexpr std::string_view trip = R"({
  "bot_id": "tripper",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT",
                    "enabled_endpoints": ["price_feed"]}},
    {"id": "cross", "type": "price_cross", "category": "triggers", "properties": {"threshold": 0}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "sim"}},
    {"id": "sell", "type": "sell", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "sim", "signal": true}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cross", "index": 0}},
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

/// Limit orders that rest, and one that cannot: the market stands at 59,994 and 60,006.
inline constexpr std::string_view ladder = R"({
  "bot_id": "climber",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT",
                    "enabled_endpoints": ["price_feed"]}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "low", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.04", "venue": "sim", "order_type": "limit",
                    "price": 50000}},
    {"id": "high", "type": "sell", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.02", "venue": "sim", "order_type": "GTC",
                    "price": 70000}},
    {"id": "never", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "sim", "order_type": "FOK",
                    "price": 50000}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "low", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "high", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "never", "index": 0}}]})";

/// Cancels what the ladder's bot has resting.
inline constexpr std::string_view sweep = R"({
  "bot_id": "climber",
  "blocks": [
    {"id": "cancel", "type": "cancel", "category": "actions",
     "properties": {"signal": true, "symbol": "BTC/USDT", "venue": "sim"}}],
  "connections": []})";

/// Branches that fail, or may come too late, beside one that trades all the same.
inline constexpr std::string_view ragged = R"({
  "bot_id": "ragged",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "ETH/USDT",
                    "enabled_endpoints": ["price_feed"]}},
    {"id": "slow", "type": "binance", "category": "providers", "timeout": 0.05,
     "on_error": "continue",
     "properties": {"profile_id": "sim", "symbol": "ETH/USDT", "enabled_endpoints": ["orderbook"]}},
    {"id": "broken", "type": "math", "category": "conditions", "on_error": "continue",
     "properties": {"operation": "divide", "value1": 1, "value2": 0}},
    {"id": "skipped", "type": "math", "category": "conditions",
     "properties": {"operation": "divide", "value2": 0}},
    {"id": "after", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "good", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "either", "type": "or", "category": "conditions", "properties": {"input2": false}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "ETH/USDT", "amount": "0.1", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "good", "index": 0}},
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "skipped", "index": 0}},
    {"from": {"blockId": "skipped", "index": 0}, "to": {"blockId": "after", "index": 0}},
    {"from": {"blockId": "good", "index": 0}, "to": {"blockId": "either", "index": 0}},
    {"from": {"blockId": "either", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

/// What the host makes of a bot's fills: no order.
inline std::string figures_of(const std::string& bot, const std::string& symbol) {
  const auto place = R"("symbol": ")" + symbol + R"(", "venue": "sim")";
  return R"({"bot_id": ")" + bot + R"(", "blocks": [
    {"id": "count", "type": "max_trades", "category": "risk", "properties": {"limit": 1000000}},
    {"id": "entry", "type": "stop_loss", "category": "risk",
     "properties": {"price": 60000, "percentage": 50, )" +
         place + R"(}},
    {"id": "loss", "type": "daily_loss", "category": "risk"},
    {"id": "all", "type": "risk_check", "category": "risk", "properties": {)" +
         place + R"(}}],
    "connections": []})";
}

/// Name and text of each.
inline std::vector<std::pair<std::string, std::string>> crash_workflows() {
  return {{"trip", std::string(trip)},
          {"ladder", std::string(ladder)},
          {"ragged", std::string(ragged)},
          {"sweep", std::string(sweep)},
          {"tripper", figures_of("tripper", "BTC/USDT")},
          {"climber", figures_of("climber", "BTC/USDT")},
          {"ragged_figures", figures_of("ragged", "ETH/USDT")}};
}

}  // namespace pitwall::test
