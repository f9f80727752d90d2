#include "net/client/host_client.hpp"
#include "net/server/problem_reply.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::http;

TEST_CASE("every code has its status, and an error survives the way to the client") {
  const std::vector<std::pair<errc, unsigned>> table{
      {errc::invalid_argument, 400}, {errc::not_found, 404},
      {errc::already_exists, 409},   {errc::failed_precondition, 409},
      {errc::out_of_range, 400},     {errc::resource_exhausted, 429},
      {errc::unavailable, 503},      {errc::deadline_exceeded, 504},
      {errc::aborted, 409},          {errc::cancelled, 409},
      {errc::halted, 409},           {errc::stale_input, 409},
      {errc::data_loss, 500},        {errc::io_error, 500},
      {errc::division_by_zero, 422}, {errc::internal, 500}};
  for (const auto& [code, status] : table) {
    CAPTURE(to_string(code));
    const error e{code, "what \"happened\"\n", "/blocks/1", "do that"};
    const reply r = problem_reply(e);
    CHECK(r.status == status);
    CHECK(r.status == status_of(code));
    CHECK(r.content_type == "application/problem+json");
    CHECK_FALSE(title_of(code).empty());
    CHECK(from_problem({r.status, r.content_type, r.body}) == e);
  }
}

TEST_CASE("a problem's form") {
  CHECK(problem_reply(error{errc::not_found, "no", {}, {}}).body ==
        R"({"type":"urn:pitwall:problem:not_found","title":"There is no such thing",)"
        R"("status":404,"detail":"no","code":"not_found"})");
  const reply r = problem_reply(error{errc::invalid_argument, "2 errors", "f", "r"},
                                {{problem::severity::warning, "/x", "", "m", "do"}});
  CHECK(r.status == 422);
  CHECK(r.body.find(R"("where":"f","remedy":"r","problems":[{"level":"warning","pointer":"/x",)"
                    R"("block_id":null,"message":"m","remedy":"do"}])") != std::string::npos);
  const reply busy = problem_reply(error{errc::unavailable, "later", {}, {}});
  REQUIRE(busy.headers.size() == 1);
  CHECK(busy.headers[0].first == "Retry-After");
}
