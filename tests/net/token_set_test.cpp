#include "net/access/token_set.hpp"

#include <random>
#include <set>

#include "net/signature.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::access;
using namespace std::chrono_literals;

namespace {

const timestamp now{std::chrono::seconds(1'700'000'000)};

std::string make(token_set& in, const std::string& name, scopes may = scopes::all(),
                 std::optional<timestamp> expires = {}) {
  auto made = in.make(name, may, now, expires);
  if (!made.ok()) FAIL(made.error().to_string());
  return std::move(*made);
}

}  // namespace

TEST_CASE("the digest is that of FIPS 180-4's example", "[token]") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a token is recognized by its whole text, until it is revoked", "[token]") {
  token_set all;
  const auto ana = make(all, "ana", {.read = true});
  const auto bot = make(all, "bot", {.read = true, .trade = true});
  CHECK(ana.starts_with("pw_"));
  CHECK(ana.size() == 67);
  REQUIRE(all.recognize(ana, now) != nullptr);
  CHECK(all.recognize(ana, now)->name == "ana");
  CHECK(all.recognize(ana, now)->may == scopes{.read = true});
  CHECK(all.recognize(bot, now)->name == "bot");
  for (const auto& bad : {std::string(), ana.substr(0, 66), ana + "x", ana.substr(3), "pw_" + ana,
                          all.all().front().hash}) {
    CAPTURE(bad);
    CHECK(all.recognize(bad, now) == nullptr);
  }
  CHECK(all.with_hash(sha256_hex(ana), now)->name == "ana");
  CHECK(all.with_hash(ana, now) == nullptr);
  REQUIRE(all.revoke("ana").ok());
  CHECK(all.recognize(ana, now) == nullptr);
  CHECK(all.with_hash(sha256_hex(ana), now) == nullptr);
  CHECK(all.recognize(bot, now) != nullptr);
  CHECK(all.revoke("ana").error().code == errc::not_found);
}

TEST_CASE("a token is good until the moment it expires", "[token]") {
  token_set all;
  const auto brief = make(all, "brief", scopes::all(), now + 1s);
  CHECK(all.recognize(brief, now + 999ms) != nullptr);
  CHECK(all.recognize(brief, now + 1s) == nullptr);
  CHECK(all.with_hash(all.all().front().hash, now + 999ms) != nullptr);
  CHECK(all.with_hash(all.all().front().hash, now + 1s) == nullptr);
}

TEST_CASE("names are unique, of few letters, and not endless", "[token]") {
  token_set all;
  make(all, "a");
  CHECK(all.make("a", scopes::all(), now, {}).error().code == errc::already_exists);
  for (const auto& bad : {std::string(), std::string("a b"), std::string("a\n"), std::string("ü"),
                          std::string(65, 'x'), std::string("a\0b", 3)}) {
    CHECK(all.make(bad, scopes::all(), now, {}).error().code == errc::invalid_argument);
  }
  for (std::size_t i = 1; i < max_tokens; ++i) make(all, "n" + std::to_string(i));
  CHECK(all.make("more", scopes::all(), now, {}).error().code == errc::resource_exhausted);
}

TEST_CASE("what is kept has the hashes, not the tokens, and says all again", "[token]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    token_set all;
    std::set<std::string> tokens;
    for (int i = 0; i < static_cast<int>(random() % 6); ++i) {
      const auto bits = random() % 7 + 1;
      const scopes may{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0};
      std::optional<timestamp> expires;
      if (random() % 2 == 0) expires = now + std::chrono::seconds(random() % 10'000 + 1);
      tokens.insert(make(all, "t" + std::to_string(i), may, expires));
    }
    CHECK(tokens.size() == all.all().size());
    const auto text = all.encode();
    const auto read = token_set::decode(text);
    REQUIRE(read.ok());
    CHECK(read->encode() == text);
    for (const auto& t : tokens) {
      CHECK(text.find(t) == std::string::npos);
      REQUIRE(read->recognize(t, now) != nullptr);
      CHECK(read->recognize(t, now)->may == all.recognize(t, now)->may);
      CHECK(read->recognize(t, now)->expires == all.recognize(t, now)->expires);
    }
  }
}

TEST_CASE("a damaged text opens nothing: it is an error that shows none of it", "[token]") {
  token_set all;
  make(all, "ana", scopes::all(), now + 1h);
  const auto good = all.encode();
  REQUIRE(token_set::decode(good).ok());
  const auto with = [&](const std::string& what, const std::string& instead) {
    auto text = good;
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), instead);
  };
  const auto hash = all.all().front().hash;
  for (const auto& bad :
       {std::string(), std::string("[]"), good.substr(0, good.size() / 2), good + good,
        with("\"version\": 1", "\"version\": 2"), with("\"tokens\"", "\"token\""),
        with("\"ana\"", "\"a na\""), with("\"read\"", "\"admin\""), with(hash, hash.substr(1)),
        with(hash, std::string(64, 'G')), with("\"expires_at\"", "\"expires\""),
        with("\"expires_at\": \"", "\"expires_at\": \"x"), with("\"created_at\"", "\"made\"")}) {
    CAPTURE(bad);
    const auto read = token_set::decode(bad);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == errc::data_loss);
    CHECK(read.error().to_string().find(hash) == std::string::npos);
  }
}

TEST_CASE("scopes are those that exist, and at least one", "[token]") {
  CHECK(*scopes_from({"read", "control"}) == scopes{.read = true, .control = true});
  for (const auto& bad : {std::vector<std::string>{}, {"none"}, {"read", "write"}, {""}}) {
    CHECK(scopes_from(bad).error().code == errc::invalid_argument);
  }
  CHECK(scopes{.trade = true}.has(scope::trade));
  CHECK_FALSE(scopes{.trade = true}.has(scope::read));
  CHECK_FALSE(scopes{.read = true, .trade = true}.has(scope::control));
  CHECK(scopes{}.has(scope::none));
}

TEST_CASE("an expiry is a time to come", "[token]") {
  CHECK(*parse_expiry("90d", now) == now + std::chrono::days(90));
  CHECK(*parse_expiry("12h", now) == now + 12h);
  CHECK(*parse_expiry("1m", now) == now + 1min);
  CHECK(*parse_expiry("2027-01-01T00:00:00Z", now) == *parse_iso8601("2027-01-01T00:00:00Z"));
  for (const auto* bad : {"", "d", "0d", "-1d", "1.5d", "9999999d", "99999999999999999999d", "5w",
                          "5", "soon", "2020-01-01", "1d "}) {
    CAPTURE(bad);
    CHECK(parse_expiry(bad, now).error().code == errc::invalid_argument);
  }
}
