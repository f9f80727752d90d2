#include "runtime/schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <utility>

#include "runtime/schedule/notation.hpp"

namespace pitwall {
namespace {

struct field {
  std::string_view name;
  unsigned low, high;
  std::span<const std::string_view> words;  ///< Names of low, low + 1, ...
};

constexpr std::array<std::string_view, 12> month_words{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_words{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};
constexpr std::array<field, 5> fields{{{"minute", 0, 59, {}},
                                       {"hour", 0, 23, {}},
                                       {"day of month", 1, 31, {}},
                                       {"month", 1, 12, month_words},
                                       {"day of week", 0, 7, weekday_words}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_forms{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

std::optional<unsigned> field_value(const field& f, std::string_view text) {
  if (const auto n = digits(text, 2)) {
    return *n >= f.low && *n <= f.high ? n : std::nullopt;
  }
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto word = std::ranges::find(f.words, std::string_view(lower));
  if (word == f.words.end()) return std::nullopt;
  return f.low + static_cast<unsigned>(word - f.words.begin());
}

/// One element of a field's list: "*", "a", "a-b", each with an optional "/step".
bool add_range(const field& f, std::string_view part, std::bitset<64>& chosen) {
  const auto slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const auto n = digits(part.substr(slash + 1), 2);
    if (!n || *n == 0) return false;
    step = *n;
  }
  unsigned first = f.low, last = f.high;
  if (range != "*") {
    const auto dash = range.find('-');
    const auto a = field_value(f, range.substr(0, dash));
    if (!a) return false;
    first = *a;
    // As in cron: "5/15" is every 15 from 5 on.
    last = slash == std::string_view::npos ? *a : f.high;
    if (dash != std::string_view::npos) {
      const auto b = field_value(f, range.substr(dash + 1));
      if (!b || *b < first) return false;
      last = *b;
    }
  }
  for (unsigned i = first; i <= last; i += step) chosen.set(i);
  return true;
}

std::bitset<64> parse_field(const field& f, std::string_view text, std::vector<error>& problems) {
  std::bitset<64> chosen;
  for (const std::string_view part : split(text, ',')) {
    if (add_range(f, part, chosen)) continue;
    problems.push_back(
        {errc::invalid_argument,
         "'" + std::string(part) + "' is no " + std::string(f.name) + " of a cron expression",
         {},
         "use *, numbers from " + std::to_string(f.low) + " to " + std::to_string(f.high) +
             ", ranges (1-5), lists (1,3) or steps (*/15)"});
  }
  return chosen;
}

}  // namespace

std::optional<cron_fields> parse_cron(std::string_view text, std::vector<error>& problems) {
  const auto before = problems.size();
  const auto named = std::ranges::find(short_forms, text, [](const auto& f) { return f.first; });
  const auto parts = words_of(named == short_forms.end() ? text : named->second);
  if (parts.size() != fields.size()) {
    problems.push_back(
        {errc::invalid_argument,
         "'" + std::string(text) + "' is neither HH:MM nor a cron expression of five fields",
         {},
         "write minute hour day-of-month month day-of-week, as in '*/15 9-17 * * mon-fri', or "
         "one of @hourly, @daily, @weekly, @monthly, @yearly"});
    return std::nullopt;
  }
  std::array<std::bitset<64>, 5> chosen;
  for (std::size_t i = 0; i < fields.size(); ++i)
    chosen[i] = parse_field(fields[i], parts[i], problems);
  if (problems.size() != before) return std::nullopt;
  cron_fields out;
  for (unsigned m = 0; m < 60; ++m) out.minutes.set(m, chosen[0][m]);
  for (unsigned h = 0; h < 24; ++h) out.hours.set(h, chosen[1][h]);
  for (unsigned d = 1; d <= 31; ++d) out.days.days.set(d, chosen[2][d]);
  for (unsigned m = 1; m <= 12; ++m) out.days.months.set(m, chosen[3][m]);
  for (unsigned w = 0; w < 7; ++w)
    out.days.weekdays.set(w, chosen[4][w] || (w == 0 && chosen[4][7]));
  out.days.either_day = parts[2].front() != '*' && parts[4].front() != '*';
  return out;
}

}  // namespace pitwall
