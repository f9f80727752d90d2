#include "net/venues/market_text.hpp"

#include <algorithm>
#include <limits>

#include "runtime/base/retry_after.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::market_text {

namespace {

const value nothing;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text.substr(0, 64)) + "'"; }

error no_symbol(std::string_view symbol, std::string_view example) {
  return {errc::invalid_argument,
          in_quotes(symbol) + " is no symbol of this venue",
          {},
          "write it like " + std::string(example)};
}

error no_quote(std::string what) { return {errc::unavailable, std::move(what), {}, "ask again"}; }

bool has_twins(const book_levels& sorted) {
  return std::adjacent_find(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
           return a.price == b.price;
         }) != sorted.end();
}

/// Behind the point, in a number without an exponent.
std::uint8_t digits_of(std::string_view number) {
  const auto point = number.find('.');
  if (point == std::string_view::npos) return 0;
  return static_cast<std::uint8_t>(std::min<std::size_t>(number.size() - point - 1, 255));
}

bool is_of_number(char c) noexcept {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Whether `symbol` is a part of this path, or what a parameter of it is.
bool names(std::string_view target, std::string_view symbol) {
  for (auto at = target.find(symbol); at != std::string_view::npos;
       at = target.find(symbol, at + 1)) {
    const auto end = at + symbol.size();
    const bool begins = at > 0 && (target[at - 1] == '/' || target[at - 1] == '=');
    const bool ends =
        end == target.size() || std::string_view("/?&").find(target[end]) != std::string_view::npos;
    if (begins && ends) return true;
  }
  return false;
}

// Rounded up: whoever waits so long does not come too early.
std::uint32_t read_wait(std::string_view retry_after, timestamp now) {
  const auto wait = parse_retry_after(retry_after, now);
  if (!wait) return 0;
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(std::chrono::ceil<milliseconds>(*wait).count(), most));
}

}  // namespace

error unreadable(std::string what, std::string_view body) {
  return {errc::unavailable,
          "the venue's answer cannot be read: " + std::move(what),
          std::string(body.substr(0, 120)),
          {}};
}

// ---- one answer

answer::answer(std::string_view body) : body_(body) {
  auto parsed = parse_json(body);
  if (parsed.ok()) {
    whole_ = std::move(*parsed);
  } else {
    fault(parsed.error().message);
  }
}

void answer::fault(std::string what) {
  if (fault_.empty()) fault_ = std::move(what);
}

error answer::why() const { return unreadable(fault_, body_); }

const value& answer::member(const value& of, std::string_view name) {
  const value* found = of.find(name);
  if (found != nullptr) return *found;
  fault("it has no " + in_quotes(name));
  return nothing;
}

const value& answer::only_member(const value& of) {
  if (of.is_object() && of.as_object().size() == 1) return of.as_object().front().second;
  fault("it is not about one market");
  return nothing;
}

const value& answer::first(const value& list) {
  if (list.is_list() && !list.as_list().empty()) return list.as_list().front();
  fault("a list of it is empty");
  return nothing;
}

decimal answer::read(const value& v, std::string_view what, std::uint8_t* digits) {
  if (v.is_number()) return v.as_number();
  if (v.is_text()) {
    // Some write ".48".
    const bool bare = v.as_text().starts_with('.');
    const auto parsed = decimal::parse(bare ? "0" + v.as_text() : v.as_text());
    if (digits != nullptr) *digits = digits_of(v.as_text());
    if (parsed.ok()) return *parsed;
  }
  fault(in_quotes(what) + " is no number");
  return {};
}

decimal answer::number(const value& of, std::string_view name) {
  return read(member(of, name), name);
}

decimal answer::amount(const value& of, std::string_view name) {
  const decimal n = number(of, name);
  if (n <= decimal{}) fault(in_quotes(name) + " is not above 0");
  return n;
}

