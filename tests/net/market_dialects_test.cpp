// What every venue of market_types() says by REST: its prices and books, its refusals, and what is
// no answer at all.
#include "net/venues/market_dialects.hpp"

#include <set>

#include "net/venues/market_text.hpp"
#include "tests/net/market_samples.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }

std::string shown(const book_levels& side) {
  std::string out;
  for (const auto& l : side) out += l.price.to_string() + "x" + l.quantity.to_string() + " ";
  return out;
}

struct reading {
  std::shared_ptr<const market_dialect> dialect;
  market_sample of;

  explicit reading(market_sample sample)
      : dialect(make_market_dialect(sample.type)), of(std::move(sample)) {}
  market_question question(bool price, bool book) const {
    return dialect->ask(of.wire, price, book, 10).back();
  }
  result<market_reading> take(bool price, bool book, const std::string& body) const {
    market_reading out;
    const auto read = dialect->read(question(price, book), body, out);
    if (!read.ok()) return read.error();
    return out;
  }
};

}  // namespace

TEST_CASE("there is a dialect of each type, and each has a sample here", "[markets]") {
  std::set<std::string_view> sampled;
  for (const auto& s : market_samples()) sampled.insert(s.type);
  for (const auto type : market_types()) {
    INFO(type);
    CHECK(sampled.count(type) == 1);
    const auto dialect = make_market_dialect(type);
    REQUIRE(dialect);
    CHECK(dialect->rest_url().starts_with("https://"));
    CHECK(dialect->limit().units > 0);
  }
  CHECK(make_market_dialect("binance") == nullptr);
}

TEST_CASE("a price and a book are read exactly, with the fewest requests", "[markets]") {
  for (const auto& sample : market_samples()) {
    INFO(sample.type);
    const reading r(sample);
    REQUIRE(r.dialect->wire_symbol(sample.symbol).ok());
    CHECK(*r.dialect->wire_symbol(sample.symbol) == sample.wire);
    CHECK(r.dialect->ask(sample.wire, true, false, 10).size() == 1);
    CHECK(r.dialect->ask(sample.wire, true, true, 10).size() == sample.both);
    CHECK(r.dialect->ask(sample.wire, false, false, 10).empty());
    CHECK(r.question(true, false).target == sample.price_target);
    CHECK(r.question(true, true).target == sample.book_target);
    CHECK(r.question(false, true).target == sample.book_target);

    const auto price = r.take(true, false, sample.price);
    if (!price.ok()) FAIL(price.error().to_string());
    CHECK(price->price == d(sample.mid().c_str()));
    CHECK(!price->book);
    const auto both = r.take(true, true, sample.book);
    if (!both.ok()) FAIL(both.error().to_string());
    CHECK(both->price == d(sample.mid().c_str()));
    REQUIRE(both->book);
    CHECK(shown(both->book->bids) == (sample.probability ? "0.48x30 0.47x20 " : "100.5x2 100x3 "));
    CHECK(shown(both->book->asks) == (sample.probability ? "0.52x25 0.53x60 " : "101.5x1 102x4 "));
    const auto alone = r.take(false, true, sample.book);
    REQUIRE(alone.ok());
    CHECK(!alone->price);
  }
}

