// Job: what the house needs from a place that has prices and takes orders.
// Threads: any thread may call; a completion runs once, on any thread, perhaps before the call
//      returns, and only hands the answer on (an actor's completion sends a message).
// Effects: submit() sends at most once. Right before the order leaves, the adapter asks the gate;
//      refused, it reports rejected with the gate's code and reason, and nothing was sent. An
//      outcome it cannot know is reported in_doubt, never rejected (never invent a reject).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/risk/emergency.hpp"
#include "runtime/workflow/block.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall {

/// Ends a call that nobody waits for any more: its connection is closed or it does not leave, and
/// its completion runs (if it has not) with `cancelled`. Any thread; once it has ended, nothing
/// happens. Empty where a call cannot take long.
using cancel_call = std::function<void()>;

class venue {
 public:
  template <class T>
  using completion = std::function<void(result<T>)>;

  virtual ~venue() = default;
  virtual const std::string& name() const noexcept = 0;

  /// Errors: unavailable (no answer, or a 5xx), deadline_exceeded, resource_exhausted (asked too
  /// often), with what the venue said in status and retry_after_ms; others: the request is wrong.
  virtual cancel_call fetch_market(const market_request& request, completion<market_data> then) = 0;
  virtual void submit(const std::string& client_order_id, const order_request& order,
                      const order_permit& permit, std::function<void(order_report)> then) = 0;
  /// What became of an order, with all its fills so far. not_found: it is proven by the venue's own
  /// rules that this order was never accepted and never will be. Everything else that is no report
  /// is `unavailable`: the doubt stays, ask again. `order` is the one that was submitted.
  virtual void query(const std::string& client_order_id, const order_request& order,
                     completion<order_report> then) = 0;
  /// Cancels open orders whose client order ids are given, or all with an empty list. Passes while
  /// halted. Each one that it ends is told to the listener of on_report() too, with its fills and
  /// before the answer.
  virtual void cancel(const cancel_request& request,
                      const std::vector<std::string>& client_order_ids,
                      completion<cancel_report> then) = 0;
  /// Optional: the client order ids of all that is open in the account, whoever sent it.
  virtual bool lists_open_orders() const noexcept { return false; }
  virtual void open_orders(completion<std::vector<std::string>> then) {
    then(error{errc::failed_precondition, "this venue does not list open orders", name(), {}});
  }
  /// Fills of orders after the answer to submit(), told on any thread: the whole report whenever it
  /// changed. Replaces the listener before; null ends it.
  virtual void on_report(std::function<void(order_report)> listener) = 0;
  /// Optional: called, on any thread, when the venue answers again after it could not be reached
  /// while orders of ours were open. Replaces the listener before; null ends it.
  virtual void on_regained(std::function<void()> /*listener*/) {}
  /// Client order ids that left and are not answered yet. An adapter to the outside lists an order
  /// in doubt until a query(), a report or settled_elsewhere() has settled it.
  virtual std::vector<std::string> unanswered() const = 0;
  /// Optional: this one of an earlier life of the host may be on its way there. Listed as one in
  /// doubt from the return on.
  virtual void expect(const std::string& /*client_order_id*/) {}
  /// Optional: a person has said what became of this one, durably. Nobody will ask for it again.
  virtual void settled_elsewhere(const std::string& /*client_order_id*/) {}
  /// Smallest tradable quantity step of a symbol; order amounts round down to it.
  virtual decimal quantity_step(const std::string& symbol) const = 0;
};

}  // namespace pitwall
