// Parameters, keys, signatures and windows of time, as tables.
#include "net/exchange/request_guard.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {
namespace {

const api_key pair_of_test{"keykeykeykeykeykey", "secretsecretsecret"};
constexpr std::int64_t now = 1'700'000'000'000;

parameters read(std::string_view query, std::string_view body = {}) {
  parameters out;
  const auto bad = parameters::read(query, body, out);
  if (bad) FAIL(bad->text);
  return out;
}
int code_of(const verdict& v) { return v ? v->code : 0; }

}  // namespace

TEST_CASE("a signature covers query and body as they were sent, without itself") {
  CHECK(read("a=1&b=%41&signature=x").signed_text() == "a=1&b=%41");
  CHECK(read("signature=x&a=1").signed_text() == "a=1");
  CHECK(read("a=1&b=2", "c=3&signature=x").signed_text() == "a=1&b=2c=3");
  const auto both = read("a=1", "a=2&b=3");
  CHECK(*both.find("a") == "1");
  CHECK(*both.find("b") == "3");
  parameters out;
  CHECK(code_of(parameters::read("a=1&a=2", {}, out)) == -1101);
  CHECK(code_of(parameters::read("a=%zz", {}, out)) == -1100);
}

TEST_CASE("amounts are plain decimals with eight digits") {
  const struct {
    const char* text;
    int code;
    const char* amount;
  } rows[] = {{"1", 0, "1"},
              {"0.10", 0, "0.1"},
              {"007.5", 0, "7.5"},
              {"0.00000001", 0, "0.00000001"},
              {"0.100000000000", 0, "0.1"},
              {"0.000000001", -1111, ""},
              {"", -1102, ""},
              {"-1", -1100, ""},
              {"1e3", -1100, ""},
              {"1.", -1100, ""},
              {".5", -1100, ""},
              {"+1", -1100, ""},
              {"1.2.3", -1100, ""},
              {"123456789012345678901", -1100, ""}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    decimal amount;
    CHECK(code_of(read("q=" + std::string(row.text)).amount("q", amount)) == row.code);
    if (row.code == 0) CHECK(amount.to_string() == row.amount);
  }
  decimal none;
  CHECK(code_of(read("").amount("q", none)) == -1102);
}

TEST_CASE("a request counts within its window, at both of its ends") {
  const struct {
    std::int64_t off;
    const char* window;
    int code;
  } rows[] = {{0, "", 0},          {-5'000, "", 0},  {-5'001, "", -1021},  {999, "", 0},
              {1'000, "", -1021},  {-100, "100", 0}, {-101, "100", -1021}, {-60'000, "60000", 0},
              {0, "60001", -1131}, {0, "x", -1100}};
  for (const auto& row : rows) {
    CAPTURE(row.off, row.window);
    std::string query = "timestamp=" + std::to_string(now + row.off);
    if (*row.window != 0) query += "&recvWindow=" + std::string(row.window);
    CHECK(code_of(check_time(read(query), now)) == row.code);
  }
  CHECK(code_of(check_time(read(""), now)) == -1102);
  CHECK(code_of(check_time(read("timestamp=soon"), now)) == -1100);
}

TEST_CASE("key, signature and time are asked for in this order") {
  const std::optional<api_key> wanted = pair_of_test;
  const std::string text = "symbol=BTCUSDT&timestamp=" + std::to_string(now);
  const std::string good = text + "&signature=" + hmac_sha256_hex(pair_of_test.secret, text);
  const std::string stranger = "keykeykeykeykeykez", none;
  const auto check = [&](const std::string& query, const std::string* key) {
    return check_signed(read(query), key, wanted, now);
  };
  CHECK(code_of(check(good, &pair_of_test.key)) == 0);
  CHECK(code_of(check(good, nullptr)) == -2014);
  CHECK(code_of(check(good, &none)) == -2014);
  CHECK(check(good, nullptr)->status == 401);
  CHECK(code_of(check(good, &stranger)) == -2015);
  CHECK(check(good, &stranger)->status == 401);
  CHECK(code_of(check(text, &pair_of_test.key)) == -1102);
  CHECK(code_of(check(good + "&more=1", &pair_of_test.key)) == -1022);
  const std::string old = "timestamp=" + std::to_string(now - 5'001);
  CHECK(code_of(check(old + "&signature=00", &pair_of_test.key)) == -1022);
  CHECK(code_of(check(old + "&signature=" + hmac_sha256_hex(pair_of_test.secret, old),
                      &pair_of_test.key)) == -1021);
  // Without a key of ours everyone may, in time.
  CHECK(code_of(check_signed(read(text), nullptr, {}, now)) == 0);
  CHECK(code_of(check_signed(read(old), nullptr, {}, now)) == -1021);
}

}  // namespace pitwall::sim
