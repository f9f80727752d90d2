#include "net/signature.hpp"

#include <sys/stat.h>

#include <fstream>

#include "net/venues/binance_messages.hpp"
#include "tests/net/server_fixture.hpp"

namespace pitwall::test {

TEST_CASE("a signature is that of the example in the exchange's documentation") {
  const std::string secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
  const std::string wanted = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
  const std::string order =
      "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1";
  const std::string text = order + "&recvWindow=5000&timestamp=1499827319559";
  CHECK(hmac_sha256_hex(secret, text) == wanted);
  // The adapter ends its requests with it.
  CHECK(binance::stamped(order, 1'499'827'319'559, milliseconds(5'000), api_key{"k", secret}) ==
        text + "&signature=" + wanted);
  CHECK(binance::stamped(order, 1'499'827'319'559, milliseconds(5'000), {}) == text);
}

TEST_CASE("secrets are compared as a whole") {
  CHECK(same_secret("abc", "abc"));
  CHECK_FALSE(same_secret("abc", "abd"));
  CHECK_FALSE(same_secret("abc", "abcd"));
  CHECK(same_secret("", ""));
}

TEST_CASE("a key pair is made at random, and kept in a file for its owner alone") {
  scratch_directory d;
  const auto made = make_api_key(), other = make_api_key();
  REQUIRE(made.ok());
  REQUIRE(other.ok());
  CHECK(made->key.size() == 64);
  CHECK(made->secret != other->secret);
  REQUIRE(write_api_key(d / "key", *made).ok());
  CHECK_FALSE(write_api_key(d / "key", *other).ok());
  struct stat info {};
  REQUIRE(::stat((d / "key").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  const auto read = read_api_key(d / "key");
  REQUIRE(read.ok());
  CHECK(read->key == made->key);
  CHECK(read->secret == made->secret);
}

TEST_CASE("a key file that holds something else is refused without showing it") {
  scratch_directory d;
  CHECK(read_api_key(d / "none").error().code == errc::not_found);
  for (const char* text :
       {"", "onlyakeyonlyakeyonlyakey\n", "has blanks in its key\nsecretsecretsecret\n",
        "shortshort\nsecretsecretsecret\n"}) {
    CAPTURE(text);
    std::ofstream(d / "key", std::ios::trunc) << text;
    const auto read = read_api_key(d / "key");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == errc::invalid_argument);
    CHECK(read.error().to_string().find("blanks in") == std::string::npos);
  }
}

}  // namespace pitwall::test
