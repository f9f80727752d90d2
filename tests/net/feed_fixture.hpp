// Job: a venue's books as a feed should show them, with their history, and a dialect of it whose
//      numbering, snapshots and checksums are as a test wants them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/venues/feed_state.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

struct model_style {
  const char* name = "";
  sequence_rule rule = sequence_rule::counted;
  bool by_rest = false, shared = false, relative = false, checks = false, resyncs = true,
       confirms = false, books = true, by_path = false;
  std::size_t window = 0;
};

/// FNV-1a of what the levels say.
inline std::uint32_t sum_of(const book_levels& bids, const book_levels& asks) {
  std::uint32_t h = 2'166'136'261U;
  const auto mix = [&](const std::string& text) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16'777'619U;
  };
  for (const auto& l : bids) mix("b" + l.price.to_string() + ":" + l.quantity.to_string());
  for (const auto& l : asks) mix("a" + l.price.to_string() + ":" + l.quantity.to_string());
  return h;
}

class model_dialect final : public market_dialect {
 public:
  explicit model_dialect(const model_style& s) : style_(s) {}

  result<std::string> wire_symbol(std::string_view house) const override {
    return std::string(house);
  }
  std::string rest_url() const override { return "http://127.0.0.1"; }
  public_limit limit() const override { return {}; }
  std::vector<market_question> ask(const std::string&, bool, bool, unsigned) const override {
    return {};
  }
  status read(const market_question&, std::string_view, market_reading&) const override {
    return done{};
  }
  error refusal(unsigned, std::string_view, std::string_view, timestamp) const override {
    return {errc::unavailable, "no", {}, {}};
  }
  stream_traits stream() const override {
    stream_traits t;
    t.url = "ws://127.0.0.1";
    t.snapshot_by_rest = style_.by_rest;
    t.window = style_.window;
    t.confirms = style_.confirms;
    t.books = style_.books;
    return t;
  }
  result<stream_opening> open(const std::vector<std::string>&, timestamp) const override {
    return stream_opening{};
  }
  std::vector<std::string> subscribe(const std::vector<std::string>& symbols) const override {
    if (style_.by_path) return {};
    std::string out = "sub";
    for (const auto& s : symbols) out += " " + s;
    return {out};
  }
  std::vector<std::string> resync(const std::string& symbol) const override {
    if (!style_.resyncs) return {};
    return {"resync " + symbol};
  }
  std::unique_ptr<stream_reader> reader() const override { return nullptr; }
  std::uint32_t checksum(const book_levels& bids, const book_levels& asks) const override {
    return sum_of(bids, asks);
  }

 private:
  const model_style style_;
};

inline book_level level(int price, int quantity) { return {decimal(price), decimal(quantity)}; }

inline feed_update update(std::string symbol, sequence_facts facts,
                          decltype(feed_update::says) says) {
  return {std::move(symbol), std::move(facts), std::move(says)};
}
inline sequence_facts counted(std::string channel, std::uint64_t first, std::uint64_t last) {
  return {sequence_rule::counted, std::move(channel), first, last, 0, false};
}
inline sequence_facts beginning(std::string channel, std::uint64_t last) {
  return {sequence_rule::counted, std::move(channel), last, last, 0, true};
}

inline feed_time at_ms(std::int64_t ms) {
  return {timestamp(milliseconds(1'000'000'000'000 + ms)),
          std::chrono::steady_clock::time_point(milliseconds(ms))};
}

}  // namespace pitwall::test
