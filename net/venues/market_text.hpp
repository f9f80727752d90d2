// Job: what the public data of all venues has in common: quotes and books out of JSON, exactly, and
//      never a price out of an answer that is none; and what a refusal means to the caller.
// Money: decimal, from text to text. Threads: pure functions.
// Errors: unavailable, with the answer's beginning: no JSON, a member that is missing or of another
//      kind, a number that is none or not above 0, an empty or crossed book. Ask again.
// Tests: tests/net/market_dialects_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/venues/market_dialect.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::market_text {

// More levels a side than any of the venues sends for a whole book.
inline constexpr std::size_t max_levels = 100'000;

error unreadable(std::string what, std::string_view body);

/// One answer that is read member by member: the first thing that is wrong with it is kept, and
/// what is read after that is null.
class answer {
 public:
  /// `body` must outlive it: why() quotes from there.
  explicit answer(std::string_view body);
  explicit answer(std::string&&) = delete;

  const value& whole() const noexcept { return whole_; }
  /// Of an object; null where it is not there.
  const value& member(const value& of, std::string_view name);
  /// The member of an object that has only one, whatever its name.
  const value& only_member(const value& of);
  const value& first(const value& list);
  /// A number, or a text that is one.
  decimal number(const value& of, std::string_view name);
  /// The same, above 0.
  decimal amount(const value& of, std::string_view name);
  std::uint64_t count(const value& of, std::string_view name);
  std::string text(const value& of, std::string_view name);
  /// A fault unless this member is the symbol that the request named, a whole part of its path or
  /// of its query; or, where the venue has another name for that one, `also`.
  void is_about(const value& of, std::string_view name, const market_question& asked,
                std::string_view also = {});
  /// A side of a book. Levels are [price, quantity, ...], or objects with members of these names.
  /// Prices are above 0, quantities not below.
  book_levels levels(const value& list, std::string_view price = {},
                     std::string_view quantity = {});
  void fault(std::string what);

  bool good() const noexcept { return fault_.empty(); }
  /// Precondition: not good().
  error why() const;

 private:
  decimal read(const value& v, std::string_view what, std::uint8_t* digits = nullptr);

  std::string_view body_;
  value whole_;
  std::string fault_;
};

/// The same JSON with each number in quotes: read() then knows all its digits, also the last zeros.
std::string with_quoted_numbers(std::string_view json);

/// Into `into`: the mid of the two. unavailable: one is not above 0, or they are crossed. Of
/// several answers with a price the one that tells of the latest time has it (told_at, which is set
/// before); where they do not tell, the book's: so it fits the book that is shown, whichever came
/// last.
status fill_price(decimal bid, decimal ask, market_reading& into);
/// Into `into`: the book where it was asked for, sorted, without levels of 0; and its mid where a
/// price was. unavailable: no level at all, two of one price, crossed; for a price, one side alone.
status fill_book(const market_question& asked, book_snapshot book, market_reading& into);
/// unavailable: some price is not below 1.
status check_probabilities(const book_snapshot& book);

/// ["A","B"], of names that need no escapes.
std::string json_list(const std::vector<std::string>& names);

/// What a venue's refusal says.
struct said {
  std::string code, text;
  bool too_often = false, unavailable = false;
  std::uint32_t retry_after_ms = 0;  ///< Where there is no Retry-After.
};
/// As market_dialect::refusal(): 429 and 418 are too_often, 5xx and 408 unavailable; else the
/// request is wrong.
error refused(unsigned status, said what, std::string_view retry_after, timestamp now);
/// A member that is a text, or else nothing: of refusals, whose shape nobody can rely on.
std::string text_in(const value& of, std::string_view name);
/// A member that is a time, in ms since 1970 or in ISO 8601; or else nothing.
std::optional<timestamp> time_in(const value& of, std::string_view name);
/// done where the member is not there, or is `active`; else unavailable, with what it is.
status check_active(const value& of, std::string_view name, std::string_view active);

/// "BTC/USD", "btc-usd" and "BTC_USD" are {"BTC", "USD"}. invalid_argument: anything else.
struct pair {
  std::string base, quote;
};
result<pair> read_pair(std::string_view symbol, std::string_view example);
/// Letters, digits and these, and not longer. invalid_argument: anything else.
result<std::string> read_ticker(std::string_view symbol, std::string_view also, std::size_t longest,
                                std::string_view example);

}  // namespace pitwall::market_text
