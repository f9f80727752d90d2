// Job: random news of orders, in any order, repeated, contradictory, and a naive model of what it
//      makes of executions and of what retention may let go; and the comparison with a journal.
// Threads: one owner. Tests print the seed.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "tests/support/events.hpp"
#include "tests/support/journals.hpp"

namespace pitwall::test {

struct modelled_execution {
  bool ended = false;
  std::map<std::string, bool> open;  ///< By client order id.
  std::size_t events = 0;
  std::uint64_t last_record = 0;

  std::uint32_t open_orders() const {
    std::uint32_t n = 0;
    for (const auto& [id, is_open] : open) n += is_open ? 1 : 0;
    return n;
  }
  bool unsettled() const { return !ended || open_orders() > 0; }
};

class order_world {
 public:
  explicit order_world(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::map<std::uint64_t, modelled_execution>& kept() { return kept_; }
  const std::set<std::uint64_t>& gone() const { return gone_; }

  /// Events of some executions, and what the model makes of them.
  std::vector<event_batch> next_commit(std::uint64_t first_seq) {
    std::vector<event_batch> batches;
    for (auto n = 1 + below(4); n > 0; --n) {
      event_batch batch = below(3) == 0 || kept_.empty() ? begin() : news();
      modelled_execution& m = kept_[at_];
      m.events += batch.events.size();
      m.last_record = first_seq;
      batches.push_back(std::move(batch));
    }
    if (below(4) == 0 && !gone_.empty()) {  // Nothing begins with this.
      auto at = gone_.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(below(gone_.size())));
      batches.push_back({nth_scope(*at), {{at_ms(9), order_rejected{node(), "b", "x", "y"}}}});
    }
    return batches;
  }

  void pruned(std::uint64_t first_seq) {
    for (auto at = kept_.begin(); at != kept_.end();) {
      if (at->second.unsettled() || at->second.last_record >= first_seq) {
        ++at;
        continue;
      }
      gone_.insert(at->first);
      at = kept_.erase(at);
    }
  }

 private:
  const node_ref& node() const { return flow_.nodes[1]; }

  event_batch begin() {
    at_ = next_++;
    return {nth_scope(at_), {flow_.started(1)}};
  }

  event_batch news() {
    auto which = kept_.begin();
    std::advance(which, static_cast<std::ptrdiff_t>(below(kept_.size())));
    at_ = which->first;
    event_batch batch{nth_scope(at_), {}};
    for (auto n = 1 + below(3); n > 0; --n) batch.events.push_back(one(which->second));
    return batch;
  }

  event one(modelled_execution& m) {
    const std::string order(1, static_cast<char>('a' + below(3)));
    const auto say = [](event_body body) { return event{at_ms(2), std::move(body)}; };
    switch (below(8)) {
      case 0:
        m.open[order] = true;
        return say(order_intent{node(), order, {}});
      case 1:
        return say(order_submitted{node(), order, "v"});
      case 2:
        return say(order_filled{node(), order, {}, {1, 1, 0, ""}, false});
      case 3:
        return say(order_in_doubt{node(), order, "no answer"});
      case 4:
        m.ended = true;
        return flow_.completed(3);
      default:
        if (m.open.contains(order)) m.open[order] = false;
        if (below(3) == 0) return say(order_canceled{node(), order, "by hand"});
        if (below(2) == 0) return say(order_rejected{node(), order, "x", "y"});
        return say(order_filled{node(), order, {}, {1, 1, 0, ""}, true});
    }
  }

  std::mt19937_64 random_;
  sample_workflow flow_;
  std::map<std::uint64_t, modelled_execution> kept_;
  std::set<std::uint64_t> gone_;
  std::uint64_t at_ = 0, next_ = 1;
};

template <class Journal>
std::map<std::string, std::uint32_t> unsettled_of(const Journal& j) {
  std::map<std::string, std::uint32_t> all;
  for (std::string next;;) {
    const auto page = must(j.unsettled(next, 5));
    for (const auto& e : page.executions) all[e.scope->execution_id] = e.open_orders;
    next = page.next;
    if (next.empty()) return all;
  }
}

/// A journal, or what reads one.
template <class Journal>
void compare(const Journal& j, order_world& w) {
  std::map<std::string, std::uint32_t> unsettled;
  for (const auto& [n, m] : w.kept()) {
    const auto id = nth_execution_id(n);
    CAPTURE(id);
    if (m.unsettled()) unsettled[id] = m.open_orders();
    const auto summary = must(j.execution(id));
    REQUIRE(is_final(summary.status) == m.ended);
    REQUIRE(summary.open_orders == m.open_orders());
    event_query all;
    all.execution_id = id;
    const auto page = must(j.read(all));
    REQUIRE(page.at_end);
    REQUIRE(page.events.size() == m.events);
  }
  REQUIRE(unsettled_of(j) == unsettled);
  for (const auto n : w.gone()) {
    REQUIRE(j.execution(nth_execution_id(n)).error().code == errc::not_found);
  }
}

}  // namespace pitwall::test
