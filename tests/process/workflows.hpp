// Job: the workflow files that the process tests run.
#pragma once

#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>

namespace pitwall::test {

inline constexpr std::string_view buys = R"({
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": null, "symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cheap", "type": "threshold", "category": "conditions",
     "properties": {"max": "1000000"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

inline constexpr std::string_view predecessor = R"({
  "icon": "bolt", "x": 1, "tags": ["old"],
  "blocks": [
    {"id": "p1", "type": "kraken", "category": "providers", "icon": "coin", "x": 10, "y": 20,
     "width": 100, "height": 80, "comment": "", "config": {},
     "inputs": [], "outputs": [{"name": "price_feed"}, {"name": "balance"}],
     "properties": {"profile_id": null, "enabled_endpoints": ["price_feed", "balance"]}},
    {"id": "c1", "type": "compare", "category": "conditions",
     "inputs": [{"name": "value1"}, {"name": "value2"}], "outputs": [{"name": "result"}],
     "properties": {"operator": ">", "value2": "0.5"}},
    {"type": "sell", "category": "actions", "timeout": "10",
     "inputs": [{"name": "signal"}, {"name": "amount"}], "outputs": [{"name": "order"}],
     "properties": {"amount": "0.25", "symbol": "BTC/USDT"}}],
  "connections": [
    {"from": {"blockId": "p1", "index": "0"}, "to": {"blockId": "c1", "index": 0}, "color": "red"},
    {"from": {"blockId": "c1", "index": 0}, "to": {"blockId": "sell_2", "index": 0}}]})";

}  // namespace pitwall::test
