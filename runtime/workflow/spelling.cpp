#include "runtime/workflow/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pitwall {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// How many letters have to be put in, taken out, replaced or exchanged with their neighbour,
/// without regard to case. `rows`: room to work in.
std::size_t distance(std::string_view a, std::string_view b, std::vector<std::size_t>& rows) {
  const auto width = b.size() + 1;
  rows.assign(3 * width, 0);
  // The row of this letter of `a`, and of the two before it.
  auto *before = rows.data(), *last = before + width, *row = last + width;
  std::iota(last, last + width, std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto x = lower(a[i]), y = lower(b[j]);
      row[j + 1] = std::min({last[j] + (x == y ? 0 : 1), last[j + 1] + 1, row[j] + 1});
      if (i > 0 && j > 0 && x == lower(b[j - 1]) && lower(a[i - 1]) == y)
        row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view spelling::nearest(std::string_view word,
                                   const std::vector<std::string_view>& known) {
  constexpr std::size_t longest = 64;
  if (word.empty() || word.size() > longest) return {};
  std::string_view best;
  auto best_distance = word.size() + 1;
  std::vector<std::size_t> row;
  for (const auto candidate : known) {
    if (candidate.size() > longest) continue;
    const auto bound = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    const auto gap = word.size() > candidate.size() ? word.size() - candidate.size()
                                                    : candidate.size() - word.size();
    if (gap > bound) continue;
    const auto cost = (word.size() + 1) * (candidate.size() + 1);
    if (cost > budget_) {
      budget_ = 0;  // Spent: from here on nothing is suggested, whatever it would cost.
      break;
    }
    budget_ -= cost;
    const auto d = distance(word, candidate, row);
    if (d <= bound && d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string spelling::suggestion(std::string_view word, const std::vector<std::string_view>& known,
                                 std::string otherwise) {
  const auto near = nearest(word, known);
  return near.empty() ? otherwise : "did you mean " + in_quotes(near) + "?";
}

std::string listed(const std::vector<std::string_view>& names) {
  constexpr std::size_t most = 20;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    if (i != 0) out += ", ";
    out += names[i].substr(0, 80);
  }
  if (names.size() > most) out += " ... (" + std::to_string(names.size() - most) + " more)";
  return out;
}

std::string in_quotes(std::string_view name) {
  constexpr std::size_t most = 80;
  std::string out = "'";
  if (name.size() <= most) {
    out += name;
  } else {
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
    out += name.substr(0, end);
    out += "...";
  }
  out += '\'';
  return out;
}

}  // namespace pitwall
