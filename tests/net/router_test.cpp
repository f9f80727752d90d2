#include "net/server/router.hpp"

#include <optional>
#include <stdexcept>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::http;

namespace {

struct recorded_exchange final : exchange {
  const request& asked() const noexcept override { return what; }
  void answer(reply r) override {
    if (!answered) answered = std::move(r);
  }
  void stream(std::string, std::shared_ptr<chunk_source>) override {}
  void answer_after(milliseconds, std::function<reply()>) override {}
  void work(std::function<void()> job) override { job(); }
  request what;
  std::optional<reply> answered;
};

reply ask(const router& r, std::string method, std::string_view target) {
  auto ex = std::make_shared<recorded_exchange>();
  ex->what.method = std::move(method);
  ex->what.to = *parse_target(target);
  r.route(ex);
  REQUIRE(ex->answered.has_value());
  return *ex->answered;
}

}  // namespace

TEST_CASE("routes match whole paths and capture segments") {
  router r;
  const auto joined = [](const exchange_ref& ex, const std::vector<std::string>& captured) {
    reply out;
    for (const auto& c : captured) out.body += c + ";";
    ex->answer(out);
  };
  r.add("GET", "/a/{id}/b/{n}", joined);
  r.add("GET", "/a/{id}", joined);
  r.add("PUT", "/a/{id}", joined);
  CHECK(ask(r, "GET", "/a/x%2Fy/b/2").body == "x/y;2;");
  CHECK(ask(r, "GET", "/a/x/?q=1").body == "x;");
  CHECK(ask(r, "PUT", "/a/x").body == "x;");
  for (const auto* target : {"/", "/a", "/a//", "/a/x/b", "/a/x/b/2/c", "/A/x"}) {
    CAPTURE(target);
    CHECK(ask(r, "GET", target).status == 404);
  }
  const auto refused = ask(r, "DELETE", "/a/x");
  CHECK(refused.status == 405);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers[0] == std::pair<std::string, std::string>("Allow", "GET, PUT"));
}

TEST_CASE("a route tells the scope it needs; one that does not say, the strictest that fits") {
  using access::scope;
  router r;
  const auto nothing = [](const exchange_ref&, const auto&) {};
  r.add("GET", "/a/{id}", nothing);
  r.add("POST", "/a/{id}", nothing);
  r.add("PUT", "/a/{id}", scope::trade, nothing);
  r.add("GET", "/open", scope::none, nothing);
  const auto needed = [&](const char* method, const char* target) {
    return r.needed(method, *parse_target(target));
  };
  CHECK(needed("GET", "/a/x") == scope::read);
  CHECK(needed("POST", "/a/x") == scope::control);
  CHECK(needed("PUT", "/a/x?b=c") == scope::trade);
  CHECK(needed("GET", "/open") == scope::none);
  CHECK(needed("GET", "/%6Fpen/") == scope::none);
  // What is not there is told to those alone who may look.
  for (const auto* target : {"/", "/open/x", "/OPEN", "/a"})
    CHECK(needed("GET", target) == scope::read);
  CHECK(needed("POST", "/open") == scope::read);
}

TEST_CASE("an exception in a handler is answered as a defect") {
  router r;
  r.add("GET", "/x", [](const exchange_ref&, const auto&) { throw std::runtime_error("oops"); });
  const auto reply = ask(r, "GET", "/x");
  CHECK(reply.status == 500);
  CHECK(reply.body.find("oops") != std::string::npos);
}

TEST_CASE("headers are found whatever their case") {
  request asked;
  asked.headers = {{"Last-Event-ID", "4"}};
  REQUIRE(asked.header("last-event-id") != nullptr);
  CHECK(*asked.header("LAST-EVENT-ID") == "4");
  CHECK(asked.header("last-event") == nullptr);
}
