#include "net/exchange/stream_name.hpp"

#include <algorithm>

namespace pitwall::sim {

namespace {

constexpr bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
constexpr bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr std::size_t listen_key_length = 64, longest_symbol = 64;

bool read_depth(std::string_view what, stream_name& out) {
  if (what.ends_with("@100ms")) {
    out.fast = true;
    what.remove_suffix(6);
  } else if (what.ends_with("@1000ms")) {
    what.remove_suffix(7);
  }
  out.kind = what == "depth" ? stream_kind::depth : stream_kind::partial_depth;
  if (what == "depth5") out.levels = 5;
  if (what == "depth10") out.levels = 10;
  if (what == "depth20") out.levels = 20;
  return out.kind == stream_kind::depth || out.levels > 0;
}

bool read_what(std::string_view what, stream_name& out) {
  if (what == "bookTicker") {
    out.kind = stream_kind::book_ticker;
    return true;
  }
  if (what == "trade") {
    out.kind = stream_kind::trade;
    return true;
  }
  if (what.starts_with("depth")) return read_depth(what, out);
  if (!what.starts_with("kline_")) return false;
  out.kind = stream_kind::kline;
  out.interval_text = what.substr(6);
  const auto interval = parse_interval(out.interval_text);
  if (interval) out.interval = *interval;
  return interval.has_value();
}

}  // namespace

std::optional<stream_name> parse_stream(std::string_view text) {
  stream_name out;
  out.text = text;
  const auto at = text.find('@');
  if (at == std::string_view::npos) {
    const bool key = text.size() == listen_key_length && std::ranges::all_of(text, is_word);
    return key ? std::optional(std::move(out)) : std::nullopt;
  }
  const auto symbol = text.substr(0, at);
  if (symbol.empty() || symbol.size() > longest_symbol || !std::ranges::all_of(symbol, is_lower)) {
    return {};
  }
  std::ranges::transform(symbol, std::back_inserter(out.symbol), upper);
  if (!read_what(text.substr(at + 1), out)) return {};
  return out;
}

}  // namespace pitwall::sim
