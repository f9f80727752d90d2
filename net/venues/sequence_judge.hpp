// Job: whether an update of a stream is the next one, an old one, or comes after one that is lost:
//      by the numbers that updates carry, for every venue in the same way.
// Threads: one owner. Bounds: max_channels; an update of a further one is a gap.
// Tests: tests/net/sequence_judge_test.cpp, tests/net/feed_model_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "net/venues/feed_update.hpp"

namespace pitwall {

enum class sequence_verdict : std::uint8_t { next, old, gap };

class sequence_judge {
 public:
  static constexpr std::size_t max_channels = 10'000;

  /// `sums`: what the update says is added up, so that none of it may be taken in twice.
  sequence_verdict judge(const sequence_facts& facts, bool sums = false);
  /// Of a new connection.
  void forget_all() { last_.clear(); }

 private:
  std::map<std::string, std::uint64_t> last_;  ///< By channel.
};

}  // namespace pitwall
