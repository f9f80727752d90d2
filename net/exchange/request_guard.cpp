#include "net/exchange/request_guard.hpp"

namespace pitwall::sim {

verdict check_key(const std::string* header, const std::optional<api_key>& wanted) {
  if (!wanted) return {};
  if (header == nullptr || header->empty()) return refusal{-2014, "API-key format invalid.", 401};
  if (!same_secret(*header, wanted->key)) {
    return refusal{-2015, "Invalid API-key, IP, or permissions for action.", 401};
  }
  return {};
}

verdict check_time(const parameters& p, std::int64_t now_ms) {
  std::string sent;
  if (auto refused = p.need("timestamp", sent)) return refused;
  std::optional<std::int64_t> time, window = default_recv_window_ms;
  if (auto refused = p.whole("timestamp", 0, INT64_MAX, time)) return refused;
  if (auto refused = p.whole("recvWindow", 0, INT64_MAX, window)) return refused;
  if (*window > longest_recv_window_ms) {
    return refusal{-1131, "recvWindow must be less than 60000", 400};
  }
  if (*time >= now_ms + 1'000) {
    return refusal{-1021, "Timestamp for this request was 1000ms ahead of the server's time.", 400};
  }
  if (now_ms - *time > *window) {
    return refusal{-1021, "Timestamp for this request is outside of the recvWindow.", 400};
  }
  return {};
}

verdict check_signed(const parameters& p, const std::string* header,
                     const std::optional<api_key>& wanted, std::int64_t now_ms) {
  if (auto refused = check_key(header, wanted)) return refused;
  if (wanted) {
    std::string given;
    if (auto refused = p.need("signature", given)) return refused;
    if (!same_secret(given, hmac_sha256_hex(wanted->secret, p.signed_text()))) {
      return refusal{-1022, "Signature for this request is not valid.", 400};
    }
  }
  return check_time(p, now_ms);
}

}  // namespace pitwall::sim
