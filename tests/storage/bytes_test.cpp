#include "storage/codec/bytes.hpp"

#include <limits>
#include <random>

#include "storage/codec/ref_table.hpp"
#include "storage/codec/seal.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::storage;

TEST_CASE("varints keep every number and stay short for small ones") {
  for (const std::uint64_t v : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    CAPTURE(v);
    std::string out;
    put_varint(v, out);
    byte_reader in(out);
    CHECK(in.varint() == v);
    CHECK((in.ok() && in.at_end()));
  }
  std::string small;
  put_varint(127, small);
  CHECK(small.size() == 1);
}

TEST_CASE("signed numbers and decimals keep their ends") {
  using limits64 = std::numeric_limits<std::int64_t>;
  for (const std::int64_t v :
       {limits64::min(), std::int64_t{-1}, std::int64_t{0}, limits64::max()}) {
    std::string out;
    put_signed(v, out);
    CHECK(byte_reader(out).signed_varint() == v);
  }
  const int128 top = static_cast<int128>(~uint128{0} >> 1U);
  for (const int128 raw : {top, -top - 1, int128{-1}, int128{0}, int128{1}}) {
    std::string out;
    put_decimal(decimal::from_raw(raw), out);
    byte_reader in(out);
    CHECK(in.number().raw() == raw);
    CHECK((in.ok() && in.at_end()));
  }
}

TEST_CASE("a reader fails for good at the first misfit, and never reads past the end") {
  SECTION("a varint of more than 64 bits") {
    byte_reader in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
    in.varint();
    CHECK_FALSE(in.ok());
  }
  SECTION("a decimal of more than 128 bits") {
    byte_reader in(std::string_view(
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x04"));
    in.number();
    CHECK_FALSE(in.ok());
  }
  SECTION("a text longer than the rest") {
    byte_reader in(
        "\x05"
        "abc");
    CHECK(in.text().empty());
    CHECK_FALSE(in.ok());
    CHECK(in.byte() == 0);
    CHECK_FALSE(in.ok());
  }
  SECTION("nothing") {
    byte_reader in("");
    in.big64();
    CHECK_FALSE(in.ok());
  }
}

TEST_CASE("keys sort as the numbers do") {
  std::string a;
  std::string b;
  put_big64(255, a);
  put_big64(256, b);
  CHECK(a < b);
  CHECK(byte_reader(b).big64() == 256);
}

TEST_CASE("crc32c gives the published check values") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c("") == 0U);
}

TEST_CASE("a seal shows every single bit flip, a cut and an unknown format") {
  std::string sealed = sealed_room();
  sealed += "some content that matters";
  seal(sealed);
  REQUIRE(unseal(sealed, "it").ok());
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string bent = sealed;
    bent[bit / 8] = static_cast<char>(bent[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(unseal(bent, "it").ok());
  }
  const auto cut = unseal(std::string_view(sealed).substr(0, 4), "the thing at seq 7");
  REQUIRE_FALSE(cut.ok());
  CHECK(cut.error().code == errc::data_loss);
  CHECK(cut.error().message.find("the thing at seq 7") != std::string::npos);
  sealed[0] = static_cast<char>(format_version + 1);
  const auto newer = unseal(sealed, "it");
  REQUIRE_FALSE(newer.ok());
  CHECK(newer.error().message.find("format " + std::to_string(format_version + 1)) !=
        std::string::npos);
}

TEST_CASE("a ref table numbers each object once, in the order of their first meeting") {
  std::vector<int> objects(1'000);
  ref_table<int> table;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < objects.size(); ++i) CHECK(table.number(&objects[i]) == i + 1);
  }
  CHECK(table.number(nullptr) == 0);
  CHECK(table.objects().size() == objects.size());
  table.clear();
  CHECK(table.number(&objects[5]) == 1);
}
