// Job: a halt marker on no disk, which answers when the test lets it.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "runtime/ports/halt_marker.hpp"

namespace pitwall::test {

struct memory_marker final : halt_marker {
  void leave(const emergency_command& command, std::function<void(status)> then) override {
    left.push_back(command);
    stands = true;
    waits.push_back(std::move(then));
    if (!hangs) answer(done{});
  }
  void lift() override {
    ++lifted;
    stands = false;
  }
  void answer(const status& s) {
    for (const auto& then : std::exchange(waits, {})) then(s);
  }

  std::vector<emergency_command> left;
  std::vector<std::function<void(status)>> waits;
  std::size_t lifted = 0;
  bool hangs = false, stands = false;
};

}  // namespace pitwall::test
