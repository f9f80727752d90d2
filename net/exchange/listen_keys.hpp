// Job: the listen key of the account's user data stream: made, kept alive, closed, run out.
// Source: "API Endpoints" of user-data-stream.md (2022-12-05) in the public repository
//      binance/binance-spot-api-docs: one active key, valid for 60 minutes from its making or its
//      last keep-alive.
// Threads: one owner. Durable: nothing; after a restart there is no key.
// Tests: tests/net/exchange_streams_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/exchange/refusal.hpp"
#include "net/signature.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall::sim {

class listen_keys {
 public:
  static constexpr std::int64_t validity_ms = 3'600'000;

  /// The active key, or a new one, from now on valid for an hour. -1001: no random bytes.
  verdict open(std::int64_t now_ms, std::string& out) {
    if (!is_valid(key_, now_ms)) {
      auto fresh = make_api_key();
      if (!fresh.ok()) return internal_failure();
      key_ = std::move(fresh->key);
    }
    ends_ms_ = now_ms + validity_ms;
    out = key_;
    return {};
  }
  verdict keep_alive(std::string_view key, std::int64_t now_ms) {
    if (!is_valid(key, now_ms)) return unknown();
    ends_ms_ = now_ms + validity_ms;
    return {};
  }
  verdict close(std::string_view key, std::int64_t now_ms) {
    if (!is_valid(key, now_ms)) return unknown();
    key_.clear();
    return {};
  }
  bool is_valid(std::string_view key, std::int64_t now_ms) const {
    return !key.empty() && now_ms < ends_ms_ && same_secret(key, key_);
  }
  static refusal unknown() { return {-1125, "This listenKey does not exist.", 400}; }

 private:
  std::string key_;
  std::int64_t ends_ms_ = 0;
};

}  // namespace pitwall::sim
