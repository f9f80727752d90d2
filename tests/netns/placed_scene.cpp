#include "tests/netns/placed_scene.hpp"

#include <algorithm>
#include <iostream>

#include "runtime/base/clock.hpp"

namespace pitwall::test {
namespace {

using std::chrono::milliseconds;

/// One order that fills at once, and one that rests far below the market.
const std::string trades =
    soak_file("m",
              soak_order("buy", "buy", "BTC/USDT", "0.002", R"(, "signal": true)") + "," +
                  soak_order("rest", "buy", "BTC/USDT", "0.01",
                             R"(, "order_type": "GTC", "price": 1000, "signal": true)"),
              {});

std::int64_t us_of(const std::string& iso) {
  const auto t = parse_iso8601(iso);
  REQUIRE(t.ok());
  return t->time_since_epoch().count();
}

std::string of_emergency(const char* action) {
  return std::string(R"({"action": ")") + action +
         R"(", "scope": "global", "reason": "test", "operator": "tester"})";
}

}  // namespace

std::int64_t wall_now_us() { return system_wall_clock().now().time_since_epoch().count(); }

std::vector<dated_order> dated_orders(const exchange_process& of) {
  std::vector<dated_order> out;
  each_row(of, "/api/v3/allOrders", "BTCUSDT", "orderId", "orderId", [&](const value& o) {
    out.push_back({row_text(o, "clientOrderId"), o.find("time")->as_number().to_int().value()});
  });
  return out;
}

// ---- the flow

order_flow::order_flow(std::filesystem::path control) : control_(std::move(control)) {}

void order_flow::start() {
  thread_ = std::thread([this] { go_on(); });
}

void order_flow::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void order_flow::run_for(milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return over_; });
}

std::vector<std::string> order_flow::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void order_flow::go_on() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    lock.unlock();
    std::string id;
    if (const auto client = host_client::connect(control_); client.ok())
      if (const auto r = accepted(client->request("POST", "/api/v1/workflows/w/executions"));
          r.ok())
        if (const auto said = parse_json(r->body); said.ok()) id = row_text(*said, "execution_id");
    lock.lock();
    if (!id.empty()) taken_.push_back(std::move(id));
    changed_.wait_for(lock, milliseconds(10), [this] { return over_; });
  }
}

// ---- the scene

placed_scene::placed_scene(std::string_view lease, std::string_view lost_after, bool slow)
    : net_(slow),
      desk_(trades, lease, lost_after, "10.77.0.2", net_.host_words()),
      flow_(std::filesystem::path(desk_.host.data()) / "control.sock") {}

void placed_scene::get_busy() {
  REQUIRE(row_text(host().run(), "status") == "completed");
  desk_.set(R"({"latency_ms": 120})");
  flow_.start();
  desk_.await([&] { return flow_.taken().size() > 60 && desk_.open_there() > 5; });
}

promised placed_scene::halt() {
  promised out;
  out.asked_us = wall_now_us();
  const auto said = host().ask("POST", "/api/v1/emergency", of_emergency("halt"));
  out.told_us = wall_now_us();
  INFO(to_json(said));
  CHECK(row_text(said, "result") == "done");
  out.closed_us = us_of(row_text(said, "closed_at"));
  for (const auto& id : said.find("unanswered_orders")->as_list()) out.listed.insert(id.as_text());
  out.warnings = to_json(*said.find("warnings"));
  halts_.push_back(out);
  return out;
}

void placed_scene::resume() {
  halts_.back().until_us = wall_now_us();
  host().ask("POST", "/api/v1/emergency", of_emergency("resume"));
}

void placed_scene::await_time(std::int64_t wall_us) {
  desk_.await([&] { return wall_now_us() > wall_us; });
}

void placed_scene::check_promises() {
  const auto all = dated_orders(desk_.exchange);
  for (const auto& h : halts_) {
    std::size_t between = 0;
    std::int64_t last = 0;
    for (const auto& o : all) {
      const auto came = o.came_ms * 1'000;
      if (came >= h.until_us) continue;
      last = std::max(last, came);
      between += came > h.told_us ? 1 : 0;
      if (came <= h.closed_us) continue;
      // Where a lease has ended nothing leaves any more, listed or not.
      if (h.listed.contains(o.client_order_id) && !(h.by_lease() && one_worker_)) continue;
      FAIL_CHECK(o.client_order_id << " came " << came - h.closed_us
                                   << " us after the promised time; " << h.warnings);
    }
    std::cout << all.size() << " orders, " << h.listed.size() << " listed; closed "
              << (h.closed_us - h.asked_us) / 1'000 << " ms after the halt was asked for"
              << (h.by_lease() ? " (by the lease)" : "") << "; " << between
              << " came after the answer, the last " << (last - h.closed_us) / 1'000
              << " ms from that time\n";
  }
}

void placed_scene::cancel_all() {
  const auto ran = host().ask("POST", "/api/v1/workflows/sweep/executions?wait=20");
  INFO(to_json(ran));
  CHECK(row_text(ran, "status") == "completed");
  desk_.await_none_open();
  CHECK(desk_.open_there() == 0);
}

void placed_scene::check_positions() {
  const auto there = read_account(desk_.exchange);
  decimal held;
  for (const auto& [id, o] : there.orders)
    held = add(held, o.buy ? o.filled() : -o.filled()).value();
  decimal here;
  const auto all = host().ask("GET", "/api/v1/positions");
  INFO(to_json(all));
  for (const auto& p : all.find("positions")->as_list())
    here = add(here, p.find("quantity")->as_number()).value();
  CHECK(here == held);
  CHECK(held > decimal());
}

void placed_scene::compare() {
  await_time(halts_.back().closed_us);
  flow_.stop();
  desk_.set(R"({"latency_ms": 0})");
  desk_.await_open();
  std::map<std::string, int> ends;
  for (const auto& id : flow_.taken()) ++ends[row_text(host().await_end(id), "status")];
  for (const auto& [status, n] : ends) UNSCOPED_INFO(status << ": " << n);
  host().ask("PUT", "/api/v1/workflows/sweep", soak_sweep("m"));
  // What is in doubt may rest yet: a cancel says so, and has to be asked for again.
  desk_.await([&] { return desk_.sim().find("unsettled_orders")->as_number() == decimal(); });
  cancel_all();
  check_promises();
  resume();
  desk_.await([&] { return row_text(host().run(), "status") == "completed"; });
  cancel_all();
  check_positions();
  host().process().signal(SIGTERM);
  CHECK(host().process().wait() == 0);
  CHECK(
      run_program({pitwall_binary(), "journal", "verify", "--data-dir", host().data()}).exit_code ==
      0);
  desk_.check_books();
  const auto facts = desk_.journal();
  CHECK(facts.open_orders() == std::vector<std::string>());
  for (const auto& id : flow_.taken()) CHECK(facts.executions.contains(id));
}

}  // namespace pitwall::test
