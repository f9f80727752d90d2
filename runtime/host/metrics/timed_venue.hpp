// Job: a venue whose questions for market data and balances are timed: from the call to its answer,
//      an error too. All else is the venue's own.
// Threads: as the venue. Durable: nothing. Tests: tests/host/timed_venue_test.cpp
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/meters.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

class timed_venue final : public venue {
 public:
  timed_venue(std::shared_ptr<venue> of, std::shared_ptr<time_tally> times)
      : of_(std::move(of)), times_(std::move(times)) {}

  const std::string& name() const noexcept override { return of_->name(); }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override;
  void submit(const std::string& client_order_id, const order_request& order,
              const order_permit& permit, std::function<void(order_report)> then) override {
    of_->submit(client_order_id, order, permit, std::move(then));
  }
  void query(const std::string& client_order_id, const order_request& order,
             completion<order_report> then) override {
    of_->query(client_order_id, order, std::move(then));
  }
  void cancel(const cancel_request& request, const std::vector<std::string>& client_order_ids,
              completion<cancel_report> then) override {
    of_->cancel(request, client_order_ids, std::move(then));
  }
  bool lists_open_orders() const noexcept override { return of_->lists_open_orders(); }
  void open_orders(completion<std::vector<std::string>> then) override {
    of_->open_orders(std::move(then));
  }
  void on_report(std::function<void(order_report)> listener) override {
    of_->on_report(std::move(listener));
  }
  void on_regained(std::function<void()> listener) override {
    of_->on_regained(std::move(listener));
  }
  std::vector<std::string> unanswered() const override { return of_->unanswered(); }
  void expect(const std::string& client_order_id) override { of_->expect(client_order_id); }
  void settled_elsewhere(const std::string& client_order_id) override {
    of_->settled_elsewhere(client_order_id);
  }
  decimal quantity_step(const std::string& symbol) const override {
    return of_->quantity_step(symbol);
  }

 private:
  const std::shared_ptr<venue> of_;
  const std::shared_ptr<time_tally> times_;
};

}  // namespace pitwall
