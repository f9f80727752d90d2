// Job: what a host has handed over to a worker for a venue that is placed there, as whoever halts,
//      orders or looks sees it at once: which orders are unanswered, the venue's steps, and whether
//      anybody is there.
// Why shared memory: a halt lists what had left before it, and waits for nobody.
// Threads: any; the mutex is held for a look, and while the gate is asked.
// Bounds: one entry per order that is unanswered or in doubt, and per symbol that was asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/ports/order_gate.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall {

class handed_orders {
 public:
  using listener = std::function<void(order_report)>;

  explicit handed_orders(std::shared_ptr<const order_gate> gate) : gate_(std::move(gate)) {}

  /// The order is on its way from here on. False: it must not leave. A halt closes the gate before
  /// it asks for unanswered(): what passes here is in that list.
  bool hand_over(const std::string& client_order_id, const order_permit& permit) {
    const std::lock_guard lock(mutex_);
    if (!gate_->allows(permit)) return false;
    unanswered_.insert(client_order_id);
    return true;
  }
  /// It was handed over in an earlier life.
  void expect(const std::string& client_order_id) {
    const std::lock_guard lock(mutex_);
    unanswered_.insert(client_order_id);
  }
  void settle(const std::string& client_order_id) {
    const std::lock_guard lock(mutex_);
    unanswered_.erase(client_order_id);
  }
  std::vector<std::string> unanswered() const {
    const std::lock_guard lock(mutex_);
    return {unanswered_.begin(), unanswered_.end()};
  }

  void learn_step(const std::string& symbol, const decimal& step) {
    const std::lock_guard lock(mutex_);
    steps_[symbol] = step;
  }
  /// Of a symbol that was not asked for yet, the smallest of all.
  decimal step_of(const std::string& symbol) const {
    const std::lock_guard lock(mutex_);
    const auto at = steps_.find(symbol);
    return at == steps_.end() ? decimal::from_raw(decimal::one_raw / 100'000'000) : at->second;
  }

  /// Why no order can leave now; empty: a worker is there.
  void set_trouble(std::string why) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(why);
  }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

  void on_report(listener to) {
    const std::lock_guard lock(mutex_);
    reports_ = to ? std::make_shared<const listener>(std::move(to)) : nullptr;
  }
  void tell(const order_report& r) const {
    if (const auto to = read(reports_)) (*to)(r);
  }
  void on_regained(std::function<void()> to) {
    const std::lock_guard lock(mutex_);
    regained_ = to ? std::make_shared<const std::function<void()>>(std::move(to)) : nullptr;
  }
  void tell_regained() const {
    if (const auto to = read(regained_)) (*to)();
  }

  /// No two calls have the same.
  std::uint64_t next_token() noexcept { return ++last_token_; }

 private:
  template <class T>
  T read(const T& from) const {
    const std::lock_guard lock(mutex_);
    return from;
  }

  const std::shared_ptr<const order_gate> gate_;
  mutable std::mutex mutex_;
  std::set<std::string> unanswered_;
  std::map<std::string, decimal> steps_;
  std::string trouble_;
  std::shared_ptr<const listener> reports_;
  std::shared_ptr<const std::function<void()>> regained_;
  std::atomic<std::uint64_t> last_token_ = 0;
};

}  // namespace pitwall
