#include "runtime/host/config/value.hpp"

#include <algorithm>
#include <array>

#include "runtime/host/resilience_settings.hpp"
#include "runtime/host/time_text.hpp"
#include "runtime/risk/limits.hpp"
#include "runtime/schedule/restart_policy.hpp"
#include "runtime/schedule/trigger_spec.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/spelling.hpp"

namespace pitwall::config {
namespace {

constexpr std::size_t longest_text = 4'096, most_texts = 64;

error wrong(const key& k, const value& given) {
  std::string said;
  if (!k.secret) {
    said = given.is_text()                                               ? given.as_text()
           : given.is_object() || given.is_list() || k.how == form::text ? std::string()
                                                                         : to_json(given);
  }
  const std::string kind = given.is_object() ? "an object" : given.is_list() ? "a list" : "this";
  return {errc::invalid_argument,
          (said.empty() ? kind : in_quotes(said)) + " is no value for this setting",
          {},
          "give " + what_it_takes(k)};
}

bool within(const key& k, decimal n) {
  if (k.bounds.empty()) return true;
  const auto [least, most] = range_of(k);
  return n >= least && n <= most;
}

/// "64MB": powers of 1024, as `serve` has always taken them.
result<decimal> bytes_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 9> units{{{"", 1},
                                                                            {"b", 1},
                                                                            {"k", 1LL << 10U},
                                                                            {"kb", 1LL << 10U},
                                                                            {"mb", 1LL << 20U},
                                                                            {"m", 1LL << 20U},
                                                                            {"gb", 1LL << 30U},
                                                                            {"g", 1LL << 30U},
                                                                            {"tb", 1LL << 40U}}};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto unit = std::string(text.substr(digits));
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  for (char& c : unit)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == unit; });
  if (digits == 0 || found == units.end()) return error{errc::invalid_argument, "no size", {}, {}};
  PITWALL_TRY(n, decimal::parse(text.substr(0, digits)));
  return mul(n, decimal(found->second));
}

bool is_whole(decimal n) { return n.round(0) == n; }

result<value> read_limit(const value& given, std::string_view name) {
  const auto text = given.is_null()   ? std::string("none")
                    : given.is_text() ? given.as_text()
                                      : given.as_number().to_string();
  risk_limits checked;
  PITWALL_CHECK(set_limit(checked, name, text));
  if (text == "none") return value();
  PITWALL_TRY(number, decimal::parse(text));
  // Above 0 it says what must have been earned: the host would be beyond it at once.
  if (name == "daily_loss_limit" && number > decimal(0))
    return error{errc::invalid_argument,
                 "a loss limit is a floor, and " + text + " lies above 0",
                 {},
                 "write -" + text + ", or none"};
  return value(number);
}

result<value> read_resilience(const key& k, const value& given) {
  const auto text = given.is_null()   ? std::string("none")
                    : given.is_text() ? given.as_text()
                                      : given.as_number().to_string();
  auto parts = parts_of(k.path);
  parts.erase(parts.begin());
  if (parts.front() == "at") parts.erase(parts.begin(), parts.begin() + 2);
  std::string setting = parts.front();
  if (parts.size() > 1) setting += "." + parts[1];
  setting += "=" + text;
  std::vector<error> problems;
  parse_resilience({setting}, problems);
  // Whether it goes together with the others is seen once all are known.
  for (auto& p : problems)
    if (p.where == setting) {
      p.where.clear();
      return std::move(p);
    }
  // "120s" and "2m" are the same.
  const auto time = parse_time(text);
  return value(time.ok() ? time_text(*time) : text);
}

result<value> read_trigger(const key& k, const value& given) {
  std::vector<error> problems;
  std::optional<trigger_spec> read;
  if (given.is_object())
    read = parse_trigger(given, problems);
  else if (given.is_text() && given.as_text().size() <= longest_text)
    read = parse_trigger_line(given.as_text(), problems);
  else
    return wrong(k, given);
  if (read && problems.empty()) return value(read->text);
  if (problems.empty()) return wrong(k, given);
  auto all = std::move(problems.front());
  if (!all.where.empty()) all.message = all.where + ": " + all.message;
  all.where.clear();
  for (std::size_t i = 1; i < problems.size(); ++i)
    all.message += "; " + problems[i].where + ": " + problems[i].message;
  return all;
}

result<value> read_restart(const key& k, const value& given) {
  if (!given.is_text() || given.as_text().size() > longest_text) return wrong(k, given);
  std::vector<error> problems;
  const auto read = parse_restart(given.as_text(), problems);
  if (read) return value(read->text());
  return std::move(problems.front());
}

result<value> read_texts(const key& k, const value& given) {
  value::list out;
  if (!given.is_list() || given.as_list().size() > most_texts) return wrong(k, given);
  for (const auto& one : given.as_list()) {
    if (!one.is_text() || one.as_text().empty() || one.as_text().size() > longest_text)
      return wrong(k, one);
    out.push_back(one);
  }
  return value(std::move(out));
}

