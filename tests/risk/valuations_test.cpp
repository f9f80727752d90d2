// The books of a process that was killed are those of one that lives on: to the last digit, though
// what was realized in other assets waits for prices, and prices are in no journal.
#include "runtime/risk/valuations.hpp"

#include <random>

#include "runtime/base/symbol.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

const timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) +
                     std::chrono::hours(12)};

decimal d(std::string_view text) { return decimal::parse(text).value(); }

portfolio_fill fill(const char* symbol, bool buy, decimal quantity, decimal price,
                    const char* fee_asset = "", const char* fee = "0", const char* bot = "b") {
  return {bot, "x", symbol, buy, price, quantity, d(fee), noon, "s", fee_asset};
}

decimal peak(const risk_books& b) {
  const auto p = b.host().profit({}, noon);
  if (!p.ok()) FAIL(p.error().to_string());
  return p->peak_total;
}

/// What a killed process leaves: the events, what was valued, and perhaps a snapshot.
struct remains {
  std::vector<portfolio_fill> fills;  ///< The first one has seq 1.
  std::vector<valuation> valued;
  value snapshot;
  std::uint64_t up_to = 0;

  risk_books rebuilt() const {
    auto books = snapshot.is_null() ? risk_books() : risk_books::from_snapshot(snapshot).value();
    const auto stored = valuations_from(to_value(valued)).value();
    std::size_t next = 0;
    for (auto seq = up_to + 1; seq <= fills.size(); ++seq) {
      REQUIRE(value_before(books, stored, next, up_to, seq).ok());
      REQUIRE(books.fill(std::to_string(seq), fills[seq - 1], true).ok());
    }
    REQUIRE(value_before(books, stored, next, up_to, fills.size() + 1).ok());
    CHECK(next == stored.size());
    return books;
  }
};

/// Marks are forgotten with the process.
value without_marks(const risk_books& books) {
  value::object out;
  const auto all = books.snapshot();
  for (const auto& part : all.as_object()) {
    if (!part.second.is_object()) {
      out.push_back(part);
      continue;
    }
    value::object kept;
    for (const auto& member : part.second.as_object())
      if (member.first != "marks") kept.push_back(member);
    out.emplace_back(part.first, std::move(kept));
  }
  return out;
}

}  // namespace

TEST_CASE("the peak before a fee's price came is that of then, and not of today") {
  remains left;
  risk_books live;
  const auto book = [&](const portfolio_fill& f) {
    left.fills.push_back(f);
    REQUIRE(live.fill(std::to_string(left.fills.size()), f, true).ok());
  };
  const auto price = [&](const char* symbol, decimal p) {
    REQUIRE(live.value_at({"x", symbol}, p).ok());
    left.valued.push_back({left.fills.size(), {"x", symbol}, p});
  };
  book(fill("BTC/USDT", true, 1, 100));
  book(fill("BTC/USDT", false, 1, 200, "BNB", "1"));
  price("BNB/USDT", 10);
  CHECK(peak(live) == 90);
  book(fill("BTC/USDT", true, 1, 200));
  book(fill("BTC/USDT", false, 1, 150, "BNB", "1"));
  price("BNB/USDT", 20);
  const auto again = left.rebuilt();
  CHECK(peak(again) == 90);
  CHECK(again.host().profit({}, noon)->realized_total == 20);
  CHECK(without_marks(again) == without_marks(live));
}

TEST_CASE("a peak in another quote asset is at what that was worth after the fill") {
  risk_books b;
  b.mark("x", "BTC/USDT", 60'000);
  REQUIRE(b.fill("1", fill("ETH/BTC", true, 10, d("0.05")), true).ok());
  // Nothing was made or lost, and still the peak waits for that price, and nothing else does.
  CHECK(b.unvalued() == std::set<portfolio::place>{{"x", "BTC/USDT"}});
  CHECK(b.host().profit({}, noon).ok());
  REQUIRE(b.value_at({"x", "BTC/USDT"}, 60'000).ok());
  REQUIRE(b.fill("2", fill("ETH/BTC", true, 10, d("0.07")), true).ok());
  CHECK(peak(b) == 0);  // Not at the price of before.
  b.mark("x", "BTC/USDT", 10'000);
  REQUIRE(b.value_at({"x", "BTC/USDT"}, 10'000).ok());
  CHECK(peak(b) == 2'000);  // 20 x 0.01 BTC.
  REQUIRE(b.value_at({"x", "BTC/USDT"}, 90'000).ok());
  CHECK(peak(b) == 2'000);  // It waits for none any more.
  CHECK(b.unvalued().empty());
}

TEST_CASE("what bots hold against each other has a price for each of them") {
  risk_books b;
  REQUIRE(b.fill("1", fill("ETH/BTC", true, 1, 100, "", "0", "a"), true).ok());
  REQUIRE(b.fill("2", fill("ETH/BTC", false, 1, 100, "", "0", "b"), true).ok());
  REQUIRE(b.host().open_places({}).empty());
  CHECK(b.priced_places() == std::vector<portfolio::place>{{"x", "BTC/USDT"}, {"x", "ETH/BTC"}});
}

TEST_CASE("stored valuations that make no sense are no valuations") {
  CHECK(valuations_from(value()).error().code == errc::data_loss);
  CHECK(valuations_from(value::list{value(1)}).error().code == errc::data_loss);
  CHECK(valuations_from(
            value::list{value::object{
                {"after", decimal(-1)}, {"venue", "x"}, {"symbol", "A/B"}, {"price", decimal(1)}}})
            .error()
            .code == errc::data_loss);
  CHECK(valuations_from(to_value({}))->empty());
}

TEST_CASE("property: killed anywhere, books come back as they were, whatever prices did") {
  const char* symbols[] = {"BTC/USDT", "ETH/BTC", "ETH/EUR", "ETH/USDT"};
  const char* assets[] = {"BNB", "BTC", "EUR", "USDT", "ETH"};
  std::size_t compared = 0, peaks = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto upto = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
    risk_books live;
    remains left;
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      switch (random() % 5) {
        case 0:  // A price that books nothing.
          live.mark("x", symbols[random() % 4], decimal(1 + upto(100)));
          break;
        case 1:
          for (const auto& where : live.unvalued()) {
            if (random() % 2 == 0) continue;
            const auto price = decimal(1 + upto(50));
            live.mark(where.first, where.second, price);
            REQUIRE(live.value_at(where, price).ok());
            left.valued.push_back({left.fills.size(), where, price});
          }
          break;
        case 2:  // Rarely, as snapshots are; what was valued before it may still be there.
          if (random() % 5 != 0) break;
          left.snapshot = live.snapshot();
          left.up_to = left.fills.size();
          if (random() % 2 == 0) left.valued.clear();
          break;
        default: {
          auto f = fill(symbols[random() % 4], random() % 2 == 0, decimal(1 + upto(9)),
                        decimal(1 + upto(100)), assets[random() % 5], "0",
                        random() % 2 == 0 ? "a" : "b");
          f.fee = div(decimal(upto(4)), 8).value();
          left.fills.push_back(f);
          REQUIRE(live.fill(std::to_string(left.fills.size()), f, true).ok());
        }
      }
      if (random() % 10 != 0) continue;
      const auto again = left.rebuilt();
      REQUIRE(without_marks(again) == without_marks(live));
      ++compared;
      const auto p = live.host().profit({}, noon);
      peaks += p.ok() && p->peak_total > 0 ? 1 : 0;
    }
  }
  CHECK(compared > 500);
  CHECK(peaks > 100);
}
