#include "net/access/gate.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <utility>

#include "net/server/loopback_guard.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::access {
namespace {

using field = boost::beast::http::field;

struct refused {
  unsigned status;
  std::string code, title, detail, remedy;
};

http::reply answer(const refused& r) {
  const value::object members{{"type", "urn:pitwall:problem:" + r.code},
                              {"title", r.title},
                              {"status", static_cast<int>(r.status)},
                              {"detail", r.detail},
                              {"code", r.code},
                              {"remedy", r.remedy}};
  return {r.status, "application/problem+json", to_json(value(members))};
}

http::reply challenge(const std::string& detail, const std::string& parameters) {
  auto r = answer({401, "unauthenticated", "Show a token", detail,
                   "send the header `Authorization: Bearer <token>`; `pitwall token create` makes "
                   "one"});
  r.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pitwall\"" + parameters);
  return r;
}

http::reply forbidden(scope needed) {
  const std::string name(to_string(needed));
  auto r = answer(
      {403, "forbidden", "The token is not good for this", "the token has no scope `" + name + "`",
       "use one that has it; `pitwall token create --name NAME --scopes " + name + "` makes one"});
  r.headers.emplace_back(
      "WWW-Authenticate",
      R"(Bearer realm="pitwall", error="insufficient_scope", scope=")" + name + "\"");
  return r;
}

http::reply too_many(std::uint32_t retry_after_ms) {
  const auto seconds = std::to_string(retry_after_ms / 1'000);
  auto r = answer({429, "too_many_failures", "Too many failed attempts",
                   "this address has shown too many tokens that are unknown",
                   "try again in " + seconds + " s, with one that is good"});
  r.headers.emplace_back("Retry-After", seconds);
  return r;
}

http::reply closed() {
  auto r = answer({503, "unavailable", "It did not happen",
                   "the host's tokens cannot be read, so nobody is let in",
                   "see the host's log; control.sock in its data directory serves all the same"});
  r.headers.emplace_back("Retry-After", "1");
  return r;
}

/// The token of "Bearer <token>"; nothing where there is none, or more than one header.
std::optional<std::string_view> bearer_of(const http::wire_request& head) {
  static constexpr std::string_view scheme = "bearer ";
  if (head.count(field::authorization) != 1) return {};
  const auto raw = head[field::authorization];
  const std::string_view text(raw.data(), raw.size());
  if (!boost::beast::iequals(raw.substr(0, scheme.size()), {scheme.data(), scheme.size()}))
    return {};
  return text.substr(std::min(text.find_first_not_of(' ', scheme.size()), text.size()));
}

}  // namespace

gate::gate(gate_options options, std::shared_ptr<const wall_clock> clock, log_port* log)
    : options_(std::move(options)),
      clock_(clock != nullptr ? std::move(clock) : std::make_shared<system_wall_clock>()),
      log_(log),
      watch_(options_.tokens) {
  // Now, and not with the first request: a file that goes away until then has been there.
  if (!options_.tokens.empty()) watch_.refresh();
}

void gate::log(log_level level, const std::string& message) const {
  if (log_ != nullptr) log_->write(level, "access", message);
}

const token_watch& gate::tokens() {
  if (options_.tokens.empty()) return watch_;
  watch_.refresh();
  if (watch_.failure() && watch_.failure() != told_) {
    log(log_level::error, "nobody is let in by TCP: " + watch_.failure()->to_string());
  }
  told_ = watch_.failure();
  return watch_;
}

bool gate::asks_for_token() { return tokens().required() || options_.always; }

std::variant<http::pass, http::reply> gate::admit(const http::wire_request& head,
                                                  const http::caller& from, scope needed) {
  if (!asks_for_token()) {
    if (auto stranger = http::refuse_strangers(head)) return *std::move(stranger);
    return http::pass{};
  }
  if (auto stranger = http::refuse_other_sites(head, options_.allowed_origins))
    return *std::move(stranger);
  if (needed == scope::none) return http::pass{{}, {}};
  const auto token = bearer_of(head);
  if (!token) return challenge("this needs a token, and the request shows none", {});
  auto known = recognize(*token, from);
  if (!known.ok()) {
    const error& e = known.error();
    if (e.code == errc::unavailable) return closed();
    if (e.code == errc::resource_exhausted) return too_many(e.retry_after_ms);
    return challenge(e.message, ", error=\"invalid_token\"");
  }
  if (!known->may.has(needed)) return forbidden(needed);
  return *std::move(known);
}

bool gate::is_good(const http::pass& p) {
  if (p.token.empty()) return !asks_for_token();
  const auto* record = tokens().tokens().with_hash(p.token, clock_->now());
  return record != nullptr && record->may == p.may;
}

result<http::pass> gate::recognize(std::string_view token, const http::caller& from) {
  if (tokens().failure())
    return {errc::unavailable, "the host's tokens cannot be read, so nobody is let in"};
  if (const auto* record = watch_.tokens().recognize(token, clock_->now()))
    return http::pass{record->hash, record->may};
  const auto verdict = failures_.failed(from.address, std::chrono::steady_clock::now());
  if (verdict.retry_after.count() == 0)
    return {errc::not_found, "the token is unknown, was revoked, or has expired"};
  if (verdict.first) {
    log(log_level::warning, "too many unknown tokens from " + counted_address(from.address) +
                                ": more of them are answered with 429");
  }
  error e{errc::resource_exhausted,
          "too many unknown tokens from this address",
          {},
          "try again in " + std::to_string(verdict.retry_after.count()) + " s"};
  e.retry_after_ms = static_cast<std::uint32_t>(verdict.retry_after.count()) * 1'000U;
  return e;
}

}  // namespace pitwall::access