result<value> read_words(const key& k, const value& given) {
  if (!given.is_text()) return wrong(k, given);
  const auto& text = given.as_text();
  const bool usable = !text.empty() && text.size() <= longest_text &&
                      std::none_of(text.begin(), text.end(), [](char c) {
                        return static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
                      });
  if (!usable) return wrong(k, value());
  if (k.how != form::choice) return given;
  const auto words = words_of(k);
  if (std::find(words.begin(), words.end(), text) != words.end()) return given;
  auto e = wrong(k, given);
  if (const auto near = spelling().nearest(text, words); !near.empty())
    e.remedy = "did you mean " + in_quotes(near) + "? " + e.remedy;
  return e;
}

result<value> read_size(const key& k, const value& given) {
  auto n = given.is_text()     ? bytes_of(given.as_text())
           : given.is_number() ? result<decimal>(given.as_number())
                               : result<decimal>(error{});
  if (!n.ok() || !is_whole(*n) || !within(k, *n)) return wrong(k, given);
  return value(*n);
}

result<value> read_time(const key& k, const value& given) {
  const auto t = given.is_text() ? parse_time(given.as_text()) : result<microseconds>(error{});
  if (!t.ok() || !within(k, decimal(t->count()))) return wrong(k, given);
  return value(time_text(*t));
}

}  // namespace

std::vector<std::string_view> words_of(const key& k) {
  std::vector<std::string_view> out;
  for (std::string_view left = k.bounds; !left.empty();) {
    const auto bar = std::min(left.find('|'), left.size());
    out.push_back(left.substr(0, bar));
    left.remove_prefix(std::min(left.size(), bar + 1));
  }
  return out;
}

range range_of(const key& k) {
  const auto dots = k.bounds.find("..");
  const auto one = [&](std::string_view text) {
    if (k.how == form::time) return decimal(parse_time(text).value().count());
    return decimal::parse(text).value();
  };
  const std::string_view bounds = k.bounds;
  return {one(bounds.substr(0, dots)), one(bounds.substr(dots + 2))};
}

std::string what_it_takes(const key& k) {
  std::string out;
  const auto dots = k.bounds.find("..");
  const auto from_to = dots == std::string::npos ? std::string()
                                                 : " from " + k.bounds.substr(0, dots) + " to " +
                                                       k.bounds.substr(dots + 2);
  switch (k.how) {
    case form::boolean:
      out = "true or false";
      break;
    case form::integer:
      out = "a whole number" + from_to;
      break;
    case form::number:
      out = "a number" + from_to;
      break;
    case form::size:
      out = "a number of bytes, or a size like 64MB," + from_to;
      break;
    case form::time:
      out = "a time like 500ms, 2s, 1m or 3h," + from_to;
      break;
    case form::choice:
      for (const auto word : words_of(k)) out.append(out.empty() ? "" : ", ").append(word);
      out = "one of " + out;
      break;
    case form::text:
      out = "a text without line breaks";
      break;
    case form::path:
      out = "the path of a file";
      break;
    case form::texts:
      out = "a list of texts";
      break;
    case form::trigger:
      out = "words like every 5m, or an object (docs/triggers.md)";
      break;
    case form::restart:
      out = "never, or on_failure max=5 wait=1s max_wait=1m";
      break;
    case form::limit:
      out = "a number, or none";
      break;
    case form::resilience:
      out = "what docs/resilience.md says";
      break;
  }
  return k.optional && k.how != form::limit ? out + ", or none" : out;
}

result<value> read(const key& k, const value& given, std::string_view name) {
  const bool scalar = given.is_null() || given.is_text() || given.is_number();
  if (k.how == form::limit) return scalar ? read_limit(given, name) : wrong(k, given);
  if (k.how == form::resilience) return scalar ? read_resilience(k, given) : wrong(k, given);
  if (given.is_null()) return k.optional ? result<value>(value()) : wrong(k, given);
  switch (k.how) {
    case form::boolean:
      return given.is_bool() ? result<value>(given) : wrong(k, given);
    case form::integer:
    case form::number: {
      const bool good = given.is_number() &&
                        (k.how == form::number || is_whole(given.as_number())) &&
                        within(k, given.as_number());
      return good ? result<value>(given) : wrong(k, given);
    }
    case form::size:
      return read_size(k, given);
    case form::time:
      return read_time(k, given);
    case form::texts:
      return read_texts(k, given);
    case form::trigger:
      return read_trigger(k, given);
    case form::restart:
      return read_restart(k, given);
    default:
      return read_words(k, given);
  }
}

result<value> read_text(const key& k, std::string_view given, std::string_view name) {
  const value text{given};
  if (k.how == form::limit || k.how == form::resilience) return read(k, text, name);
  if (k.optional && given == "none") return value();
  switch (k.how) {
    case form::boolean:
      if (given == "true" || given == "false") return value(given == "true");
      return wrong(k, text);
    case form::integer:
    case form::number: {
      const auto number = decimal::parse(given);
      auto taken = number.ok() ? read(k, value(*number), name) : result<value>(error{});
      return taken.ok() ? taken : wrong(k, text);
    }
    case form::texts: {
      value::list all;
      for (std::string_view left = given; !left.empty();) {
        const auto comma = std::min(left.find(','), left.size());
        all.emplace_back(left.substr(0, comma));
        left.remove_prefix(std::min(left.size(), comma + 1));
      }
      return read(k, value(std::move(all)), name);
    }
    default:
      return read(k, text, name);
  }
}

}  // namespace pitwall::config
