// Job: which orders of an execution have no final word yet, from its events alone: what a start has
//      to ask the venues about. Needs no plan, so it works for definitions that can no longer be
//      loaded. Threads: plain values. Tests: tests/workflow/open_orders_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/event.hpp"

namespace pitwall {

struct open_order {
  node_ref node;
  std::string client_order_id;
  order_request order;
  std::uint32_t fills = 0;  ///< Journaled ones.
  bool accepted = false;    ///< The venue has said that it has it.
  bool awaited = true;      ///< Its node has not ended: the resumed execution asks for its outcome.
  decimal filled{};         ///< By the journaled fills.
  decimal paid{};           ///< For these: each fill's price times its quantity.
  timestamp since{};        ///< Of its intent.
  /// Why nobody knows what became of it; empty where nobody has said so, or the venue has since.
  std::string doubt{};
};

class open_order_fold {
 public:
  /// The types that matter; others change nothing.
  static const std::vector<std::string>& types();

  void take(const event& e);
  /// In the order of their intents.
  std::vector<open_order> orders() const;

 private:
  struct known : open_order {
    bool closed = false, node_ended = false;
  };
  known* find(std::string_view client_order_id);
  void close(std::string_view client_order_id);
  void node_ended(const node_ref& node);

  std::vector<known> orders_;  ///< A handful: one per order node of the plan.
  bool ended_ = false;
};

/// The end of an execution that nobody runs: its nodes wait for `awaited` (open_order::awaited), so
/// these are in doubt from then on.
std::vector<event> cancel_unrun(const std::vector<open_order>& awaited, timestamp started_at,
                                timestamp now, std::string reason);

}  // namespace pitwall
