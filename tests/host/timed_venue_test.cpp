// A venue whose questions are timed answers as the venue does.
#include "runtime/host/metrics/timed_venue.hpp"

#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

/// Answers when it is let.
class slow_venue final : public venue {
 public:
  const std::string& name() const noexcept override { return name_; }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override {
    asked = request.symbol;
    answer = std::move(then);
    return [this] { cancelled = true; };
  }
  void submit(const std::string& id, const order_request&, const order_permit&,
              std::function<void(order_report)>) override {
    asked = id;
  }
  void query(const std::string& id, const order_request&, completion<order_report>) override {
    asked = id;
  }
  void cancel(const cancel_request&, const std::vector<std::string>& ids,
              completion<cancel_report>) override {
    asked = ids.front();
  }
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>>) override { asked = "open"; }
  void on_report(std::function<void(order_report)>) override { asked = "report"; }
  void on_regained(std::function<void()>) override { asked = "regained"; }
  std::vector<std::string> unanswered() const override { return {"u"}; }
  void settled_elsewhere(const std::string& id) override { asked = id; }
  decimal quantity_step(const std::string&) const override { return 7; }

  std::string asked;
  completion<market_data> answer;
  bool cancelled = false;

 private:
  const std::string name_ = "slow";
};

}  // namespace

TEST_CASE("each answer to a question for market data is timed, and an error too") {
  const auto slow = std::make_shared<slow_venue>();
  const auto times = std::make_shared<time_tally>();
  timed_venue timed(slow, times);
  market_request wanted;
  wanted.symbol = "BTC/USDT";
  std::vector<bool> got;
  const auto cancel =
      timed.fetch_market(wanted, [&](result<market_data> d) { got.push_back(d.ok()); });
  CHECK(slow->asked == "BTC/USDT");
  CHECK(times->read().count == 0);
  cancel();
  CHECK(slow->cancelled);
  slow->answer(market_data{});
  CHECK(times->read().count == 1);
  timed.fetch_market(wanted, [&](result<market_data> d) { got.push_back(d.ok()); });
  slow->answer(error{errc::unavailable, "away", {}, {}});
  CHECK(times->read().count == 2);
  CHECK(got == std::vector<bool>{true, false});
}

TEST_CASE("of a timed venue all else is the venue's own") {
  const auto slow = std::make_shared<slow_venue>();
  timed_venue timed(slow, std::make_shared<time_tally>());
  CHECK(timed.name() == "slow");
  timed.submit("1", {}, {}, nullptr);
  CHECK(slow->asked == "1");
  timed.query("2", {}, nullptr);
  CHECK(slow->asked == "2");
  timed.cancel({}, {"3"}, nullptr);
  CHECK(slow->asked == "3");
  CHECK(timed.lists_open_orders());
  timed.open_orders(nullptr);
  CHECK(slow->asked == "open");
  timed.on_report(nullptr);
  CHECK(slow->asked == "report");
  timed.on_regained(nullptr);
  CHECK(slow->asked == "regained");
  CHECK(timed.unanswered() == std::vector<std::string>{"u"});
  timed.settled_elsewhere("4");
  CHECK(slow->asked == "4");
  CHECK(timed.quantity_step("x") == decimal(7));
}

}  // namespace pitwall
