#include "runtime/blocks/replay_file.hpp"

#include <array>
#include <fstream>
#include <set>
#include <system_error>

namespace pitwall {
namespace {

constexpr std::string_view form = "time,symbol,bid,ask[,volume]";

struct place {
  const std::string& file;
  std::size_t line;

  error bad(const std::string& what, const std::string& remedy) const {
    return error{errc::invalid_argument, what, file + ":" + std::to_string(line), remedy};
  }
};

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r'))
    s.remove_suffix(1);
  return s;
}

/// The number of fields; 0 where there are more than five.
std::size_t split(std::string_view line, std::array<std::string_view, 5>& out) noexcept {
  std::size_t n = 0;
  for (;;) {
    if (n == out.size()) return 0;
    const auto comma = line.find(',');
    out[n++] = trimmed(line.substr(0, comma));
    if (comma == std::string_view::npos) return n;
    line.remove_prefix(comma + 1);
  }
}

result<decimal> price(std::string_view text, std::string_view name, const place& at) {
  const auto n = decimal::parse(text);
  if (!n.ok() || *n <= decimal(0)) {
    return at.bad(std::string(name) + " '" + std::string(text) + "' is no price above 0",
                  "write a decimal number such as 67000.5");
  }
  return *n;
}

result<quote> parse_quote(const std::array<std::string_view, 5>& fields, std::size_t n,
                          const place& at) {
  quote q;
  const auto time = parse_iso8601(fields[0]);
  if (!time.ok()) {
    return at.bad("'" + std::string(fields[0]) + "' is no time",
                  "write UTC as in 2026-03-01T12:00:00Z");
  }
  q.time = *time;
  PITWALL_TRY(bid, price(fields[2], "bid", at));
  PITWALL_TRY(ask, price(fields[3], "ask", at));
  if (bid > ask) {
    return at.bad("bid " + bid.to_string() + " is above ask " + ask.to_string(),
                  "the columns are " + std::string(form));
  }
  q.bid = bid;
  q.ask = ask;
  if (n == 5 && !fields[4].empty()) {
    const auto volume = decimal::parse(fields[4]);
    if (!volume.ok() || volume->is_negative()) {
      return at.bad("volume '" + std::string(fields[4]) + "' is no number from 0 on",
                    "write a decimal number, or leave it out");
    }
    q.volume = *volume;
  }
  return q;
}

/// Line by line; every line is checked, also those of other symbols.
class reader {
 public:
  reader(std::string_view symbol, const std::string& file) : file_(file), any_(symbol.empty()) {
    out_.symbol = symbol;
  }

  status take(std::string_view line) {
    const place at{file_, ++line_};
    if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (trimmed(line).empty()) return done{};
    std::array<std::string_view, 5> fields;
    const std::size_t n = split(line, fields);
    if (n < 4) {
      return at.bad("a line needs four or five fields", "the columns are " + std::string(form));
    }
    if (!header_seen_ && symbols_.empty() && fields[0] == "time" && fields[1] == "symbol") {
      header_seen_ = true;
      return done{};
    }
    if (fields[1].empty())
      return at.bad("the symbol is empty", "the columns are " + std::string(form));
    PITWALL_TRY(q, parse_quote(fields, n, at));
    symbols_.emplace(fields[1]);
    if (any_ && out_.rows.empty()) out_.symbol = fields[1];
    if (fields[1] != out_.symbol) return done{};
    if (!out_.rows.empty() && q.time < out_.rows.back().time) {
      return at.bad("the time is before that of the line of " + out_.symbol + " above it",
                    "sort the file by time");
    }
    out_.rows.push_back(q);
    return done{};
  }

  result<quotes> finish() && {
    const std::string names = listed();
    if (symbols_.empty()) {
      return error{errc::invalid_argument, "there are no quotes in the file", file_,
                   "the columns are " + std::string(form)};
    }
    if (any_ && symbols_.size() > 1) {
      return error{errc::invalid_argument, "the file has several symbols: " + names, file_,
                   "choose one with the property 'symbol'"};
    }
    if (out_.rows.empty()) {
      return error{errc::invalid_argument, "the file has no quotes of " + out_.symbol, file_,
                   "it has " + names};
    }
    return std::move(out_);
  }

 private:
  std::string listed() const {
    std::string names;
    std::size_t n = 0;
    for (const auto& s : symbols_) {
      if (++n > 5) return names + ", ...";
      names += (names.empty() ? "" : ", ") + s;
    }
    return names;
  }

  const std::string& file_;
  bool any_;
  quotes out_;
  std::set<std::string, std::less<>> symbols_;
  std::size_t line_ = 0;
  bool header_seen_ = false;
};

}  // namespace

result<quotes> parse_replay(std::string_view text, std::string_view symbol,
                            const std::string& file) {
  reader lines(symbol, file);
  while (!text.empty()) {
    const auto end = text.find('\n');
    PITWALL_CHECK(lines.take(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::move(lines).finish();
}

result<quotes> read_replay(const std::filesystem::path& file, std::string_view symbol) {
  const std::string name = file.string();
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) {
    const bool missing = failed == std::errc::no_such_file_or_directory;
    return error{missing ? errc::not_found : errc::io_error,
                 "the replay file cannot be read: " + failed.message(), name,
                 "check the property 'file'; relative names start at the workflow file"};
  }
  if (size > max_replay_bytes) {
    return error{errc::resource_exhausted,
                 "the replay file has " + std::to_string(size) + " bytes, more than the " +
                     std::to_string(max_replay_bytes) + " that are read into memory",
                 name, "split it"};
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (!in || static_cast<std::uintmax_t>(in.gcount()) != size) {
    return error{errc::io_error, "the replay file cannot be read", name, "check its permissions"};
  }
  return parse_replay(text, symbol, name);
}

}  // namespace pitwall
