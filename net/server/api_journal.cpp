#include <algorithm>
#include <charconv>
#include <optional>

#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

/// GET without parameters.
template <class Answer>
router::handler query(Answer answer) {
  return [answer](const exchange_ref& ex, const std::vector<std::string>&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
      return ex->answer(problem_reply(known.error()));
    }
    ex->work([ex, answer] {
      const auto r = answer();
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  };
}

/// The host's own path: relative to its working directory it would surprise whoever asks.
result<std::string> directory_of(const request& asked) {
  PITWALL_TRY(body, object_body(asked, {"directory"}));
  auto directory = body.is_object() ? text_member(body, "directory", {}) : std::string();
  if (directory.empty() || directory.front() != '/') {
    return {errc::invalid_argument, "the body names no absolute directory", asked.to.path,
            R"(send {"directory": "/path/on/the/host"})"};
  }
  return directory;
}

void back_up(control& host, const exchange_ref& ex) {
  auto directory = directory_of(ex->asked());
  if (!directory.ok()) return ex->answer(problem_reply(directory.error()));
  ex->work([&host, ex, directory = std::move(*directory)] {
    const auto head = host.history().backup(directory);
    if (!head.ok()) return ex->answer(problem_reply(head.error()));
    value::object members = view_of(*head).as_object();
    members.emplace_back("directory", directory);
    ex->answer(json_reply(value(std::move(members))));
  });
}

/// A whole number from 1 on; nothing where the member is missing.
result<std::optional<std::uint64_t>> limit_of(const request& asked, const value& body,
                                              std::string_view name) {
  const auto text = body.is_object() ? text_member(body, name, {}) : std::string();
  if (text.empty()) return std::optional<std::uint64_t>();
  std::uint64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  constexpr std::uint64_t most = std::uint64_t{1} << 62U;
  if (failed != std::errc() || end != text.data() + text.size() || n == 0 || n > most) {
    return {errc::invalid_argument, "'" + std::string(name) + "' is no whole number from 1 on",
            asked.to.path, R"(send a text, as {"keep_days": "30"})"};
  }
  return std::optional(n);
}

result<retention_policy> policy_of(const request& asked, const value& body) {
  constexpr std::uint64_t max_days = 100'000;
  PITWALL_TRY(age, limit_of(asked, body, "keep_days"));
  PITWALL_TRY(events, limit_of(asked, body, "keep_events"));
  PITWALL_TRY(bytes, limit_of(asked, body, "keep_bytes"));
  retention_policy keep;
  if (age) keep.max_age = std::chrono::hours(24) * std::min(*age, max_days);
  keep.max_events = events;
  keep.max_bytes = bytes;
  return keep;
}

void prune(control& host, const exchange_ref& ex) {
  const auto& asked = ex->asked();
  auto body = object_body(asked, {"keep_days", "keep_events", "keep_bytes", "dry_run"});
  if (!body.ok()) return ex->answer(problem_reply(body.error()));
  auto keep = policy_of(asked, *body);
  if (!keep.ok()) return ex->answer(problem_reply(keep.error()));
  const bool dry_run = body->is_object() && text_member(*body, "dry_run", {}) == "true";
  ex->work([&host, ex, keep = *keep, dry_run] {
    host.prune(keep, dry_run, [ex](const result<prune_outcome>& r) {
      ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_journal_routes(router& to, control& host) {
  to.add("GET", "/api/v1/journal/stats", query([&host] { return host.history().stats(); }));
  to.add("GET", "/api/v1/journal/head", query([&host] { return host.history().chain_head(); }));
  to.add("POST", "/api/v1/journal/backup",
         [&host](const exchange_ref& ex, const auto&) { back_up(host, ex); });
  to.add("POST", "/api/v1/journal/prune",
         [&host](const exchange_ref& ex, const auto&) { prune(host, ex); });
}

}  // namespace pitwall::http
