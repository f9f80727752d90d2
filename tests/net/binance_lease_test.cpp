// Orders under a gate that is lent for a time: none leaves after it, and none is signed for longer.
#include <atomic>
#include <charconv>

#include "net/venues/binance_venue.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"

namespace pitwall::test {
namespace {

class set_clock final : public boot_clock {
 public:
  boot_time now() const noexcept override { return boot_time(now_.load()); }
  void set(boot_time t) { now_ = t.count(); }

 private:
  std::atomic<std::int64_t> now_ = 0;
};

/// An exchange that knows the time, and notes what orders are signed for.
struct leased_desk {
  std::mutex mutex;
  std::vector<std::int64_t> windows;
  scripted_server exchange{[this](const std::string& target) { return answer(target); }};
  std::shared_ptr<set_clock> boot = std::make_shared<set_clock>();
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>(boot);
  std::shared_ptr<binance_venue> venue;
  emergency_book book;

  leased_desk() {
    binance_options o;
    o.url = exchange.url();
    gate->publish(std::make_shared<emergency_book>(book));
    auto opened = binance_venue::open(o, gate, std::make_shared<system_wall_clock>());
    REQUIRE(opened.ok());
    venue = *opened;
  }
  std::optional<std::string> answer(const std::string& target) {
    if (target.starts_with("/api/v3/time"))
      return http_answer(200, R"({"serverTime": 1800000000000})");
    if (!target.starts_with("/api/v3/order")) return http_answer(200, "[]");
    constexpr std::string_view name = "recvWindow=";
    const auto at = target.find(name) + name.size();
    std::int64_t ms = 0;
    std::from_chars(target.data() + at, target.data() + target.size(), ms);
    const std::lock_guard lock(mutex);
    windows.push_back(ms);
    return http_answer(400, R"({"code": -2010, "msg": "Account has insufficient balance."})");
  }
  order_report send(const std::string& id) {
    awaited<order_report> out;
    venue->submit(id, make_order(order_side::buy, order_kind::market, "1"),
                  book.grant("binance", "b", "s"), out.completion());
    return out.get();
  }
};

}  // namespace

TEST_CASE("an order is signed for no longer than the lease under which it leaves", "[binance]") {
  leased_desk k;
  CHECK(k.send("none").code == "not_sent");  // Nothing was lent yet.
  k.boot->set(std::chrono::seconds(100));
  k.gate->lend_until(std::chrono::seconds(110));
  CHECK(k.send("plenty").code == "insufficient_balance");
  k.gate->lend_until(std::chrono::milliseconds(100'800));
  CHECK(k.send("little").code == "insufficient_balance");
  k.boot->set(std::chrono::milliseconds(100'799));
  CHECK(k.send("almost-none").code == "not_sent");
  k.boot->set(std::chrono::milliseconds(100'800));
  CHECK(k.send("over").code == "not_sent");
  const std::lock_guard lock(k.mutex);
  REQUIRE(k.windows.size() == 2);
  CHECK(k.windows[0] == 2'000);
  // Less what clocks may drift meanwhile.
  CHECK(k.windows[1] <= 799);
  CHECK(k.windows[1] >= 780);
}

}  // namespace pitwall::test
