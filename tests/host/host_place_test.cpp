#include "runtime/host/workers/host_place.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("where a host is, is a name or an address, and a port") {
  const auto at = [](std::string_view text) {
    const auto p = parse_host_place(text);
    return p.ok() ? p->shown() : "";
  };
  for (const char* good : {"hub:7410", "hub.example:1", "10.0.0.1:65535", "[::1]:7410", "a_b-c:2"})
    CHECK(at(good) == good);
  for (const char* bad :
       {"", ":", "hub", "hub:", ":7410", "hub:0", "hub:65536", "hub:-1", "hub:7x", "::1:7410",
        "[hub]:7410", "[::1]", "a b:1", "http://hub:1", "hub/x:1", "[::1:7410", "[]:1"})
    CHECK(at(bad).empty());
  CHECK(parse_host_place("127.0.0.1:0", true).ok());
  CHECK(parse_host_place("[::]:0", true).ok());
  // To listen by a name would be to listen wherever it leads today.
  CHECK_FALSE(parse_host_place("localhost:7410", true).ok());
  CHECK_FALSE(parse_host_place("1.2.3:7410", true).ok());
}

TEST_CASE("labels are a set of words") {
  CHECK(parse_labels("").value().empty());
  CHECK(parse_labels("zone=eu,venue=kraken,zone=eu").value() ==
        std::vector<std::string>{"venue=kraken", "zone=eu"});
  for (const char* bad : {",", "a,,b", "=x", "a b", "a;b"}) CHECK_FALSE(parse_labels(bad).ok());
  CHECK_FALSE(parse_labels(std::string(max_label_size + 1, 'x')).ok());
  std::string many;
  for (std::size_t i = 0; i <= max_labels; ++i) many += "l" + std::to_string(i) + ",";
  CHECK_FALSE(parse_labels(many).ok());
}
