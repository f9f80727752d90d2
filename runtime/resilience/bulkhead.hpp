// Job: how many calls of one venue are under way at once, and a bounded line of those that wait,
//      first come, first served. What is refused is refused at once.
// Owns: who is in and who waits. A permit belongs to the epoch it was given in; after reset() those
//      of before change nothing, nor does a permit given back twice.
// Time: none: whoever waits too long leaves. A call that is never given back keeps its place, so
//      call with a time-out. Threads: one owner.
// Bounds: max_concurrent + max_waiting numbers. Durable: nothing; calls under way die with the
//      process. Tests: tests/resilience/bulkhead_test.cpp
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

/// At least 1 and at most 10,000 at once; up to 100,000 waiting.
struct bulkhead_limits {
  std::uint32_t max_concurrent = 16;
  std::uint32_t max_waiting = 256;
};

struct bulkhead_permit {
  std::uint64_t epoch = 0, id = 0;
  friend bool operator==(const bulkhead_permit&, const bulkhead_permit&) = default;
};

class bulkhead {
 public:
  enum class entry : std::uint8_t { admitted, waiting, refused };
  struct entered {
    entry how = entry::refused;
    bulkhead_permit permit;  ///< Also of one who waits: the same permit is admitted later.
  };
  enum class exit : std::uint8_t { unknown, left_line, released };
  struct left {
    exit how = exit::unknown;
    std::optional<bulkhead_permit> next;  ///< Was waiting, and is admitted from now on.
  };

  static result<bulkhead> make(const bulkhead_limits& limits);

  entered enter();
  /// Gives a place back, or leaves the line. A caller that leaves the line while its turn comes
  /// need not know which of both it does.
  left leave(const bulkhead_permit& permit);
  /// Everyone is out, and every permit of before is void.
  void reset() noexcept;

  std::size_t under_way() const noexcept { return under_way_.size(); }
  std::size_t waiting() const noexcept { return line_.size(); }
  std::uint64_t refused() const noexcept { return refused_; }

 private:
  explicit bulkhead(const bulkhead_limits& limits) : limits_(limits) {
    under_way_.reserve(limits.max_concurrent);
  }

  bulkhead_limits limits_;
  std::uint64_t epoch_ = 1, last_id_ = 0, refused_ = 0;
  // Both ascending: ids are given in the order of arrival, and nobody overtakes.
  std::vector<std::uint64_t> under_way_;
  std::deque<std::uint64_t> line_;
};

}  // namespace pitwall
