// Job: what a process reaches of the world outside, a venue and its store: nothing of it any more
//      once it is dead. A test says what they answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/venues/paper_venue.hpp"
#include "runtime/ports/state_store.hpp"

namespace pitwall::test {

/// The way to a venue that outlives the process: nothing passes once the process is dead.
class mortal_venue final : public venue {
 public:
  explicit mortal_venue(std::shared_ptr<paper_venue> inner) : inner_(std::move(inner)) {}
  bool dead = false, unreachable = false;
  bool unlisted = false;  ///< It does not say what is open there.
  bool closed = false;    ///< The journal has failed: nothing leaves, as the host sees to.
  std::optional<order_report> says;  ///< What it answers to questions instead of the truth.
  /// So too, by client order id.
  std::function<order_report(const std::string&)> tells_of{};
  std::optional<error> market_failure;  ///< What it answers to questions for prices.
  std::optional<value> price;           ///< The price that it tells instead of the market's.
  microseconds price_age{};             ///< How old its answers were when they left.
  std::set<std::string> unpriced;       ///< Symbols of which it knows nothing.
  bool mute = false;                    ///< It answers no question for prices.
  value minute_volume;                  ///< What it tells who asks for the volume.
  std::size_t fetches = 0, cancelled_fetches = 0;
  std::vector<std::string> sent;  ///< Client order ids, as they left.
  /// Called with each order as it leaves; and with each report, which it may change.
  std::function<void(const std::string&, const order_request&, const order_permit&)> leaves{};
  std::shared_ptr<std::function<void(order_report&)>> retell =
      std::make_shared<std::function<void(order_report&)>>();
  std::vector<std::string> told;  ///< That a person has settled.
  std::vector<std::string> expected;  ///< Of an earlier life.

  const std::string& name() const noexcept override { return inner_->name(); }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override {
    if (dead) return {};
    ++fetches;
    if (mute) return {};
    if (market_failure) return then(*market_failure), cancel_call{};
    if (unpriced.contains(request.symbol))
      return then(error{errc::invalid_argument, "no such symbol", request.symbol, {}}),
             cancel_call{};
    auto inner =
        inner_->fetch_market(request, [then = std::move(then), volume = minute_volume,
                                       price = price, age = price_age](result<market_data> r) {
          if (r.ok()) {
            r->volume = volume;
            if (price) r->price_feed = *price;
            r->observed_at -= age;
          }
          then(std::move(r));
        });
    return [this, inner = std::move(inner)] {
      ++cancelled_fetches;
      if (inner) inner();
    };
  }
  void submit(const std::string& id, const order_request& order, const order_permit& permit,
              std::function<void(order_report)> then) override {
    if (dead) return;
    if (closed) {
      order_report refused;
      refused.client_order_id = id;
      refused.state = order_state::rejected;
      refused.code = "halted";
      return then(std::move(refused));
    }
    sent.push_back(id);
    if (leaves) leaves(id, order, permit);
    inner_->submit(id, order, permit, [told = retell, then = std::move(then)](order_report r) {
      if (*told) (*told)(r);
      then(std::move(r));
    });
  }
  void query(const std::string& id, const order_request& order,
             completion<order_report> then) override {
    if (dead) return;
    if (unreachable) return then(error{errc::unavailable, "the venue is away", {}, {}});
    if (says) return then(*says);
    if (tells_of) return then(tells_of(id));
    inner_->query(id, order, [told = retell, then = std::move(then)](result<order_report> r) {
      if (r.ok() && *told) (*told)(*r);
      then(std::move(r));
    });
  }
  void cancel(const cancel_request& request, const std::vector<std::string>& ids,
              completion<cancel_report> then) override {
    if (dead) return;
    if (unreachable) return then(error{errc::unavailable, "the venue is away", {}, {}});
    inner_->cancel(request, ids, std::move(then));
  }
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override {
    if (dead) return;
    if (unlisted) return then(error{errc::unavailable, "the venue is away", {}, {}});
    if (says) return then(std::vector<std::string>{});  // Which is over, and the only one.
    inner_->open_orders(std::move(then));
  }
  void on_report(std::function<void(order_report)> listener) override {
    if (!listener) return inner_->on_report(nullptr);
    inner_->on_report([told = retell, listener = std::move(listener)](order_report r) {
      if (*told) (*told)(r);
      listener(std::move(r));
    });
  }
  std::vector<std::string> unanswered() const override {
    auto all = inner_->unanswered();
    all.insert(all.end(), expected.begin(), expected.end());
    return all;
  }
  void expect(const std::string& id) override { expected.push_back(id); }
  void settled_elsewhere(const std::string& id) override { told.push_back(id); }
  decimal quantity_step(const std::string& symbol) const override {
    return inner_->quantity_step(symbol);
  }

 private:
  std::shared_ptr<paper_venue> inner_;
};

/// What a process keeps beside its journal: nothing more once it is dead.
class mortal_store final : public state_store {
 public:
  explicit mortal_store(std::shared_ptr<state_store> inner) : inner_(std::move(inner)) {}
  bool dead = false;
  std::size_t puts = 0;

  status put(std::string_view key, std::string_view bytes, durability how) override {
    if (dead) return gone();
    ++puts;
    return inner_->put(key, bytes, how);
  }
  status erase(std::string_view key, durability how) override {
    return dead ? status(gone()) : inner_->erase(key, how);
  }
  result<std::string> get(std::string_view key) const override { return inner_->get(key); }
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override {
    return inner_->scan(prefix);
  }
  result<std::string> put_definition(std::string_view text, durability how) override {
    if (dead) return gone();
    return inner_->put_definition(text, how);
  }

 private:
  static error gone() { return {errc::unavailable, "the process is dead", {}, {}}; }
  std::shared_ptr<state_store> inner_;
};

}  // namespace pitwall::test