TEST_CASE("the time that a venue says of its answer is read where it says one", "[markets]") {
  struct row {
    const char* type;
    bool price, book;
  };
  const row rows[] = {{"coinbase", false, true},  {"kraken", false, false}, {"bybit", true, true},
                      {"luno", true, true},       {"kalshi", false, false}, {"dydx", false, false},
                      {"polymarket", false, true}};
  const auto told = parse_iso8601("2026-05-01T00:00:00Z").value();
  CHECK(std::size(rows) == market_types().size());
  for (const auto& sample : market_samples()) {
    const reading r(sample);
    for (const auto& row : rows) {
      if (row.type != std::string(sample.type)) continue;
      INFO(row.type);
      const auto price = r.take(true, false, sample.price), book = r.take(true, true, sample.book);
      REQUIRE((price.ok() && book.ok()));
      CHECK(price->told_at == (row.price ? std::optional(told) : std::nullopt));
      CHECK(book->told_at == (row.book ? std::optional(told) : std::nullopt));
      // What is no time says nothing.
      for (const char* nonsense : {"\"soon\"", "-1", "0", "99999999999999999", "null", "[]"}) {
        auto body = sample.book;
        for (const char* time : {"1777593600000", "\"2026-05-01T00:00:00Z\""})
          if (body.find(time) != std::string::npos) body = with(body, time, nonsense);
        if (sample.type == std::string("polymarket"))
          body = with(sample.book, "\"1777593600000\"", nonsense);
        const auto untold = r.take(true, true, body);
        REQUIRE(untold.ok());
        CHECK(!untold->told_at);
      }
    }
  }
}

TEST_CASE("of two answers with a price the newest has it, whichever comes last", "[markets]") {
  const auto at = parse_iso8601("2026-05-01T00:00:00Z").value();
  const auto later = at + std::chrono::seconds(1);
  for (const auto& sample : market_samples()) {
    if (sample.type != std::string("luno") && sample.type != std::string("kalshi")) continue;
    INFO(sample.type);
    const reading r(sample);
    const auto asked = r.dialect->ask(sample.wire, true, true, 10);
    REQUIRE(asked.size() == 2);
    // Another price than the ticker's: 100.75, or 0.485.
    const auto moved = sample.probability
                           ? with(sample.book, "\"0.4800\",\"25.00\"", "\"0.5100\",\"25.00\"")
                           : with(sample.book, "101.50", "101.00");
    const auto take = [&](timestamp ticker, timestamp book, bool book_last) {
      market_reading into;
      const auto read = [&](bool of_book) {
        into.told_at.reset();
        const auto text = of_book ? as_of(moved, book) : as_of(sample.price, ticker);
        const auto done = r.dialect->read(asked[of_book ? 1 : 0], text, into);
        if (!done.ok()) FAIL(done.error().to_string());
      };
      read(!book_last);
      read(book_last);
      return into.price->to_string();
    };
    const std::string of_book = sample.probability ? "0.485" : "100.75";
    for (const bool book_last : {false, true}) {
      CHECK(take(at, at, book_last) == of_book);
      CHECK(take(at, later, book_last) == of_book);
      // Kalshi's tell no time: the price is that of the book which is shown with it.
      CHECK(take(later, at, book_last) == (sample.probability ? of_book : sample.mid()));
    }
  }
}

TEST_CASE("a market that is not active has no price", "[markets]") {
  struct row {
    const char *type, *active, *other;
  };
  const row rows[] = {{"luno", "ACTIVE", "POSTONLY"},    {"luno", "ACTIVE", "DISABLED"},
                      {"kalshi", "active", "inactive"},  {"kalshi", "active", "closed"},
                      {"kalshi", "active", "finalized"}, {"kalshi", "\"active\"", "7"}};
  for (const auto& sample : market_samples()) {
    for (const auto& row : rows) {
      if (row.type != std::string(sample.type)) continue;
      INFO(row.type << " " << row.other);
      const auto got = reading(sample).take(true, false, with(sample.price, row.active, row.other));
      REQUIRE(!got.ok());
      CHECK(got.error().code == errc::unavailable);
      CHECK(got.error().message.find("is not ") != std::string::npos);
    }
  }
}

