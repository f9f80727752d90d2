#include "net/workers/frame_guard.hpp"

#include <random>

#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

using remote::frame_guard;
using remote::peer;

std::string frame(unsigned operation, std::uint32_t announced, std::size_t bytes) {
  std::string out(frame_guard::header_size, '\0');
  out[0] = static_cast<char>(operation);
  for (int i = 0; i < 4; ++i) out[4 + i] = static_cast<char>(announced >> (24 - 8 * i));
  return out + std::string(bytes, 'x');
}
std::string frame(unsigned operation, std::size_t bytes) {
  return frame(operation, static_cast<std::uint32_t>(bytes), bytes);
}

}  // namespace

TEST_CASE("frames are read the same however they are cut") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string all = frame(1, 26);
    for (unsigned n = random() % 6; n > 0; --n) all += frame(2 + random() % 5, random() % 300);
    frame_guard guard(peer::connects, 1'000);
    for (std::size_t at = 0; at < all.size();) {
      const auto n = std::min<std::size_t>(1 + random() % 70, all.size() - at);
      REQUIRE(guard.take(std::string_view(all).substr(at, n)).ok());
      at += n;
      REQUIRE(guard.greeted() == (at >= frame_guard::header_size + 26));
    }
    CHECK(guard.greeting() == std::string(26, 'x'));
    // And wherever it comes, what CAF must not see is told.
    CHECK_FALSE(guard.take(frame(2, 1'001, 0)).ok());
  }
}

TEST_CASE("a message larger than the bound is refused by its header alone") {
  for (const std::uint32_t size : {1'001U, 0x4000'0000U, 0xffff'ffffU}) {
    frame_guard guard(peer::connects, 1'000);
    REQUIRE(guard.take(frame(1, 26)).ok());
    CHECK(guard.take(frame(2, 1'000)).ok());
    CHECK(guard.take(frame(2, size, 0)).error().code == errc::invalid_argument);
  }
  frame_guard first(peer::connects, 1U << 30U);
  CHECK_FALSE(first.take(frame(1, frame_guard::max_greeting + 1, 0)).ok());
}

TEST_CASE("who does not begin with its handshake, or becomes another, is no peer") {
  CHECK_FALSE(frame_guard(peer::connects, 1'000).take(frame(0, 26)).ok());
  CHECK(frame_guard(peer::listens, 1'000).take(frame(0, 26)).ok());
  CHECK_FALSE(frame_guard(peer::listens, 1'000).take(frame(1, 26)).ok());
  CHECK_FALSE(frame_guard(peer::connects, 1'000).take(frame(2, 26)).ok());
  CHECK_FALSE(frame_guard(peer::connects, 1'000).take(frame(7, 26)).ok());
  CHECK_FALSE(frame_guard(peer::connects, 1'000)
                  .take("GET / HTTP/1.1\r\nHost: somewhere.example\r\n\r\n")
                  .ok());
  frame_guard guard(peer::connects, 1'000);
  REQUIRE(guard.take(frame(1, 26)).ok());
  CHECK(guard.take(frame(1, 26) + frame(2, 1)).ok());
  CHECK_FALSE(guard.take(frame(1, 27)).ok());
}

}  // namespace pitwall::test
