#include <unistd.h>

#include <fstream>

#include "runtime/blocks/replay_file.hpp"
#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

class csv_file {
 public:
  explicit csv_file(const std::string& text) {
    static int n = 0;
    directory_ = std::filesystem::temp_directory_path() /
                 ("pitwall_replay_" + std::to_string(::getpid()) + "_" + std::to_string(n++));
    std::filesystem::create_directory(directory_);
    std::ofstream(directory_ / "quotes.csv", std::ios::binary) << text;
  }
  csv_file(const csv_file&) = delete;
  csv_file& operator=(const csv_file&) = delete;
  ~csv_file() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  block_fixture block(value::object properties = {}) const {
    properties.emplace_back("file", "quotes.csv");
    block_fixture b("replay", std::move(properties));
    b.base_directory = directory_;
    return b;
  }

 private:
  std::filesystem::path directory_;
};

const char* const two_symbols =
    "time,symbol,bid,ask,volume\n"
    "2026-03-01T00:00:00Z,BTC/USDT,100,102,5\n"
    "2026-03-01T00:00:00Z,ETH/USDT,10,11\n"
    "2026-03-01T00:00:01Z,BTC/USDT,101,103.5,\n";

error parse_failure(std::string_view text, std::string_view symbol = "") {
  auto q = parse_replay(text, symbol, "quotes.csv");
  REQUIRE_FALSE(q.ok());
  INFO(q.error().to_string());
  return q.error();
}

}  // namespace

TEST_CASE("replay takes the next row of its symbol in each execution, then fails and says so") {
  const csv_file file(two_symbols);
  auto b = file.block({{"symbol", "BTC/USDT"}});
  auto out = b.run();
  CHECK(out["price_feed"] == 101);
  CHECK(out["balance"].is_null());
  CHECK(out["positions"].is_null());
  CHECK(out["volume"] == 5);
  CHECK(out["time"] == "2026-03-01T00:00:00.000000Z");
  CHECK(out.all().observed_at == b.now);
  const value& book = out["orderbook"];
  CHECK(*book.find("bids") == value(value::list{value(value::list{100, 5})}));
  CHECK(*book.find("asks") == value(value::list{value(value::list{102, 5})}));
  CHECK(*book.find("time") == out["time"]);

  out = b.run();
  CHECK(out["price_feed"] == value(dec("102.25")));
  CHECK(out["volume"].is_null());

  const value end = b.state;
  const auto e = b.failure();
  CHECK(e.code == errc::out_of_range);
  CHECK(mentions(e, "past its end"));
  CHECK(mentions(e, "BTC/USDT"));
  CHECK(mentions(e, "quotes.csv"));
  CHECK(b.state == end);
}

TEST_CASE("replay goes on after a restart where it was") {
  const csv_file file(two_symbols);
  auto before = file.block({{"symbol", "BTC/USDT"}});
  before.run();
  auto after = file.block({{"symbol", "BTC/USDT"}});
  after.state = before.state;
  CHECK(after.run()["price_feed"] == value(dec("102.25")));
}

TEST_CASE("replay needs no symbol where the file has one") {
  const csv_file one("2026-03-01T00:00:00Z, X ,1,2\r\n\r\n2026-03-01T00:00:01Z,X,2,3\r\n");
  auto b = one.block();
  CHECK(b.run()["price_feed"] == value(dec("1.5")));
  CHECK(b.run()["price_feed"] == value(dec("2.5")));
  const csv_file two(two_symbols);
  CHECK(mentions(two.block().make_failure(), "several symbols: BTC/USDT, ETH/USDT"));
}

TEST_CASE("replay: files that cannot be used say why") {
  const csv_file file(two_symbols);
  const auto missing = block_fixture("replay", {{"file", "/nowhere/x.csv"}}).make_failure();
  CHECK(missing.code == errc::not_found);
  CHECK(mentions(missing, "/nowhere/x.csv"));
  CHECK(mentions(block_fixture("replay").make_failure(), "'file' of replay is missing"));
  CHECK(mentions(file.block({{"symbol", "DOGE"}}).make_failure(), "no quotes of DOGE"));
  auto directory = block_fixture("replay", {{"file", "."}});
  directory.base_directory = std::filesystem::temp_directory_path();
  CHECK_FALSE(directory.make().ok());
}

TEST_CASE("replay: every bad line is named by file and line") {
  const std::string good = "2026-03-01T00:00:00Z,X,1,2\n";
  const auto second = [&](const std::string& line) { return parse_failure(good + line); };
  for (const char* line :
       {"2026-03-01T00:00:00Z,X,1", "2026-03-01T00:00:00Z,X,1,2,3,4", "noon,X,1,2",
        "2026-03-01T00:00:00Z,,1,2", "2026-03-01T00:00:00Z,X,one,2", "2026-03-01T00:00:00Z,X,1,",
        "2026-03-01T00:00:00Z,X,0,2", "2026-03-01T00:00:00Z,X,-1,2", "2026-03-01T00:00:00Z,X,3,2",
        "2026-03-01T00:00:00Z,X,nan,2", "2026-03-01T00:00:00Z,X,1,2,-5",
        "2026-03-01T00:00:00Z,Y,1,two", "2026-02-01T00:00:00Z,X,1,2", "time,symbol,bid,ask"}) {
    CAPTURE(line);
    const auto e = second(line);
    CHECK(e.code == errc::invalid_argument);
    CHECK(e.where == "quotes.csv:2");
    CHECK_FALSE(e.remedy.empty());
  }
}

TEST_CASE("replay: an empty file has no quotes; a byte order mark is no problem") {
  CHECK(mentions(parse_failure(""), "no quotes"));
  CHECK(mentions(parse_failure("time,symbol,bid,ask\n\n"), "no quotes"));
  const auto q = parse_replay("\xEF\xBB\xBFtime,symbol,bid,ask\n2026-03-01,X,1,2", "", "f");
  REQUIRE(q.ok());
  CHECK(q->rows.size() == 1);
}
