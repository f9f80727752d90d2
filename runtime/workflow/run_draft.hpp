// Job: a decision while it grows. It keeps what it adds to the state beside the state, so that
//      deciding copies nothing, and enforces what every decision must keep: dependents start when
//      their last source is final, failures reach them by policy, and a run ends exactly once.
// Threads: one decide() call owns it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/workflow/run.hpp"

namespace pitwall {

class run_draft {
 public:
  run_draft(const run_state& s, timestamp now) noexcept
      : state_(s), now_(now), open_(s.open_nodes) {}

  const run_state& state() const noexcept { return state_; }
  timestamp now() const noexcept { return now_; }
  const plan_node& node(std::uint32_t i) const noexcept { return state_.workflow->nodes[i]; }
  const node_ref& identity(std::uint32_t i) const noexcept { return node(i).identity; }
  const node_run& run_of(std::uint32_t i) const noexcept { return state_.nodes[i]; }
  /// When the oldest input of this node was true; timestamp::max(): constants only.
  timestamp oldest_input(std::uint32_t i) const noexcept;

  template <class Event>
  void emit(Event body) {
    decided_.events.push_back({now_, std::move(body)});
  }
  template <class Effect>
  void want(Effect effect) {
    decided_.effects.emplace_back(std::in_place_type<Effect>, std::move(effect));
  }

  /// A node's inputs, from its sources' outputs.
  std::vector<value> bind(const plan_node& n) const;
  /// All sources are final. Past the run's deadline nothing starts any more.
  void start(std::uint32_t i);
  /// Its order's fate is the venue's to tell.
  void settle(std::uint32_t i);
  void complete(std::uint32_t i, outputs_ref outputs, timestamp observed_at);
  void fail(std::uint32_t i, std::string error, std::string type);
  /// Its order's fate is unknown.
  void doubt(std::uint32_t i, std::string reason, outputs_ref outputs);
  /// The run is over before all nodes are final: `last` says why.
  /// `unsent`: nodes whose order is known not to have left.
  void end_early(event_body last, const std::vector<std::uint32_t>& unsent = {});

  /// Ends the run where all nodes are final, and gives the decision out.
  decision take();

 private:
  void close(std::uint32_t i);
  void count_closed(std::uint32_t i);
  bool is_closed(std::uint32_t i) const noexcept;
  void release_dependents(std::uint32_t i);
  void skip_dependents(std::uint32_t i, std::string_view what_happened);
  bool any_error() const noexcept;
  void doubt_order(std::uint32_t i, std::string reason);

  const run_state& state_;
  timestamp now_;
  decision decided_;
  std::uint32_t open_;   ///< Nodes not final after this decision.
  bool errors_ = false;  ///< A node closed here with an error.
  bool ended_ = false;   ///< end_early() was called.
  std::uint32_t closed_ =
      0;  ///< Nodes closed here; mostly one, so the tables come with the second.
  std::uint32_t first_closed_ = 0;
  std::vector<std::uint32_t> freed_;                    ///< By node: sources closed here.
  std::vector<bool> gone_;                              ///< By node: closed here.
  std::uint32_t fresh_node_ = input_binding::constant;  ///< Completed here, with these outputs.
  outputs_ref fresh_outputs_;
};

}  // namespace pitwall
