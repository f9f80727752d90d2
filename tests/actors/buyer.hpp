// Job: the workflow of tests about what outlives its actors: it asks for a price, and buys.
#pragma once

#include <string_view>

namespace pitwall::test {

inline constexpr std::string_view buyer = R"({
  "name": "buyer", "bot_id": "bot-1",
  "blocks": [
    {"id": "feed", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "positive", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}
  ],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "positive", "index": 0}},
    {"from": {"blockId": "positive", "index": 0}, "to": {"blockId": "buy", "index": 0}}
  ]})";

}  // namespace pitwall::test