TEST_CASE("what is no answer is an error, and never a price", "[markets]") {
  for (const auto& sample : market_samples()) {
    const reading r(sample);
    const auto refuse = [&](bool book, const std::string& body) {
      INFO(sample.type << (book ? " book: " : " price: ") << body.substr(0, 300));
      const auto got = r.take(true, book, body);
      REQUIRE(!got.ok());
      CHECK((got.error().code == errc::unavailable || got.error().code == errc::invalid_argument));
    };
    for (const bool book : {false, true}) {
      for (const char* body : {"", "null", "[]", "{}", "7", "\"ok\"", "<html>502</html>",
                               R"({"error":[],"result":{}})", R"({"retCode":0,"result":{}})",
                               R"({"bids":[],"asks":[]})", R"({"bids":{},"asks":{}})",
                               R"({"bids":[1],"asks":[2]})", R"({"bids":[[]],"asks":[[]]})"})
        refuse(book, body);
      const auto& good = book ? sample.book : sample.price;
      refuse(book, good.substr(0, good.size() / 2));
      refuse(book, good + "x");
      // A price that it has; one sample writes it without the zero before the point.
      std::string place = !sample.probability ? "100.5" : "0.48";
      if (good.find(place) == std::string::npos) place = book ? ".48" : "0.50";
      REQUIRE(good.find(place) != std::string::npos);
      for (const char* nonsense : {"NaN", "-1", "0x1F", "1e400", "Infinity", " 1", "1.2.3", "x"})
        refuse(book, with(good, place, nonsense));
      refuse(book, with(good, place, std::string(4'000, '9')));
    }
  }
}

TEST_CASE("a member that is missing or of another kind is an error", "[markets]") {
  struct row {
    const char *type, *from, *to;
    bool book;
  };
  const row rows[] = {
      {"coinbase", R"("best_bid":"100.50",)", "", false},
      {"coinbase", R"("best_ask":"101.50")", R"("best_ask":true)", false},
      {"coinbase", R"("best_ask":"101.50")", R"("best_ask":"100.49")", false},
      {"coinbase", R"("bids")", R"("bidz")", true},
      {"coinbase", R"("product_id":"BTC-USD")", R"("product_id":"ETH-USD")", true},
      {"coinbase", R"("size":"2")", R"("size":null)", true},
      {"kraken", R"("b":["100.50000","2","2.000"],)", "", false},
      {"kraken", R"("a":["101.50000","1","1.000"])", R"("a":"101.5")", false},
      {"kraken", R"("101.50000","1.000")", R"("100.40000","1.000")", true},
      {"kraken", R"({"XXBTZUSD":)", R"({"XETHZUSD":{},"XXBTZUSD":)", true},
      {"bybit", R"("ask1Price":"101.5",)", "", false},
      {"bybit", R"("symbol":"BTCUSDT")", R"("symbol":"ETHUSDT")", false},
      {"bybit", R"("list":[)", R"("list":[],"x":[)", false},
      {"bybit", R"("retCode":0)", R"("retCode":"no")", true},
      {"bybit", R"(["100.5","2"])", R"(["100.5"])", true},
      {"luno", R"("ask":"101.50",)", "", false},
      {"luno", R"("bid":"100.50")", R"("bid":"-100.50")", false},
      {"luno", R"("volume":"2.00")", R"("volume":"-2.00")", true},
      {"kalshi", R"("yes_ask_dollars":"0.5200")", R"("yes_ask_dollars":"1.0000")", false},
      {"kalshi", R"("yes_bid_dollars":"0.4800")", R"("yes_bid_dollars":"0.0000")", false},
      {"kalshi", R"(["0.4800","25.00"])", R"(["0.5300","25.00"])", true},
      {"kalshi", R"(["0.4800","25.00"])", R"(["1.4800","25.00"])", true},
      {"polymarket", R"("mid":"0.50")", R"("mid":"1.00")", false},
      {"polymarket", R"("mid":"0.50")", R"("mid":["0.50"])", false},
      {"polymarket", R"("price":"0.52")", R"("price":"1.52")", true},
      {"polymarket", R"("asset_id":"7)", R"("asset_id":"8)", true},
      {"dydx", R"("price":"101.5")", R"("price":"100.1")", true},  // Crossed.
      {"dydx", R"("price":"102")", R"("price":"101.5")", true},    // Twice the same.
  };
  for (const auto& sample : market_samples()) {
    const reading r(sample);
    for (const auto& row : rows) {
      if (row.type != std::string(sample.type)) continue;
      const auto& good = row.book ? sample.book : sample.price;
      INFO(row.type << ": " << row.from << " -> " << row.to);
      REQUIRE(good.find(row.from) != std::string::npos);
      const auto got = r.take(true, row.book, with(good, row.from, row.to));
      REQUIRE(!got.ok());
      CHECK(got.error().code == errc::unavailable);
    }
  }
}

TEST_CASE("an answer about a market whose name is a part of the one asked for is another's",
          "[markets]") {
  struct row {
    const char *type, *asked, *answered;
    bool book, good;
  };
  const row rows[] = {
      {"kalshi", "KXHIGHNY-24JAN01-T60", "KXHIGHNY-24JAN01-T6", false, false},
      {"coinbase", "BTC-USD", "BTC-US", true, false},
      {"coinbase", "BTC-USD", "TC-USD", true, false},
      {"coinbase", "BTC-USD", "BTC-USDC", true, false},
      {"coinbase", "BTC-USDC", "BTC-USDC", true, true},
      {"coinbase", "BTC-USDC", "BTC-USD", true, true},  // They share a book.
      {"coinbase", "BTC-USDC", "BTC-US", true, false},
      {"coinbase", "EURC-USDC", "EURC-USD", true, false},
      {"bybit", "ETHUSDT", "ETHUSD", true, false},
      {"bybit", "ETHUSDT", "THUSDT", false, false},
      {"polymarket", "777", "77", true, false},
  };
  for (const auto& sample : market_samples()) {
    const auto dialect = make_market_dialect(sample.type);
    for (const auto& row : rows) {
      if (row.type != std::string(sample.type)) continue;
      INFO(row.type << ": " << row.asked << " -> " << row.answered);
      const auto asked = dialect->ask(row.asked, true, row.book, 10).back();
      market_reading into;
      const auto got = dialect->read(
          asked, with(row.book ? sample.book : sample.price, sample.wire, row.answered), into);
      CHECK(got.ok() == row.good);
    }
  }
}

TEST_CASE("a refusal says what the venue says, and what to do", "[markets]") {
  for (const auto& sample : market_samples()) {
    INFO(sample.type);
    const reading r(sample);
    const bool in_success = sample.refused_status == 200;
    const auto read = r.take(true, true, sample.refused);
    const error unknown = in_success
                              ? read.error()
                              : r.dialect->refusal(sample.refused_status, sample.refused, "", {});
    CHECK(unknown.code == errc::invalid_argument);
    CHECK(unknown.status == sample.refused_status);
    CHECK(unknown.message.find(sample.refused_words) != std::string::npos);

    const auto often = r.dialect->refusal(429, sample.too_often, "7", {});
    CHECK(often.code == errc::resource_exhausted);
    CHECK(often.retry_after_ms == 7'000);
    if (in_success) {
      const auto quiet = r.take(true, true, sample.too_often);
      REQUIRE(!quiet.ok());
      CHECK(quiet.error().code == errc::resource_exhausted);
    }
    for (const unsigned down : {500U, 502U, 503U, 408U})
      CHECK(r.dialect->refusal(down, "<html>", "", {}).code == errc::unavailable);
    CHECK(r.dialect->refusal(302, "", "", {}).code == errc::invalid_argument);
  }
  // Bybit shuts an address out for ten minutes.
  const auto out = make_market_dialect("bybit")->refusal(403, "access too frequent.", "", {});
  CHECK(out.code == errc::resource_exhausted);
  CHECK(out.retry_after_ms == 600'000);
  market_reading none;
  CHECK(make_market_dialect("kraken")
            ->read({"/x", true, true}, R"({"error":["EService:Unavailable"]})", none)
            .error()
            .code == errc::unavailable);
}

TEST_CASE("symbols are the house's, or the venue's own", "[markets]") {
  const auto wire = [](const char* type, std::string_view symbol) {
    const auto got = make_market_dialect(type)->wire_symbol(symbol);
    return got.ok() ? *got : "!" + got.error().message;
  };
  CHECK(wire("kraken", "btc-usd") == "BTC/USD");
  CHECK(wire("kraken", "XBT/EUR") == "BTC/EUR");
  CHECK(make_market_dialect("kraken")->ask("DOGE/USD", true, false, 1)[0].target ==
        "/0/public/Ticker?pair=XDGUSD");
  CHECK(wire("bybit", "sol_usdt") == "SOLUSDT");
  CHECK(wire("dydx", "BTC-USD") == "BTC-USD");
  CHECK(wire("luno", "ETH/BTC") == "ETHXBT");
  CHECK(wire("kalshi", "KXBTC-26.5-B1") == "KXBTC-26.5-B1");
  for (const char* type : {"coinbase", "kraken", "bybit", "luno", "dydx"})
    for (const char* bad : {"", "BTC", "/USD", "BTC/", "BTC/USD/EUR", "B C/USD", "BTC/US\r\nD",
                            "BTC/US?x=1", "AAAAAAAAAAAAAAAAAAAAA/USD"}) {
      INFO(type << " " << bad);
      CHECK(wire(type, bad).starts_with("!"));
    }
  for (const char* bad : {"", "BTC-YES/USD", "a b", "a\r\nb", "../x", "a?b"})
    CHECK(wire("kalshi", bad).starts_with("!'"));
  for (const char* bad : {"", "BTC-YES/USDC", "0xbd31", "12 3", "-1"})
    CHECK(wire("polymarket", bad).starts_with("!'"));
}

TEST_CASE("a book with one side is a book, but no price", "[markets]") {
  const auto kalshi = make_market_dialect("kalshi");
  const std::string body =
      R"({"orderbook_fp":{"yes_dollars":[["0.4800","30.00"]],"no_dollars":null}})";
  market_reading book, price;
  REQUIRE(kalshi->read({"/x", false, true}, body, book).ok());
  CHECK(shown(book.book->bids) == "0.48x30 ");
  CHECK(book.book->asks.empty());
  CHECK(!kalshi->read({"/x", true, true}, body, price).ok());
  CHECK(!price.price);
}

TEST_CASE("Polymarket's book must fit its midpoint", "[markets]") {
  const auto polymarket = make_market_dialect("polymarket");
  const auto asked = polymarket->ask("1", true, true, 10);
  REQUIRE(asked.size() == 2);
  const std::string book =
      R"({"asset_id":"1","bids":[{"price":"0.01","size":"5"}],
          "asks":[{"price":"0.99","size":"5"}]})";
  const auto both = [&](const char* mid, bool book_first) {
    market_reading into;
    const std::string told = std::string(R"({"mid":")") + mid + R"("})";
    const auto read = [&](bool of_book) {
      return polymarket->read(asked[of_book ? 1 : 0], of_book ? book : told, into);
    };
    const auto first = read(book_first), second = read(!book_first);
    CHECK(first.ok());
    if (second.ok()) CHECK((into.book && into.price == d("0.5")));
    return second.ok() ? std::string("good") : second.error().message;
  };
  for (const bool book_first : {false, true}) {
    CHECK(both("0.5", book_first) == "good");
    CHECK(both("0.55", book_first) == "good");
    CHECK(both("0.62", book_first) ==
          "the venue's order book, whose middle is 0.5, does not fit its midpoint of 0.62");
    CHECK(both("0.44", book_first) != "good");
  }
}

TEST_CASE("numbers in quotes keep their digits, and texts stay as they are", "[markets]") {
  CHECK(market_text::with_quoted_numbers(R"({"a":1.20,"b\"1":["2","x\\"],"c":-3e5,"d":[0,4]})") ==
        R"({"a":"1.20","b\"1":["2","x\\"],"c":"-3e5","d":["0","4"]})");
  const auto quoted = market_text::with_quoted_numbers(R"([{"p":45285.20,"q":0.00100000}])");
  market_text::answer a(quoted);
  const auto levels = a.levels(a.whole(), "p", "q");
  REQUIRE(levels.size() == 1);
  CHECK(levels[0].price_digits == 2);
  CHECK(levels[0].quantity_digits == 8);
}
