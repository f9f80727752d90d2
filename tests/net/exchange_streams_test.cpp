// Names of streams and requests of their clients, as tables.
#include "net/exchange/stream_name.hpp"
#include "net/exchange/stream_request.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {

TEST_CASE("names of streams are read as they are documented") {
  const auto one = parse_stream("btcusdt@depth10@100ms");
  REQUIRE(one);
  CHECK(one->symbol == "BTCUSDT");
  CHECK(one->kind == stream_kind::partial_depth);
  CHECK(one->levels == 10);
  CHECK(one->fast);
  CHECK(parse_stream("btcusdt@depth")->kind == stream_kind::depth);
  CHECK_FALSE(parse_stream("btcusdt@depth@1000ms")->fast);
  CHECK(parse_stream("btcusdt@trade")->kind == stream_kind::trade);
  CHECK(parse_stream("btcusdt@bookTicker")->kind == stream_kind::book_ticker);
  CHECK(parse_stream("btcusdt@kline_1M")->interval.unit == interval_unit::month);
  CHECK(parse_stream(std::string(64, 'k'))->kind == stream_kind::user);
  for (const char* text :
       {"", "@trade", "BTCUSDT@trade", "btc/usdt@trade", "btcusdt", "btcusdt@", "btcusdt@Trade",
        "btcusdt@depth7", "btcusdt@depth@10ms", "btcusdt@depth@100ms@100ms", "btcusdt@kline_2m",
        "btcusdt@aggTrade", "btcusdt@depth5x"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_stream(text));
  }
}

TEST_CASE("requests that are none are refused in the documented words") {
  const struct {
    const char *frame, *answer;
  } rows[] = {
      {R"({"method":"SUBSCRIBE)", R"({"code":3,"msg":"Invalid JSON: expected value at line 1)"},
      {"[]", R"({"code":2,"msg":"Invalid request: expected an object")"},
      {R"({"id":1})",
       R"({"code":2,"msg":"Invalid request: missing field `method` at line 1 column 8"})"},
      {R"({"method":"SUBSCRIBES","id":1})",
       R"({"code":2,"msg":"Invalid request: unknown variant `SUBSCRIBES`, expected one of )"
       R"(`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` )"
       R"(at line 1 column 22"})"},
      {R"({"method":"LIST_SUBSCRIPTIONS"})",
       R"({"code":2,"msg":"Invalid request: request ID must be an unsigned integer"})"},
      {R"({"method":"LIST_SUBSCRIPTIONS","id":1.5})",
       R"({"code":2,"msg":"Invalid request: request ID must be an unsigned integer"})"},
      {R"({"method":"LIST_SUBSCRIPTIONS","id":"a-b"})",
       R"({"code":2,"msg":"Invalid request: request ID must be an unsigned integer"})"},
      {R"({"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":1})",
       R"({"code":2,"msg":"Invalid request: too many parameters","id":1})"},
      {R"({"method":"SUBSCRIBE","params":[1],"id":1})",
       R"({"code":2,"msg":"Invalid request: stream name must be a string","id":1})"},
      {R"({"method":"SET_PROPERTY","params":["combined"],"id":1})",
       R"({"code":1,"msg":"Invalid value type: expected Boolean","id":1})"},
      {R"({"method":"SET_PROPERTY","params":["combined",true,1],"id":1})",
       R"({"code":2,"msg":"Invalid request: too many parameters","id":1})"},
      {R"({"method":"SET_PROPERTY","params":["colour",true],"id":1})",
       R"({"code":0,"msg":"Unknown property","id":1})"},
      {R"({"method":"GET_PROPERTY","params":[],"id":1})",
       R"({"code":2,"msg":"Invalid request: property name must be a string","id":1})"}};
  for (const auto& row : rows) {
    CAPTURE(row.frame);
    const auto out = read_stream_request(row.frame);
    REQUIRE(std::holds_alternative<value>(out));
    CHECK(to_json(std::get<value>(out)).starts_with(row.answer));
  }
  for (const char* id : {"-9223372036854775808", "\"A9\"", "null", "0"}) {
    CAPTURE(id);
    CHECK(std::holds_alternative<stream_request>(
        read_stream_request(R"({"method":"LIST_SUBSCRIPTIONS","id":)" + std::string(id) + "}")));
  }
}

}  // namespace pitwall::sim
