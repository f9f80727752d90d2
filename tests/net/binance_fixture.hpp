// Job: a Binance adapter against a witness exchange in a process of its own, with calls that wait
//      for their answers (with a deadline).
#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/venues/binance_venue.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {

inline decimal d(const char* text) { return decimal::parse(text).value(); }

/// The answer to one call.
template <class T>
class awaited {
 public:
  std::function<void(T)> completion() {
    return [to = to_](T given) { to->set_value(std::move(given)); };
  }
  bool is_there() const {
    return given_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  void wait() {
    if (given_.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      FAIL("no answer within 10 seconds");
    }
  }
  T get() {
    wait();
    return given_.get();
  }

 private:
  std::shared_ptr<std::promise<T>> to_ = std::make_shared<std::promise<T>>();
  std::future<T> given_ = to_->get_future();
};

/// What a listener was told.
class told_reports {
 public:
  std::function<void(order_report)> listener() {
    return [this](order_report r) {
      const std::lock_guard lock(mutex_);
      all_.push_back(std::move(r));
      added_.notify_all();
    };
  }
  /// The n-th report, from 1.
  order_report await(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!added_.wait_for(lock, std::chrono::seconds(10), [&] { return all_.size() >= n; })) {
      FAIL("no report within 10 seconds");
    }
    return all_[n - 1];
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<order_report> all_;
};

inline order_request make_order(order_side side, order_kind kind, const char* amount,
                                const char* price = "0", const char* symbol = "BTC/USDT") {
  return {"binance", symbol, side, kind, d(amount), d(price)};
}

struct binance_desk_fixture {
  witness exchange;
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  std::shared_ptr<const wall_clock> clock = std::make_shared<system_wall_clock>();
  emergency_book book;
  binance_options options;
  told_reports told;  // outlives the adapter that tells it
  std::shared_ptr<binance_venue> venue;

  explicit binance_desk_fixture(binance_options o = {}, std::vector<std::string> more = {"--still"})
      : exchange(witness_binary(), std::move(more)), options(std::move(o)) {
    options.url = exchange.url();
    // Where a test is not about the window: of a machine that stands still, too.
    if (options.recv_window == binance_options{}.recv_window)
      options.recv_window = milliseconds(20'000);
    set({});
    open();
  }
  /// A new adapter: what a restart of the host makes.
  void open() {
    venue.reset();
    auto opened = binance_venue::open(options, gate, clock);
    REQUIRE(opened.ok());
    venue = *opened;
    venue->on_report(told.listener());
  }

  void set(const emergency_change& change) {
    if (!change.scope.empty()) book.apply(change);
    gate->publish(std::make_shared<emergency_book>(book));
  }
  void halt() { set({"global", emergency_level::normal, emergency_level::halt}); }
  order_permit permit() const { return book.grant("binance", "b", "s"); }

  awaited<order_report> send(const std::string& id, const order_request& order) {
    awaited<order_report> out;
    venue->submit(id, order, permit(), out.completion());
    return out;
  }
  order_report submit(const std::string& id, const order_request& order) {
    return send(id, order).get();
  }
  order_report buy(const std::string& id, const char* amount) {
    return submit(id, make_order(order_side::buy, order_kind::market, amount));
  }
  awaited<order_report> send_buy(const std::string& id) {
    return send(id, make_order(order_side::buy, order_kind::market, "1"));
  }
  result<order_report> query(const std::string& id) {
    awaited<result<order_report>> out;
    venue->query(id, make_order(order_side::buy, order_kind::market, "1"), out.completion());
    return out.get();
  }
  result<cancel_report> cancel(const std::vector<std::string>& ids, const char* symbol = "") {
    awaited<result<cancel_report>> out;
    venue->cancel({"binance", symbol}, ids, out.completion());
    return out.get();
  }
  result<market_data> fetch(const market_request& request) {
    awaited<result<market_data>> out;
    venue->fetch_market(request, out.completion());
    return out.get();
  }
  /// No order is unanswered any more: an answer is handed on before its order leaves the list.
  bool await_all_answered() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!venue->unanswered().empty()) {
      if (std::chrono::steady_clock::now() > until) return false;
    }
    return true;
  }
  std::size_t logged() const { return exchange.orders().size(); }
};

}  // namespace pitwall::test
