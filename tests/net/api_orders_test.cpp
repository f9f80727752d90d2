#include <fstream>
#include <iterator>

#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

listed_order some_order() {
  listed_order o;
  o.scope = std::make_shared<const event_scope>(event_scope{"exec_w_1", "w", "b", ""});
  o.order.client_order_id = "pw-1-0";
  o.order.order = {"sim", "BTC/USDT", order_side::sell, order_kind::limit, 2, 60'000};
  o.order.filled = 1;
  return o;
}

}  // namespace

TEST_CASE("orders: the list, its filters and its pages") {
  server_fixture f;
  CHECK(f.get("/api/v1/orders").body == R"({"orders":[],"next_after":null})");
  CHECK(f.host.orders_wanted.status == "all");
  order_page page{{some_order(), some_order()}, "next"};
  page.orders[1].order.order.kind = order_kind::market;
  page.orders[1].standing = order_standing::in_doubt;
  page.orders[1].why = "no answer";
  f.host.orders_result = page;
  const auto reply = f.get("/api/v1/orders?status=in_doubt&venue=sim&bot_id=b&after=x&limit=2");
  CHECK(reply.status == 200);
  CHECK(reply.body.find(
            R"({"orders":[{"client_order_id":"pw-1-0","venue":"sim","symbol":"BTC/USDT",)"
            R"("side":"sell","type":"limit","amount":2,"price":60000,"filled":1,)"
            R"("state":"on_its_way","since":"1970-01-01T00:00:00.000000Z","why":null,)"
            R"("execution_id":"exec_w_1","workflow_id":"w","bot_id":"b","strategy_id":null},)") ==
        0);
  CHECK(reply.body.find(R"("price":null)") != std::string::npos);
  CHECK(reply.body.find(R"("state":"in_doubt")") != std::string::npos);
  CHECK(reply.body.find(R"("why":"no answer")") != std::string::npos);
  CHECK(reply.body.find(R"("next_after":"next"})") != std::string::npos);
  const auto& asked = f.host.orders_wanted;
  CHECK((asked.status == "in_doubt" && asked.venue == "sim" && asked.bot_id == "b"));
  CHECK((asked.after == "x" && asked.limit == 2));
  CHECK(f.get("/api/v1/orders?limit=0").status == 400);
  CHECK(f.get("/api/v1/orders?colour=red").status == 400);
  f.host.orders_result = error{errc::invalid_argument, "no such status", {}, {}};
  CHECK(f.get("/api/v1/orders?status=odd").status == 400);
}

TEST_CASE("orders: a person's word on one, and the wish to ask the venue again") {
  server_fixture f;
  const auto* path = "/api/v1/orders/pw-1-0/settle";
  settle_outcome told{true, {}};
  told.report.client_order_id = "pw-1-0";
  told.report.state = order_state::filled;
  told.report.fills = {{60'000, 2, 0, ""}};
  told.report.reason = "settled by ann: seen";
  f.host.settle_result = told;
  const auto reply =
      f.ask("POST", path,
            R"({"as":"filled","filled":"2","price":60000.5,"reason":"seen","operator":"ann"})");
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"client_order_id":"pw-1-0","settled":true,"state":"filled","filled":2,)"
                      R"("average_price":60000,"code":null,"reason":"settled by ann: seen"})");
  const auto& said = f.host.settled;
  CHECK(said.client_order_id == "pw-1-0");
  CHECK((said.word.as == "filled" && said.word.reason == "seen"));
  CHECK(said.word.operator_name == "ann");
  CHECK(said.word.filled == decimal(2));
  CHECK(said.word.price == *decimal::parse("60000.5"));

  CHECK(f.ask("POST", path, "").status == 200);
  CHECK(f.host.settled.word.as.empty());
  for (const char* wrong : {"[]", "7", R"({"as":1})", R"({"how":"filled"})", R"({"filled":1})",
                            R"({"as":"filled","filled":"much"})", R"({"as":"filled","price":[]})"})
    CHECK(f.ask("POST", path, wrong).status == 400);
  f.host.settle_result = error{errc::failed_precondition, "not in doubt", {}, {}};
  CHECK(f.ask("POST", path, R"({"as":"canceled","reason":"x"})").status == 409);
}

TEST_CASE("orders: what became of one is told as docs/openapi.json says") {
  std::ifstream in(source_path("/docs/openapi.json"));
  auto document = parse_json(std::string{std::istreambuf_iterator<char>(in), {}});
  REQUIRE(document.ok());
  const json_schema schema(std::move(*document));
  server_fixture f;
  settle_outcome told{false, {}};
  told.report.client_order_id = "pw-1-0";
  told.report.state = order_state::in_doubt;
  for (const bool filled : {false, true}) {
    if (filled) told.report.fills = {{60'000, 2, 0, ""}};
    f.host.settle_result = told;
    const auto reply = f.ask("POST", "/api/v1/orders/pw-1-0/settle");
    CHECK(schema.problems(json_of(reply), "settled") == std::vector<std::string>{});
  }
}
