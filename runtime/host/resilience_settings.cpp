#include "runtime/host/resilience_settings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "runtime/host/time_text.hpp"

namespace pitwall {
namespace {

constexpr std::uint32_t most = 1'000'000;

error bad_value(std::string_view text, std::string remedy) {
  return {errc::invalid_argument,
          "'" + std::string(text) + "' is no value for this setting",
          {},
          std::move(remedy)};
}

result<std::uint32_t> count(std::string_view text) {
  std::uint32_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || bad != std::errc{} || end != text.data() + text.size() || n > most)
    return bad_value(text, "give a whole number from 0 to 1000000");
  return n;
}

/// "10/s", "600/1m:20": so many in a time, and how many at once.
result<std::optional<token_limits>> rate(std::string_view text) {
  if (text == "none") return std::optional<token_limits>{};
  const error wrong = bad_value(text,
                                "give a rate like 10/s, 600/m or 5/2s:10 (at most 10 at once), "
                                "or none");
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return wrong;
  const auto colon = std::min(text.find(':', slash), text.size());
  const auto tokens = count(text.substr(0, slash));
  const auto period = parse_time(text.substr(slash + 1, colon - slash - 1), true);
  const auto burst = colon == text.size() ? tokens : count(text.substr(colon + 1));
  if (!tokens.ok() || !period.ok() || !burst.ok()) return wrong;
  const token_limits limits{*tokens, *period, *burst};
  PITWALL_CHECK(token_bucket::check(limits));
  return std::optional(limits);
}

using change = resilience_settings::change;

template <class T, class Read, class Field>
result<change> changing(std::string_view text, Read read, Field field) {
  auto v = read(text);
  if (!v.ok()) return v.error();
  return change([v = T(*v), field](call_limits& l) { field(l) = v; });
}

template <class Field>
auto number(Field field) {
  return [field](std::string_view text) { return changing<std::uint32_t>(text, count, field); };
}

template <class Field>
auto time(Field field) {
  return [field](std::string_view text) {
    return changing<microseconds>(
        text, [](std::string_view t) { return parse_time(t); }, field);
  };
}

using key_reader = std::function<result<change>(std::string_view)>;

const std::map<std::string_view, key_reader>& call_keys() {
  using l = call_limits;
  static const std::map<std::string_view, key_reader> all{
      {"breaker.failures", number([](l & c) -> auto& { return c.breaker.failure_threshold; })},
      {"breaker.failure_percent", number([](l & c) -> auto& { return c.breaker.failure_percent; })},
      {"breaker.slow_percent", number([](l & c) -> auto& { return c.breaker.slow_percent; })},
      {"breaker.minimum_calls", number([](l & c) -> auto& { return c.breaker.minimum_calls; })},
      {"breaker.slow_after", time([](l & c) -> auto& { return c.breaker.slow_after; })},
      {"breaker.window", time([](l & c) -> auto& { return c.breaker.window.length; })},
      {"breaker.open_time", time([](l & c) -> auto& { return c.breaker.open_time; })},
      {"breaker.max_open_time", time([](l & c) -> auto& { return c.breaker.max_open_time; })},
      {"breaker.max_probes", number([](l & c) -> auto& { return c.breaker.max_probes; })},
      {"breaker.close_after", number([](l & c) -> auto& { return c.breaker.close_after; })},
      {"breaker.probe_timeout", time([](l & c) -> auto& { return c.breaker.probe_timeout; })},
      {"bulkhead.at_once", number([](l & c) -> auto& { return c.at_once.max_concurrent; })},
      {"bulkhead.waiting", number([](l & c) -> auto& { return c.at_once.max_waiting; })},
      {"retry_budget.percent", number([](l & c) -> auto& { return c.retries.percent; })},
      {"retry_budget.max_saved", number([](l & c) -> auto& { return c.retries.max_saved; })},
      {"retry_budget.min_per_second",
       number([](l & c) -> auto& { return c.retries.min_per_second; })},
      {"rate", [](std::string_view text) {
         return changing<std::optional<token_limits>>(
             text, rate, [](l & c) -> auto& { return c.rate; });
       }}};
  return all;
}

/// A whole number or one with decimals.
result<double> factor(std::string_view text) {
  double x = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (text.empty() || bad != std::errc{} || end != text.data() + text.size())
    return bad_value(text, "give a number like 2 or 1.5");
  return x;
}

template <class T>
status put(result<T> from, auto& into) {
  if (!from.ok()) return from.error();
  into = *from;
  return done{};
}

using retry_reader = status (*)(std::string_view, retry_settings&);

const std::map<std::string_view, retry_reader>& retry_keys() {
  using text = std::string_view;
  static const std::map<std::string_view, retry_reader> all{
      {"retry.max_attempts",
       [](text t, retry_settings& r) { return put(count(t), r.max_attempts); }},
      {"retry.min_wait", [](text t, retry_settings& r) { return put(parse_time(t), r.min_wait); }},
      {"retry.max_wait", [](text t, retry_settings& r) { return put(parse_time(t), r.max_wait); }},
      {"retry.multiplier", [](text t, retry_settings& r) { return put(factor(t), r.multiplier); }},
      {"retry.jitter",
       [](text t, retry_settings& r) { return put(backoff_from_jitter(t), r.shape); }},
      {"retry.total_time",
       [](text t, retry_settings& r) { return put(parse_time(t), r.total_time); }},
      {"retry.max_retry_after",
       [](text t, retry_settings& r) { return put(parse_time(t), r.max_retry_after); }}};
  return all;
}

std::string known_keys() {
  std::string names;
  for (const auto& [name, reader] : call_keys()) names.append(names.empty() ? "" : ", ") += name;
  for (const auto& [name, reader] : retry_keys()) names.append(", ") += name;
  return names;
}

status take(std::string_view text, resilience_settings& into) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos)
    return error{
        errc::invalid_argument, "this is no setting", {}, "write KEY=VALUE or KEY@WHERE=VALUE"};
  auto key = text.substr(0, equals);
  const auto given = text.substr(equals + 1);
  const auto at = key.find('@');
  const auto where = at == std::string_view::npos ? std::string_view{} : key.substr(at + 1);
  key = key.substr(0, at);
  if (at != std::string_view::npos && where.empty())
    return error{errc::invalid_argument,
                 "nothing stands behind @",
                 {},
                 "name a venue, like rate@binance=10/s"};
  if (const auto reader = retry_keys().find(key); reader != retry_keys().end()) {
    if (!where.empty())
      return error{errc::invalid_argument,
                   "retries are set for the whole host, or in a block's file",
                   {},
                   "leave @" + std::string(where) + " out"};
    return reader->second(given, into.retry);
  }
  const auto reader = call_keys().find(key);
  if (reader == call_keys().end())
    return error{errc::invalid_argument,
                 "there is no setting '" + std::string(key) + "'",
                 {},
                 "there are: " + known_keys()};
  PITWALL_TRY(made, reader->second(given));
  into.changes[std::string(where)].push_back(std::move(made));
  return done{};
}

}  // namespace

