#include "runtime/resilience/retry_filter.hpp"

#include <charconv>

namespace pitwall {

namespace {

constexpr std::uint32_t request_timeout = 408, too_many_requests = 429;

std::size_t bit(errc code) noexcept { return static_cast<std::size_t>(code); }

// Digits and nothing else.
std::optional<std::uint32_t> whole(std::string_view text) noexcept {
  std::uint32_t n = 0;
  const char* last = text.data() + text.size();
  const auto [end, ec] = std::from_chars(text.data(), last, n);
  return ec == std::errc{} && end == last ? std::optional(n) : std::nullopt;
}

// Where another attempt can never help, or must not be made.
bool is_final(errc code) noexcept { return code == errc::halted || code == errc::cancelled; }

}  // namespace

bool effect_in_doubt(const failed_attempt& f) noexcept {
  if (f.in_doubt) return true;
  if (!f.effect) return false;
  if (f.status == 0) return f.code != errc::unavailable && f.code != errc::resource_exhausted;
  return f.status < 400 || f.status >= 500 || f.status == request_timeout;
}

retry_filter::retry_filter() {
  for (const auto* word : {"connection", "timeout", "rate_limited", "server_error"}) add(word);
}

result<retry_filter> retry_filter::parse(std::span<const std::string> words) {
  if (words.empty()) return retry_filter();
  retry_filter filter{nothing{}};
  for (const auto& word : words) {
    if (filter.add(word)) continue;
    return {errc::invalid_argument,
            "'" + word.substr(0, 40) + "' is nothing to retry on",
            {},
            "use connection, timeout, rate_limited, server_error, a status from 400 to 599, or an "
            "error code but halted and cancelled"};
  }
  return filter;
}

bool retry_filter::add(std::string_view word) {
  if (word == "connection") {
    codes_.set(bit(errc::unavailable));
    codes_.set(bit(errc::io_error));
    return true;
  }
  if (word == "rate_limited") {
    codes_.set(bit(errc::resource_exhausted));
    statuses_.set(too_many_requests);
    return true;
  }
  if (word == "server_error" || word == "5xx") {
    for (std::size_t status = 500; status < 600; ++status) statuses_.set(status);
    return true;
  }
  if (word == "timeout") statuses_.set(request_timeout);  // And the code of that name.
  if (const auto status = whole(word)) {
    if (*status < 400 || *status > 599) return false;
    statuses_.set(*status);
    return true;
  }
  const auto code = errc_from_string(word);
  if (to_string(code) != word || is_final(code)) return false;
  codes_.set(bit(code));
  return true;
}

bool retry_filter::matches(const failed_attempt& f) const noexcept {
  if (f.status != 0) return f.status < statuses_.size() && statuses_.test(f.status);
  return !is_final(f.code) && bit(f.code) < codes_.size() && codes_.test(bit(f.code));
}

}  // namespace pitwall
