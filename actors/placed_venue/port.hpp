// Job: a venue that is placed on a worker, as its order router and the nodes of this host see it.
//      docs/several_hosts.md
// Orders (code of a rejection: nothing was accepted): halted, not_sent (no worker is there, or it
//      holds no trading lease), and those of the adapter there. In doubt: no_answer (the worker was
//      lost with it), and the adapter's.
// Threads, completions: as the port says. Durable: nothing. Bounds: the adapter's, there.
// Tests: tests/actors/placed_venue_test.cpp
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/placed_venue/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/handed_orders.hpp"

namespace pitwall {

class placed_venue_port final : public venue {
 public:
  placed_venue_port(std::string name, std::shared_ptr<handed_orders> handed, placed_venue_actor to,
                    std::shared_ptr<const wall_clock> clock)
      : name_(std::move(name)),
        handed_(std::move(handed)),
        to_(std::move(to)),
        clock_(std::move(clock)) {}

  const std::string& name() const noexcept override { return name_; }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override;
  void submit(const std::string& client_order_id, const order_request& order,
              const order_permit& permit, std::function<void(order_report)> then) override;
  void query(const std::string& client_order_id, const order_request& order,
             completion<order_report> then) override;
  void cancel(const cancel_request& request, const std::vector<std::string>& client_order_ids,
              completion<cancel_report> then) override;
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override;
  void on_report(std::function<void(order_report)> listener) override {
    handed_->on_report(std::move(listener));
  }
  void on_regained(std::function<void()> listener) override {
    handed_->on_regained(std::move(listener));
  }
  std::vector<std::string> unanswered() const override { return handed_->unanswered(); }
  void expect(const std::string& client_order_id) override { handed_->expect(client_order_id); }
  void settled_elsewhere(const std::string& client_order_id) override;
  decimal quantity_step(const std::string& symbol) const override {
    return handed_->step_of(symbol);
  }

 private:
  error gone() const;

  const std::string name_;
  const std::shared_ptr<handed_orders> handed_;
  const placed_venue_actor to_;
  const std::shared_ptr<const wall_clock> clock_;
};

}  // namespace pitwall
