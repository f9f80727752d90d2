#include "net/client/web_gate.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

}  // namespace

TEST_CASE("addresses that the Internet has, and those that it has not", "[web]") {
  for (const char* there :
       {"1.1.1.1",         "8.8.8.8",      "9.255.255.255",        "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",  "126.255.255.255",      "128.0.0.0",
        "169.253.0.1",     "172.15.0.1",   "172.32.0.1",           "192.167.0.1",
        "192.169.0.1",     "198.17.0.1",   "198.20.0.1",           "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:1.1.1.1",
        "64:ff9b::8.8.8.8"}) {
    CAPTURE(there);
    CHECK(is_public(address(there)));
  }
  for (const char* here : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.7",
                           "203.0.113.9",
                           "224.0.0.1",
                           "239.255.255.250",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b::a9fe:a9fe",
                           "::127.0.0.1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:7f00:1::1",
                           "2002:a00:1::",
                           "3fff::1",
                           "100::1",
                           "fec0::1"}) {
    CAPTURE(here);
    CHECK_FALSE(is_public(address(here)));
  }
}

TEST_CASE("what is not public is for the hosts that were named", "[web]") {
  const auto gate = web_gate::allowing({"news.internal", "10.0.0.5:8080", "[::1]:80", "[fd00::2]"});
  REQUIRE(gate.ok());
  const auto admitted = [&](const char* url, const char* leads_to) {
    return gate->admits(parse_web_url(url).value(), address(leads_to));
  };
  CHECK(admitted("https://example.com/", "1.1.1.1").ok());
  CHECK(admitted("https://NEWS.internal:9/", "10.0.0.1").ok());
  CHECK(admitted("http://10.0.0.5:8080/x", "10.0.0.5").ok());
  CHECK(admitted("http://[::1]/", "::1").ok());
  CHECK(admitted("http://[fd00::2]:7/", "fd00::2").ok());
  CHECK_FALSE(admitted("http://10.0.0.5/", "10.0.0.5").ok());
  CHECK_FALSE(admitted("http://[::1]:81/", "::1").ok());
  CHECK_FALSE(admitted("http://news.internal.evil.example/", "10.0.0.1").ok());
  // A public name whose address is not.
  const auto refused = admitted("https://rebound.example/", "169.254.169.254");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::failed_precondition);
  CHECK(refused.error().remedy.find("--http-allow rebound.example") != std::string::npos);
}

TEST_CASE("what names no host cannot be allowed", "[web]") {
  for (const char* wrong :
       {"", "http://a", "a/b", "a:0", "a:b", "user@a", "10.0.0.0/8", "a?b", "*"}) {
    CAPTURE(wrong);
    CHECK_FALSE(web_gate::allowing({wrong}).ok());
  }
}
