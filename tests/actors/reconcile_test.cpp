// What a venue lists as open at the start, in virtual time.
#include "runtime/base/ids.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view resting = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "price": "1", "order_type": "limit",
                    "venue": "paper", "signal": true}}]})";

/// Left behind by a process: a resting order that its journal knows, and perhaps one that it does
/// not.
estate left_resting(const std::string& also_open) {
  house h;
  auto s = h.run_once(resting);
  REQUIRE(s->done());
  if (!also_open.empty()) {
    order_report told;
    const auto permit = h.gate->read()->grant("paper", "", "");
    h.paper->submit(also_open, {"paper", "BTC/USDT", order_side::buy, order_kind::limit, 1, 1},
                    permit, [&](order_report r) { told = std::move(r); });
    REQUIRE(told.state == order_state::accepted);
  }
  return h.kill(1s);
}

}  // namespace

TEST_CASE("a venue whose open orders are all known opens") {
  house h(0, left_resting({}));
  h.recover();
  CHECK(h.board->read("paper").open);
}

TEST_CASE("a venue with an order of ours that nobody knows stays closed until it is gone") {
  const auto stray = make_client_order_id("exec_x_01KJMMA2G3003G000000000003", 1);
  house h(0, left_resting(stray));
  const auto w = h.deploy(resting);
  h.recover();
  CHECK_FALSE(h.board->read("paper").open);
  CHECK(h.board->read("paper").last_error.empty());  // Seen once: it might have filled since.
  h.pass(1s);
  const auto condition = h.board->read("paper");
  CHECK_FALSE(condition.open);
  CHECK(condition.unsettled == 0);
  CHECK(condition.last_error.find(stray) != std::string::npos);
  CHECK(h.log->has("stays closed"));
  auto refused = h.start(w);
  h.pass(5min);
  REQUIRE(refused->done());
  CHECK(refused->answer->error().code == errc::unavailable);
  CHECK_FALSE(h.board->read("paper").open);
  h.paper->cancel({}, {stray}, [](const auto&) {});
  h.pass(1min);
  CHECK(h.board->read("paper").open);
  CHECK(h.board->read("paper").last_error.empty());
}

TEST_CASE("somebody else's orders are named, and keep nothing closed") {
  house h(0, left_resting("web_1234"));
  h.recover();
  CHECK(h.board->read("paper").open);
  CHECK(h.log->has("web_1234"));
}

TEST_CASE("a venue whose open orders cannot be had stays closed, and opens once they can") {
  house h(0, left_resting({}));
  h.deploy(resting);
  h.recover();
  house away(0, h.kill());
  away.door->unlisted = true;
  away.recover();
  away.pass(1min);
  CHECK_FALSE(away.board->read("paper").open);
  away.door->unlisted = false;
  away.pass(1min);
  CHECK(away.board->read("paper").open);
}

}  // namespace pitwall::test