call_limits resilience_settings::limits_of(const std::string& breaker) const {
  call_limits l;
  const auto apply = [&](const std::string& where) {
    if (const auto known = changes.find(where); known != changes.end())
      for (const auto& c : known->second) c(l);
  };
  apply("");
  if (const auto slash = breaker.rfind('/'); slash != std::string::npos)
    apply(breaker.substr(0, slash));
  apply(breaker);
  return l;
}

std::vector<std::string> resilience_settings::unknown_places(
    const std::vector<std::string>& venues) const {
  std::vector<std::string> unknown;
  for (const auto& change : changes) {
    const auto& where = change.first;
    const bool known = where.empty() || where == "http" || where.starts_with("http/") ||
                       std::any_of(venues.begin(), venues.end(), [&](const auto& v) {
                         return where == v || where == v + "/data" || where == v + "/orders";
                       });
    if (!known) unknown.push_back(where);
  }
  return unknown;
}

resilience_settings parse_resilience(const std::vector<std::string>& texts,
                                     std::vector<error>& problems) {
  resilience_settings out;
  for (const auto& text : texts)
    if (auto taken = take(text, out); !taken.ok()) {
      auto e = std::move(taken).error();
      e.where = text;
      problems.push_back(std::move(e));
    }
  // Do those go together that could be read?
  if (const auto policy = retry_policy::make(out.retry); !policy.ok())
    problems.push_back(policy.error());
  std::set<std::string> places{""};
  for (const auto& [where, all] : out.changes) places.insert(where);
  for (const auto& where : places)
    for (const auto* operation : {"", "/data", "/orders"})
      if (auto good = check(out.limits_of(where + operation)); !good.ok()) {
        auto e = std::move(good).error();
        e.where = where.empty() ? "every venue" : where;
        problems.push_back(std::move(e));
        break;
      }
  return out;
}

}  // namespace pitwall
