#include "runtime/base/ids.hpp"

#include <algorithm>

namespace pitwall {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford
constexpr std::size_t ulid_size = 26;
constexpr std::uint64_t max_ms = (std::uint64_t{1} << 48U) - 1;
constexpr std::string_view prefix = "exec_";

// FNV-1a with two offsets: for execution ids that do not end in a ULID.
std::uint64_t fingerprint(std::string_view text, std::uint64_t offset) noexcept {
  std::uint64_t hash = offset;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string to_ulid(std::uint64_t milliseconds, std::uint64_t random_high16,
                    std::uint64_t random_low64) {
  std::string text(ulid_size, '0');
  for (std::size_t i = 10; i-- > 0; milliseconds >>= 5U) text[i] = alphabet[milliseconds & 31U];
  std::uint64_t high = random_high16 & 0xFFFFU, low = random_low64;
  for (std::size_t i = ulid_size; i-- > 10;) {
    text[i] = alphabet[low & 31U];
    low = (low >> 5U) | (high << 59U);
    high >>= 5U;
  }
  return text;
}

bool is_ulid(std::string_view text) noexcept {
  return text.size() == ulid_size && text[0] <= '7' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return alphabet.find(c) != std::string_view::npos; });
}

ulid_generator::ulid_generator(std::uint64_t seed)
    : random_(seed), high_(random_() & 0xFFFFU), low_(random_()) {}

std::string ulid_generator::next(timestamp now) {
  const auto count = std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
  const std::uint64_t ms = count < 0 ? 0 : std::min(static_cast<std::uint64_t>(count), max_ms);
  if (ms > last_ms_) {
    last_ms_ = ms;
    high_ = random_() & 0xFFFFU;
    low_ = random_();
  } else if (++low_ == 0) {
    high_ = (high_ + 1) & 0xFFFFU;
    if (high_ == 0) ++last_ms_;
  }
  return to_ulid(last_ms_, high_, low_);
}

std::string make_execution_id(std::string_view workflow_id, std::string_view ulid) {
  std::string id;
  id.reserve(prefix.size() + workflow_id.size() + 1 + ulid.size());
  id.append(prefix).append(workflow_id).append(1, '_').append(ulid);
  return id;
}

std::string_view ulid_of_execution(std::string_view execution_id) noexcept {
  if (execution_id.size() < prefix.size() + 1 + ulid_size) return {};
  if (execution_id.substr(0, prefix.size()) != prefix) return {};
  const auto ulid = execution_id.substr(execution_id.size() - ulid_size);
  if (execution_id[execution_id.size() - ulid_size - 1] != '_' || !is_ulid(ulid)) return {};
  return ulid;
}

std::string make_client_order_id(std::string_view execution_id, std::uint32_t node_index) {
  std::string id = "pw-";
  const auto ulid = ulid_of_execution(execution_id);
  if (!ulid.empty()) {
    id.append(ulid);
  } else {
    const auto a = fingerprint(execution_id, 0xcbf29ce484222325U);
    const auto b = fingerprint(execution_id, 0x84222325cbf29ce4U);
    id.append(to_ulid(a & max_ms, a >> 48U, b));
  }
  id.push_back('-');
  char digits[8];
  std::size_t n = 0;
  do {
    digits[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[node_index % 36U];
    node_index /= 36U;
  } while (node_index != 0);
  while (n > 0) id.push_back(digits[--n]);
  return id;
}

}  // namespace pitwall
