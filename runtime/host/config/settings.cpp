#include "runtime/host/config/settings.hpp"

#include <algorithm>

namespace pitwall::config {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view digits_at(std::string_view text, std::size_t at) {
  auto end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace

bool pointer_order::operator()(std::string_view a, std::string_view b) const noexcept {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto x = digits_at(a, i), y = digits_at(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      i += x.size();
      j += y.size();
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

const setting* settings::find(const std::string& pointer) const {
  const auto found = all.find(pointer);
  return found == all.end() ? nullptr : &found->second;
}

bool settings::tried(const std::string& pointer) const {
  return find(pointer) != nullptr || unread.contains(pointer);
}

value settings::at(const std::string& pointer) const {
  const auto* s = find(pointer);
  return s == nullptr ? value() : s->is;
}

std::string settings::text(const std::string& pointer) const {
  const auto v = at(pointer);
  return v.is_text() ? v.as_text() : std::string();
}

bool settings::flag(const std::string& pointer) const {
  const auto v = at(pointer);
  return v.is_bool() && v.as_bool();
}

std::uint64_t settings::number(const std::string& pointer) const {
  const auto v = at(pointer);
  if (!v.is_number()) return 0;
  // Whole, and within the bounds of its key, which may need all 64 bits.
  return static_cast<std::uint64_t>(v.as_number().raw() / decimal::one_raw);
}

std::string settings::where(const std::string& pointer) const {
  const auto* s = find(pointer);
  if (const auto bad = unread.find(pointer); bad != unread.end() && !said(pointer))
    return bad->second;
  return s == nullptr ? "default" : s->where;
}

bool settings::said(const std::string& pointer) const {
  const auto* s = find(pointer);
  return s != nullptr && s->from >= layer::file;
}

std::vector<std::string> settings::below(const std::string& pointer) const {
  std::vector<std::string> out;
  const auto start = pointer + "/";
  for (const auto& [at, where] : elements)
    if (at.starts_with(start) && at.find('/', start.size()) == std::string::npos)
      out.push_back(at.substr(start.size()));
  return out;
}

}  // namespace pitwall::config
