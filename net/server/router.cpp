#include "net/server/router.hpp"

#include <algorithm>
#include <exception>
#include <optional>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&lower](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::vector<std::string>> match(const std::vector<std::string>& pattern,
                                              const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return {};
  std::vector<std::string> captured;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool captures = pattern[i].empty();
    if (captures ? path[i].empty() : path[i] != pattern[i]) return {};
    if (captures) captured.push_back(path[i]);
  }
  return captured;
}

}  // namespace

const std::string* request::header(std::string_view name) const noexcept {
  for (const auto& [key, text] : headers) {
    if (same_name(key, name)) return &text;
  }
  return nullptr;
}

void router::add(std::string method, std::string_view pattern, handler h) {
  const auto needed = method == "GET" ? access::scope::read : access::scope::control;
  add(std::move(method), pattern, needed, std::move(h));
}

void router::add(std::string method, std::string_view pattern, access::scope needed, handler h) {
  entry added{std::move(method), std::string(pattern), {}, needed, std::move(h)};
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view segment = pattern.substr(0, end);
    added.segments.emplace_back(segment.front() == '{' ? std::string_view() : segment);
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  entries_.push_back(std::move(added));
}

access::scope router::needed(std::string_view method, const target& to) const {
  for (const entry& e : entries_) {
    if (e.method == method && match(e.segments, to.segments)) return e.needed;
  }
  return access::scope::read;
}

void router::run(const handler& h, const exchange_ref& ex,
                 const std::vector<std::string>& captured) {
  try {
    h(ex, captured);
  } catch (const std::exception& failure) {
    ex->answer(problem_reply(error{errc::internal, failure.what(), ex->asked().to.path, {}}));
  }
}

std::vector<std::pair<std::string, std::string>> router::routes() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const entry& e : entries_) all.emplace_back(e.method, e.pattern);
  return all;
}

void router::route(const exchange_ref& ex) const {
  const request& asked = ex->asked();
  std::string allowed;
  for (const entry& e : entries_) {
    const auto captured = match(e.segments, asked.to.segments);
    if (!captured) continue;
    if (e.method != asked.method) {
      allowed.append(allowed.empty() ? "" : ", ").append(e.method);
      continue;
    }
    return run(e.run, ex, *captured);
  }
  if (allowed.empty() && otherwise_) return run(otherwise_, ex, {});
  if (allowed.empty()) {
    ex->answer(
        problem_reply(error{errc::not_found,
                            "there is nothing at '" + asked.to.path + "'",
                            {},
                            "GET /status shows that the host is here; the API is below /api/v1"}));
    return;
  }
  reply r = problem_reply(error{errc::invalid_argument,
                                "'" + asked.method + "' is not possible on '" + asked.to.path + "'",
                                {},
                                "possible: " + allowed},
                          405);
  r.headers.emplace_back("Allow", allowed);
  ex->answer(std::move(r));
}

}  // namespace pitwall::http