std::uint64_t answer::count(const value& of, std::string_view name) {
  const auto n = number(of, name).to_int();
  if (!n.ok() || *n < 0) {
    fault(in_quotes(name) + " counts nothing");
    return 0;
  }
  return static_cast<std::uint64_t>(*n);
}

std::string answer::text(const value& of, std::string_view name) {
  const value& v = member(of, name);
  if (v.is_text()) return v.as_text();
  fault(in_quotes(name) + " is no text");
  return {};
}

void answer::is_about(const value& of, std::string_view name, const market_question& asked,
                      std::string_view also) {
  const auto named = text(of, name);
  if (!named.empty() && (names(asked.target, named) || named == also)) return;
  fault("it is about another market: " + in_quotes(named));
}

book_levels answer::levels(const value& list, std::string_view price, std::string_view quantity) {
  book_levels out;
  if (!list.is_list()) {
    fault("a side of its book is no list");
    return out;
  }
  if (list.as_list().size() > max_levels) {
    fault("a side of its book has more than " + std::to_string(max_levels) + " levels");
    return out;
  }
  out.reserve(list.as_list().size());
  for (const value& v : list.as_list()) {
    if (!good()) break;
    book_level level;
    const bool pair = v.is_list() && v.as_list().size() >= 2;
    if (price.empty() && !pair) fault("a level of its book is no pair");
    const value& p = !price.empty() ? member(v, price) : pair ? v.as_list()[0] : nothing;
    const value& q = !price.empty() ? member(v, quantity) : pair ? v.as_list()[1] : nothing;
    level.price = read(p, "price", &level.price_digits);
    level.quantity = read(q, "quantity", &level.quantity_digits);
    if (level.price <= decimal{}) fault("a price of its book is not above 0");
    if (level.quantity < decimal{}) fault("a quantity of its book is below 0");
    out.push_back(level);
  }
  return out;
}

std::string with_quoted_numbers(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 4);
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text || c == '"') {
      out += c;
      if (c == '"') in_text = !in_text;
      if (c == '\\' && in_text && i + 1 < json.size()) out += json[++i];
    } else if ((c >= '0' && c <= '9') || c == '-') {
      out += '"';
      for (; i < json.size() && is_of_number(json[i]); ++i) out += json[i];
      --i;
      out += '"';
    } else {
      out += c;
    }
  }
  return out;
}

// ---- quotes and books

namespace {

void offer_price(decimal mid, bool of_book, market_reading& into) {
  const auto& told = into.told_at;
  const bool times = into.priced_at && told && *into.priced_at != *told;
  const bool newer = times ? *told > *into.priced_at : of_book || !into.priced_by_book;
  if (into.price && !newer) return;
  into.price = mid;
  into.priced_at = told;
  into.priced_by_book = of_book;
}

}  // namespace

status fill_price(decimal bid, decimal ask, market_reading& into) {
  if (bid <= decimal{} || ask <= decimal{})
    return no_quote("the venue quotes no price on both sides");
  if (bid > ask)
    return no_quote("the venue's book is crossed: its bid of " + bid.to_string() +
                    " is above its ask of " + ask.to_string());
  PITWALL_TRY(sum, add(bid, ask));
  PITWALL_TRY(mid, div(sum, 2));
  offer_price(mid, false, into);
  return done{};
}

status fill_book(const market_question& asked, book_snapshot book, market_reading& into) {
  for (auto* side : {&book.bids, &book.asks})
    std::erase_if(*side, [](const book_level& l) { return l.quantity.is_zero(); });
  std::sort(book.bids.begin(), book.bids.end(),
            [](const auto& a, const auto& b) { return a.price > b.price; });
  std::sort(book.asks.begin(), book.asks.end(),
            [](const auto& a, const auto& b) { return a.price < b.price; });
  const bool bids = !book.bids.empty(), asks = !book.asks.empty();
  if (!bids && !asks) return no_quote("the venue's order book is empty");
  if (has_twins(book.bids) || has_twins(book.asks))
    return no_quote("the venue's order book has two levels of one price");
  market_reading priced;
  if (asked.price || (bids && asks))
    PITWALL_CHECK(fill_price(bids ? book.bids.front().price : decimal{},
                             asks ? book.asks.front().price : decimal{}, priced));
  if (asked.price) offer_price(*priced.price, true, into);
  if (asked.book) into.book = std::move(book);
  return done{};
}

