#include "runtime/ports/journal.hpp"

#include <charconv>

namespace pitwall {

std::string_view to_string(durability d) noexcept {
  switch (d) {
    case durability::memory:
      return "memory";
    case durability::async:
      return "async";
    case durability::sync:
      return "sync";
  }
  return "unknown";
}

result<durability> durability_from_string(std::string_view text) {
  for (auto d : {durability::memory, durability::async, durability::sync}) {
    if (text == to_string(d)) return d;
  }
  return {errc::invalid_argument,
          "'" + std::string(text.substr(0, 40)) + "' is not a durability mode",
          {},
          "use sync, async or memory"};
}

std::string to_string(const journal_head& head) {
  return std::to_string(head.seq) + ":" + head.hash;
}

result<journal_head> journal_head_from_string(std::string_view text) {
  const error wrong{errc::invalid_argument,
                    "'" + std::string(text.substr(0, 100)) + "' is no head of a journal",
                    {},
                    "give SEQ:HASH as `pitwall journal head` prints it"};
  journal_head head;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return wrong;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + colon, head.seq);
  if (failed != std::errc() || end != text.data() + colon) return wrong;
  constexpr std::size_t digits = 64;
  head.hash = text.substr(colon + 1);
  for (char& c : head.hash) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  if (head.hash.size() != digits ||
      head.hash.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return wrong;
  }
  return head;
}

}  // namespace pitwall
