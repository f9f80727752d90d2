// Job: which workers are asked for nothing for a while, as they could not do what they were chosen
//      for: another one that fits is tried instead, and they are again once the while is over. It
//      is longer each time.
// Epochs: a worker that joins anew is another one: what ailed it may be mended.
// Time: given, on the boot clock. Threads: one owner.
// Bounds: `most`; past that whoever was passed over first is forgotten, and may be tried again.
// Tests: tests/workers/passed_over_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/boot_clock.hpp"

namespace pitwall {

class passed_over {
 public:
  static constexpr std::size_t most = 1'000;  // As many as may join.
  static constexpr boot_time first = std::chrono::milliseconds(500),
                             longest = std::chrono::seconds(30);

  /// It could not do it. False: that is what was said of it the last time, too.
  bool add(std::uint64_t epoch, std::string why, boot_time now);
  /// It does it now.
  void clear(std::uint64_t epoch) { all_.erase(epoch); }
  std::vector<std::uint64_t> at(boot_time now) const;

 private:
  struct entry {
    boot_time added{}, until{}, wait = first;
    std::string why;
  };
  std::map<std::uint64_t, entry> all_;  ///< By epoch.
};

}  // namespace pitwall