status check_probabilities(const book_snapshot& book) {
  for (const auto* side : {&book.bids, &book.asks})
    for (const auto& level : *side)
      if (level.price >= decimal(1))
        return no_quote("a price of " + level.price.to_string() + " is no probability");
  return done{};
}

std::string json_list(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const auto& n : names) {
    if (out.size() > 1) out += ',';
    append_json_string(n, out);
  }
  return out + "]";
}

// ---- refusals

error refused(unsigned status, said what, std::string_view retry_after, timestamp now) {
  error out{errc::invalid_argument, "the venue answered " + std::to_string(status), {}, {}};
  if (!what.code.empty()) out.message += " (" + what.code.substr(0, 100) + ")";
  if (!what.text.empty()) out.message += ": " + what.text.substr(0, 200);
  out.status = status;
  out.retry_after_ms = std::max(read_wait(retry_after, now), what.retry_after_ms);
  if (what.too_often || status == 429 || status == 418) {
    out.code = errc::resource_exhausted;
    out.remedy = "ask less often";
  } else if (what.unavailable || status >= 500 || status == 408) {
    out.code = errc::unavailable;
    out.remedy = "look at the venue's state, and ask again";
  } else {
    out.remedy = "give a symbol that the venue lists; look at the venue's URL";
  }
  return out;
}

std::string text_in(const value& of, std::string_view name) {
  const value* v = of.find(name);
  return v != nullptr && v->is_text() ? v->as_text() : std::string();
}

std::optional<timestamp> time_in(const value& of, std::string_view name) {
  const value* v = of.find(name);
  if (v == nullptr) return {};
  if (v->is_text())
    if (const auto at = parse_iso8601(v->as_text()); at.ok()) return *at;
  const auto number = v->is_number() ? result<decimal>(v->as_number())
                                     : decimal::parse(v->is_text() ? v->as_text() : "");
  if (!number.ok()) return {};
  const auto ms = number->to_int();
  constexpr std::int64_t year_9999 = 253'402'300'799'000;
  if (!ms.ok() || *ms <= 0 || *ms > year_9999) return {};
  return timestamp(milliseconds(*ms));
}

status check_active(const value& of, std::string_view name, std::string_view active) {
  const value* v = of.find(name);
  if (v == nullptr || (v->is_text() && v->as_text() == active)) return done{};
  return no_quote("the venue's market is not " + std::string(active) + " but " +
                  in_quotes(v->is_text() ? v->as_text() : ""));
}

// ---- symbols

result<pair> read_pair(std::string_view symbol, std::string_view example) {
  const auto cut = symbol.find_first_of("/-_");
  if (cut == std::string_view::npos) return no_symbol(symbol, example);
  pair out;
  const auto take = [](std::string_view part, std::string& into) {
    for (const char c : part) into += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return !part.empty() && part.size() <= 20 &&
           std::all_of(part.begin(), part.end(), is_letter_or_digit);
  };
  if (!take(symbol.substr(0, cut), out.base) || !take(symbol.substr(cut + 1), out.quote))
    return no_symbol(symbol, example);
  return out;
}

result<std::string> read_ticker(std::string_view symbol, std::string_view also, std::size_t longest,
                                std::string_view example) {
  const bool good = !symbol.empty() && symbol.size() <= longest &&
                    std::all_of(symbol.begin(), symbol.end(), [&](char c) {
                      return is_letter_or_digit(c) || also.find(c) != std::string_view::npos;
                    });
  if (!good) return no_symbol(symbol, example);
  return std::string(symbol);
}

}  // namespace pitwall::market_text
