// Job: the tokens of a host: made, listed, revoked, recognized; and their text in a file.
// Secret: a token is shown once, where it is made; what is kept is its SHA-256. A slow, salted hash
//      would add nothing: a token is 64 random letters and digits (more than 256 bits), so there is
//      no dictionary to go through.
// Time: given. Threads: plain values.
// Errors: already_exists, not_found (names); data_loss (the text is none of ours);
//      resource_exhausted (max_tokens).
// Tests: tests/net/token_set_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/access/scopes.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall::access {

// One for each person and program that reaches a host; each is looked at for every request.
inline constexpr std::size_t max_tokens = 256, max_name_bytes = 64;

struct token_record {
  std::string name, hash;  ///< Of the token's text, in hex.
  scopes may;
  timestamp created{};
  std::optional<timestamp> expires;

  bool is_good(timestamp now) const noexcept { return !expires || now < *expires; }
};

class token_set {
 public:
  static result<token_set> decode(std::string_view text);
  std::string encode() const;

  /// Gives the token's text, which is nowhere else.
  result<std::string> make(const std::string& name, scopes may, timestamp now,
                           std::optional<timestamp> expires);
  status revoke(std::string_view name);

  /// Null: unknown, or no longer good. Takes as long whichever token it is, and if it is none.
  const token_record* recognize(std::string_view token, timestamp now) const;
  /// Who was recognized before, if still good. A hash is no secret: it opens nothing.
  const token_record* with_hash(std::string_view hash, timestamp now) const noexcept;
  const std::vector<token_record>& all() const noexcept { return all_; }

 private:
  std::vector<token_record> all_;
};

/// "90d", "12h", "30m" from now, or a time as in "2027-01-01T00:00:00Z"; later than now.
result<timestamp> parse_expiry(std::string_view text, timestamp now);

}  // namespace pitwall::access
