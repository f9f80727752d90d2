#include "net/access/token_set.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "net/signature.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::access {
namespace {

constexpr std::array<scope, 3> every_scope{scope::read, scope::trade, scope::control};
constexpr std::string_view prefix = "pw_";
constexpr std::size_t hash_digits = 64;

bool& flag(scopes& of, scope s) noexcept {
  return s == scope::read ? of.read : s == scope::trade ? of.trade : of.control;
}

bool is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_name_bytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

bool is_hash(std::string_view text) noexcept {
  return text.size() == hash_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

error damaged(const std::string& what) {
  return {errc::data_loss,
          "the tokens cannot be read: " + what,
          {},
          "restore the file, or remove it and make the tokens anew: until then all are refused"};
}

std::string text_of(const value& object, std::string_view name) {
  const value* member = object.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

result<token_record> record_of(const value& v) {
  if (!v.is_object()) return damaged("an entry is no object");
  token_record r;
  r.name = text_of(v, "name");
  r.hash = text_of(v, "sha256");
  if (!is_name(r.name) || !is_hash(r.hash)) return damaged("an entry has no name or no hash");
  const value* names = v.find("scopes");
  std::vector<std::string> given;
  for (const value& one : names != nullptr && names->is_list() ? names->as_list() : value::list()) {
    given.push_back(one.is_text() ? one.as_text() : std::string());
  }
  const auto may = scopes_from(given);
  if (!may.ok()) return damaged("the scopes of '" + r.name + "': " + may.error().message);
  r.may = *may;
  const auto created = parse_iso8601(text_of(v, "created_at"));
  if (!created.ok()) return damaged("'" + r.name + "' has no time of creation");
  r.created = *created;
  const value* expires = v.find("expires_at");
  if (expires == nullptr) return damaged("'" + r.name + "' does not say when it expires");
  if (expires->is_null()) return r;
  const auto end = parse_iso8601(text_of(v, "expires_at"));
  if (!end.ok()) return damaged("'" + r.name + "' has no readable time of expiry");
  r.expires = *end;
  return r;
}

}  // namespace

std::string_view to_string(scope s) noexcept {
  switch (s) {
    case scope::none:
      return "none";
    case scope::read:
      return "read";
    case scope::trade:
      return "trade";
    case scope::control:
      return "control";
  }
  return "none";
}

bool scopes::has(scope s) const noexcept {
  switch (s) {
    case scope::none:
      return true;
    case scope::read:
      return read;
    case scope::trade:
      return trade;
    case scope::control:
      return control;
  }
  return false;
}

std::vector<std::string_view> scopes::names() const {
  std::vector<std::string_view> out;
  for (const auto s : every_scope) {
    if (has(s)) out.push_back(to_string(s));
  }
  return out;
}

result<scopes> scopes_from(const std::vector<std::string>& names) {
  scopes out;
  for (const auto& name : names) {
    const auto s = std::find_if(every_scope.begin(), every_scope.end(),
                                [&](scope known) { return to_string(known) == name; });
    if (s == every_scope.end()) {
      return {errc::invalid_argument,
              "there is no scope '" + name + "'",
              {},
              "known are: read, trade, control"};
    }
    flag(out, *s) = true;
  }
  if (out == scopes{}) {
    return {errc::invalid_argument, "a token needs a scope", {}, "known are: read, trade, control"};
  }
  return out;
}

result<token_set> token_set::decode(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed.ok()) return damaged(parsed.error().message);
  const value* version = parsed->find("version");
  if (version == nullptr || *version != value(1)) return damaged("it is not of version 1");
  const value* tokens = parsed->find("tokens");
  if (tokens == nullptr || !tokens->is_list()) return damaged("it has no list of tokens");
  if (tokens->as_list().size() > max_tokens) return damaged("there are too many");
  token_set out;
  for (const value& v : tokens->as_list()) {
    PITWALL_TRY(record, record_of(v));
    for (const auto& other : out.all_) {
      if (other.name == record.name) return damaged("'" + record.name + "' is there twice");
    }
    out.all_.push_back(std::move(record));
  }
  return out;
}

std::string token_set::encode() const {
  value::list tokens;
  for (const auto& r : all_) {
    value::list names;
    for (const auto name : r.may.names()) names.emplace_back(name);
    tokens.emplace_back(
        value::object{{"name", r.name},
                      {"scopes", value(std::move(names))},
                      {"sha256", r.hash},
                      {"created_at", to_iso8601(r.created)},
                      {"expires_at", r.expires ? value(to_iso8601(*r.expires)) : value()}});
  }
  return to_pretty_json(value::object{{"version", 1}, {"tokens", value(std::move(tokens))}}) + "\n";
}

result<std::string> token_set::make(const std::string& name, scopes may, timestamp now,
                                    std::optional<timestamp> expires) {
  if (!is_name(name)) {
    return {errc::invalid_argument,
            "'" + name.substr(0, max_name_bytes) + "' is no token's name",
            {},
            "write 1 to 64 letters, digits, dots, dashes or underscores"};
  }
  for (const auto& r : all_) {
    if (r.name == name) {
      return {errc::already_exists,
              "there is a token '" + name + "' already",
              {},
              "choose another name, or revoke that one first"};
    }
  }
  if (all_.size() >= max_tokens) {
    return {errc::resource_exhausted,
            "there are " + std::to_string(max_tokens) + " tokens already",
            {},
            "revoke what is no longer used"};
  }
  PITWALL_TRY(word, random_word());
  std::string token = std::string(prefix) + word;
  all_.push_back({name, sha256_hex(token), may, now, expires});
  return token;
}

status token_set::revoke(std::string_view name) {
  const auto at =
      std::find_if(all_.begin(), all_.end(), [&](const auto& r) { return r.name == name; });
  if (at == all_.end()) {
    return {errc::not_found,
            "there is no token '" + std::string(name.substr(0, max_name_bytes)) + "'",
            {},
            "`pitwall token list` names those there are"};
  }
  all_.erase(at);
  return done{};
}

const token_record* token_set::recognize(std::string_view token, timestamp now) const {
  const auto hash = sha256_hex(token);
  const token_record* found = nullptr;
  for (const auto& r : all_) {
    if (same_secret(r.hash, hash)) found = &r;  // And on to the end.
  }
  return found != nullptr && found->is_good(now) ? found : nullptr;
}

const token_record* token_set::with_hash(std::string_view hash, timestamp now) const noexcept {
  for (const auto& r : all_) {
    if (r.hash == hash) return r.is_good(now) ? &r : nullptr;
  }
  return nullptr;
}

result<timestamp> parse_expiry(std::string_view text, timestamp now) {
  static constexpr std::int64_t longest = 100'000;
  const auto wrong = [&](const std::string& what) {
    return error{errc::invalid_argument,
                 "'" + std::string(text.substr(0, 100)) + "' " + what,
                 {},
                 "write 90d, 12h, 30m, or a time to come, as 2027-01-01T00:00:00Z"};
  };
  std::int64_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (ec == std::errc() && unit.size() == 1) {
    if (count < 1 || count > longest) return wrong("is no time from now");
    if (unit == "d") return now + std::chrono::days(count);
    if (unit == "h") return now + std::chrono::hours(count);
    if (unit == "m") return now + std::chrono::minutes(count);
  }
  const auto at = parse_iso8601(text);
  if (!at.ok()) return wrong("is no time");
  if (*at <= now) return wrong("is over");
  return *at;
}

}  // namespace pitwall::access
