// Job: counts and durations of everything that was published since the host began: a sink that
//      reads the event stream every viewer gets.
// Why here: the stream says each thing once, durable and in order, so the totals are the journal's,
//      exactly; who trades does nothing for it and waits for nobody. A thread of its own with a
//      queue would cost more than the counting, and a full queue would lose counts.
// Threads: offer() on the broadcaster's; read() on any.
// Bounds: limits below; what comes past them is counted as "other". An event costs some additions
//      and at most one look-up; memory is taken only for a label that was never seen before.
// Tests: tests/host/event_tally_test.cpp, tests/process/metrics_test.cpp
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/ports/event_sink.hpp"
#include "runtime/ports/meters.hpp"

namespace pitwall {

class event_tally final : public event_sink {
 public:
  // Of a host with more workflows than anyone looks at one by one; and of block types, more than
  // the library and a user's own.
  static constexpr std::size_t max_workflows = 100, max_block_types = 64;

  bool offer(const committed_ref& commit) override;
  /// As of one moment: all of one commit, and nothing of the next. Appends. Who publishes waits for
  /// a copy of the numbers, not for the text.
  void read(metric_families& out) const;

 private:
  static constexpr std::size_t outcomes = 6, node_outcomes = 5;
  struct of_workflow {
    std::uint64_t started = 0, resumed = 0;
    std::array<std::uint64_t, outcomes> ended{};
  };
  struct of_block_type {
    std::array<std::uint64_t, node_outcomes> ended{};
    std::unique_ptr<time_tally> took = std::make_unique<time_tally>();
  };
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class T>
  using by_label = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

  using event_counts = std::array<std::uint64_t, std::variant_size_v<event_body>>;
  /// Labels are those of the maps, from which nothing is ever taken.
  struct numbers {
    struct of_type {
      std::string_view label;
      std::array<std::uint64_t, node_outcomes> ended;
      metric_sample took;
    };
    event_counts events{};
    std::vector<std::pair<std::string_view, of_workflow>> workflows;
    std::vector<of_type> types;
    metric_sample took, commit_events, commit_batches;
  };

  template <class T>
  static T& slot(by_label<T>& all, std::string_view label, std::size_t most);
  void count(of_workflow& workflow, const event& e);
  of_block_type& type_of(const node_ref& node);
  numbers copy() const;
  static void show_executions(numbers& n, metric_families& out);
  static void show_nodes(numbers& n, metric_families& out);

  mutable std::mutex mutex_;  ///< Taken once a commit.
  event_counts events_{};
  by_label<of_workflow> workflows_;
  by_label<of_block_type> types_;
  time_tally took_;
  size_tally commit_events_, commit_batches_;
};

}  // namespace pitwall
