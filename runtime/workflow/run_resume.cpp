#include <algorithm>

#include "runtime/workflow/run.hpp"
#include "runtime/workflow/run_time.hpp"

namespace pitwall {

namespace {

/// Which results a resumed run has to make anew. Nodes stand in topological order, so one pass up
/// sees every source before its dependents, and one pass down every dependent before its sources.
class freshness {
 public:
  freshness(const run_state& s, timestamp now, const run_rules& rules)
      : state_(s), again_(s.nodes.size()), stale_(s.nodes.size()), wanted_(s.nodes.size()) {
    for (std::uint32_t i = 0; i < s.nodes.size(); ++i) look_up(i, now, rules.max_input_age);
    for (auto i = static_cast<std::uint32_t>(s.nodes.size()); i-- > 0;) look_down(i);
  }

  std::vector<std::uint32_t> nodes() const {
    std::vector<std::uint32_t> out;
    std::vector<bool> back(again_.size());
    for (std::uint32_t i = 0; i < again_.size(); ++i) {
      const auto& run = state_.nodes[i];
      const bool under_way =
          run.status == node_status::running || run.status == node_status::retrying;
      const bool waits =
          under_way && !awaits_order(run) && run.journaled == nullptr && any_source(i, back);
      back[i] = (again_[i] && wanted_[i]) || waits;
      if (back[i]) out.push_back(i);
    }
    return out;
  }

 private:
  const plan_node& node(std::uint32_t i) const { return state_.workflow->nodes[i]; }
  bool any_source(std::uint32_t i, const std::vector<bool>& what) const {
    const auto& sources = node(i).sources;
    return std::any_of(sources.begin(), sources.end(), [&](auto s) { return what[s]; });
  }
  /// Its result may not be made twice: an effect, or a trigger state that has moved on.
  bool once_only(std::uint32_t i) const {
    const auto& n = node(i);
    return n.effect == effect_class::effectful || n.stateful;
  }
  /// An effect that is still to be decided. A notification in the journal was: it is told again
  /// from the inputs that it was decided from, whatever their age, so that it says the same.
  bool may_act(std::uint32_t i) const {
    const auto& run = state_.nodes[i];
    return node(i).effect == effect_class::effectful && !is_final(run.status) &&
           run.order == nullptr && !run.notified;
  }

  void look_up(std::uint32_t i, timestamp now, microseconds max_age) {
    const auto& run = state_.nodes[i];
    if (!is_final(run.status)) {
      stale_[i] = run.journaled == nullptr ? any_source(i, stale_) : true;
      return;
    }
    if (input_age(run.observed_at, now) <= max_age) return;
    again_[i] = run.status == node_status::completed && !once_only(i) && !any_source(i, stale_);
    stale_[i] = !again_[i];
  }
  void look_down(std::uint32_t i) {
    if (may_act(i) && !stale_[i]) wanted_[i] = true;
    if (!wanted_[i] || (is_final(state_.nodes[i].status) && !again_[i])) return;
    for (const auto s : node(i).sources) wanted_[s] = true;
  }

  const run_state& state_;
  std::vector<bool> again_;   ///< Its result is too old, and can be made anew.
  std::vector<bool> stale_;   ///< Its result is too old, or will be, and stays so.
  std::vector<bool> wanted_;  ///< An effect that can be saved rests on it.
};

}  // namespace

std::vector<std::uint32_t> nodes_to_run_again(const run_state& s, timestamp now,
                                              const run_rules& rules) {
  return freshness(s, now, rules).nodes();
}

}  // namespace pitwall
