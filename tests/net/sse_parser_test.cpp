#include "net/client/sse_parser.hpp"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

struct seen_event {
  std::string type;
  std::uint64_t id;
  std::string data;
  friend bool operator==(const seen_event&, const seen_event&) = default;
};

constexpr std::string_view text =
    ": a comment\n\n"
    "id: 1\nevent: started\ndata: {\"a\":1}\n\n"
    "data:two\r\ndata: lines\r\n\r\n"
    "event: nothing\n\n"
    "id: 18446744073709551615\rdata\r\r"
    "id: x\nunknown: y\ndata: last\n\n"
    "data: cut";

const std::vector<seen_event> expected{{"started", 1, "{\"a\":1}"},
                                       {"message", 1, "two\nlines"},
                                       {"message", ~std::uint64_t{0}, ""},
                                       {"message", ~std::uint64_t{0}, "last"}};

}  // namespace

TEST_CASE("events come out the same however their bytes are cut") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    sse_parser parser;
    std::vector<seen_event> seen;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto size = std::min<std::size_t>(1 + random() % (round + 1), rest.size());
      const auto more =
          parser.feed(rest.substr(0, size),
                      [&seen](std::string_view type, std::uint64_t id, std::string_view data) {
                        seen.push_back({std::string(type), id, std::string(data)});
                        return true;
                      });
      REQUIRE(more.ok());
      rest.remove_prefix(size);
    }
    REQUIRE(seen == expected);
  }
}

TEST_CASE("parsing stops when the reader has enough") {
  sse_parser parser;
  int seen = 0;
  const auto more = parser.feed(text, [&seen](auto, auto, auto) { return ++seen < 2; });
  REQUIRE(more.ok());
  CHECK_FALSE(*more);
  CHECK(seen == 2);
}

TEST_CASE("an event without an end is refused before it fills the memory") {
  sse_parser parser(100);
  const auto more =
      parser.feed("data: " + std::string(200, 'x'), [](auto, auto, auto) { return true; });
  REQUIRE_FALSE(more.ok());
  CHECK(more.error().code == errc::resource_exhausted);
}
