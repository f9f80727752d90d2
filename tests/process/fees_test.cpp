// Fees that the exchange takes in another asset, as they come over the wire into profit and loss.
#include <chrono>
#include <csignal>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view buys = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "1", "venue": "sim"}}]})";

decimal d(std::string_view text) { return decimal::parse(text).value(); }

class fee_host {
 public:
  explicit fee_host(const std::string& fee_asset, const std::vector<std::string>& more = {})
      : exchange_(pitwall_binary(), with({"--no-auth", "--still", "--symbol", "BTC/USDT=60000",
                                          "--fee-asset", fee_asset},
                                         more)) {
    start();
  }
  void start() {
    host_ = std::make_unique<child_process>(
        patient_pitwall({"serve", d_.write("w.json", buys).string(), "--data-dir", data(),
                         "--auto-halt", "--venue", "sim=binance:" + exchange_.url()}));
    REQUIRE(host_->await_line("ready:"));
  }
  int stop() {
    host_->signal(SIGTERM);
    return host_->wait();
  }
  value ask(std::string_view method, std::string_view target) const {
    auto client = host_client::connect(std::filesystem::path(data()) / "control.sock");
    REQUIRE(client.ok());
    auto r = accepted(client->request(method, target, {}));
    if (!r.ok()) FAIL(r.error().to_string());
    return parse_json(r->body).value();
  }
  void buy() const {
    const auto done = ask("POST", "/api/v1/workflows/w/executions?wait=20");
    CAPTURE(to_json(done));
    REQUIRE(done.find("status")->as_text() == "completed");
  }
  /// Once the fill is in the books, and what it paid is valued; after a start, once a price came.
  value realized() const {
    value risk;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < until) {
      risk = ask("GET", "/api/v1/risk");
      const auto* figures = risk.find("host")->find("figures");
      if (!figures->is_null() && !figures->find("realized_total")->as_number().is_zero())
        return *figures->find("realized_total");
    }
    CAPTURE(to_json(risk));
    FAIL("nothing was realized");
    return {};
  }
  decimal held() const {
    const auto all = ask("GET", "/api/v1/positions");
    const auto& rows = all.find("positions")->as_list();
    REQUIRE(rows.size() == 1);
    return rows[0].find("quantity")->as_number();
  }
  /// What the exchange says is owned.
  decimal owned(const std::string& asset) const {
    const auto account = exchange_.ask("GET", "/api/v3/account", "").json();
    for (const auto& b : account.find("balances")->as_list())
      if (b.find("asset")->as_text() == asset) return d(b.find("free")->as_text());
    return {};
  }

 private:
  static std::vector<std::string> with(std::vector<std::string> all,
                                       const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string data() const { return (d_.path() / "data").string(); }

  scratch_directory d_;
  exchange_process exchange_;
  std::unique_ptr<child_process> host_;
};

}  // namespace

TEST_CASE("of a buy whose fee is taken from what is received, that much less is held") {
  fee_host h("received");
  const auto before = h.owned("BTC");
  h.buy();
  const auto realized = h.realized();
  CHECK(h.held() == d("0.999"));
  CHECK(sub(h.owned("BTC"), before).value() == h.held());
  CHECK(realized.as_number() < -60);  // 0.001 at the ask.
  CHECK(realized.as_number() > -61);
  CHECK(h.stop() == 0);
  h.start();
  CHECK(h.held() == d("0.999"));
  CHECK(h.realized() == realized);
  CHECK(h.stop() == 0);
}

TEST_CASE("a fee in an asset of its own is booked at what that is worth there") {
  fee_host h("BNB", {"--symbol", "BNB/USDT=600"});
  const auto before = h.owned("BNB");
  h.buy();
  const auto realized = h.realized();
  CHECK(h.held() == 1);
  CHECK(sub(before, h.owned("BNB")).value() > d("0.1"));
  CHECK(realized.as_number() < -59);
  CHECK(realized.as_number() > -61);
  CHECK(h.stop() == 0);
}

}  // namespace pitwall::test
