#include "runtime/base/web_url.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

std::string shown(std::string_view text) {
  const auto url = parse_web_url(text);
  if (!url.ok()) return "no";
  return std::string(url->secure ? "s " : "p ") + url->host + " " + std::to_string(url->port) +
         " " + url->target;
}

}  // namespace

TEST_CASE("a URL is taken apart", "[url]") {
  CHECK(shown("https://example.com") == "s example.com 443 /");
  CHECK(shown("HTTP://Example.COM:8080/a/B?x=1&y=%20") == "p example.com 8080 /a/B?x=1&y=%20");
  CHECK(shown("http://example.com?x=1") == "p example.com 80 /?x=1");
  CHECK(shown("https://[2001:DB8::1]:8443/a") == "s 2001:db8::1 8443 /a");
  CHECK(shown("http://127.0.0.1:1/") == "p 127.0.0.1 1 /");
  CHECK(shown("http://my_host.local./x@y") == "p my_host.local. 80 /x@y");
  CHECK(shown("https://3com.example/") == "s 3com.example 443 /");
}

TEST_CASE("what is not plainly a host, a port and a target is refused", "[url]") {
  for (const char* wrong : {"",
                            "example.com",
                            "ftp://example.com",
                            "http:/example.com",
                            "http://",
                            "https:///path",
                            "http://:80/",
                            "http://user@example.com/",
                            "http://user:word@example.com/",
                            "http://example.com@evil.example/",
                            "http://example.com:0/",
                            "http://example.com:65536/",
                            "http://example.com:000080/",
                            "http://example.com:8a/",
                            "http://example.com:/",
                            "http://exa mple.com/",
                            "http://example.com/a b",
                            "http://example.com/\n",
                            "http://example.com/\xc3\xa4",
                            "http://example.com\\@evil.example/",
                            "http://a..b/",
                            "http://.a/",
                            "http://[::1",
                            "http://[::1]x/",
                            "http://[localhost]/",
                            "http://[]/",
                            "http://127.1/",
                            "http://0x7f.0.0.1/",
                            "http://2130706433/",
                            "http://0177.0.0.1/",
                            "http://1.2.3.4.5/",
                            "http://256.0.0.1/",
                            "http://1.2.3.4./",
                            "http://a%2eb/",
                            "https://example.com/#part",
                            "https://example.com#part"}) {
    CAPTURE(wrong);
    CHECK(shown(wrong) == "no");
  }
  CHECK(shown("https://example.com/" + std::string(8'192, 'a')) == "no");
  CHECK(shown("http://" + std::string(254, 'a')) == "no");
}

TEST_CASE("an error shows nothing of a URL, which may be a secret", "[url]") {
  for (const char* secret : {"https://user:SECRET@example.com/", "https://example.com/ SECRET",
                             "SECRET", "https://example.com:SECRET/", "http://SEC RET/"}) {
    const auto url = parse_web_url(secret);
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().to_string().find("SECRET") == std::string::npos);
    CHECK_FALSE(url.error().remedy.empty());
  }
}

TEST_CASE("a URL that was read says the same again", "[url]") {
  CHECK(parse_web_url("https://example.com:443/a").value().authority() == "example.com");
  CHECK(parse_web_url("http://example.com:443/a").value().authority() == "example.com:443");
  CHECK(parse_web_url("http://[::1]:80/a").value().origin() == "http://[::1]");
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string alphabet = "ab0.:/?#@[]%-_ \\1279xX\n";
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "http://" : "https://";
    const auto length = random() % 12;
    for (unsigned n = 0; n < length; ++n) text += alphabet[random() % alphabet.size()];
    const auto url = parse_web_url(text);
    if (!url.ok()) continue;
    ++read;
    CAPTURE(text);
    const auto again = parse_web_url(url->origin() + url->target);
    REQUIRE(again.ok());
    CHECK(again->host == url->host);
    CHECK(again->port == url->port);
    CHECK(again->target == url->target);
    CHECK(url->host.find_first_of("/?#@ \\%") == std::string::npos);
    CHECK(url->target.find_first_of("# \n") == std::string::npos);
  }
  CHECK(read > 100);
}

TEST_CASE("what is loopback by its name", "[url]") {
  for (const char* here : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    CAPTURE(here);
    CHECK(is_loopback_name(here));
  }
  for (const char* elsewhere :
       {"", "127.evil.example", "localhost.evil.example", "10.0.0.1", "::2", "127.0.0.1.evil"}) {
    CAPTURE(elsewhere);
    CHECK_FALSE(is_loopback_name(elsewhere));
  }
}
