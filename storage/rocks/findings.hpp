// Job: collects what a verification finds: one finding per record, however many see the damage.
// Threads: one owner. Bounds: describes verify_report::max_findings; remembers the damaged places.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "storage/verify.hpp"

namespace pitwall::storage {

class findings {
 public:
  explicit findings(verify_report& report) noexcept : report_(report) {}

  void add(std::uint64_t seq, std::string what) {
    if (seq != 0) known_.insert(seq);
    ++report_.found;
    if (report_.findings.size() < verify_report::max_findings) {
      report_.findings.push_back({seq, std::move(what)});
    }
  }
  /// All events from `first` to `last` are gone or cannot be believed.
  void add_range(std::uint64_t first, std::uint64_t last, std::string what) {
    gaps_.emplace_back(first, last);
    add(first, std::move(what));
  }
  /// Whether the place is known to be damaged: what follows from it is no news.
  bool knows(std::uint64_t seq) const {
    return known_.contains(seq) || std::any_of(gaps_.begin(), gaps_.end(), [seq](const auto& gap) {
             return gap.first <= seq && seq <= gap.second;
           });
  }
  /// Those that are at no seq come last.
  void sort() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const auto& a, const auto& b) { return a.seq - 1 < b.seq - 1; });
  }

 private:
  verify_report& report_;
  std::set<std::uint64_t> known_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps_;
};

}  // namespace pitwall::storage
