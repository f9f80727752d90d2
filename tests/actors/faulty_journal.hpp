// Job: a journal whose disk fails, hangs or dies when a test says so.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "tests/support/forwarding_journal.hpp"

namespace pitwall::test {

/// A journal that fails or holds back its commits when told to.
class faulty_journal final : public forwarding_journal {
 public:
  using forwarding_journal::forwarding_journal;
  bool fail = false, hold = false, dead = false;
  std::vector<std::function<void()>> held;

  void commit(std::vector<event_batch> batches, durability how, completion then) override {
    if (dead) return;
    if (fail) {
      then(error{errc::io_error, "the disk is gone", {}, {}});
    } else if (hold) {
      held.push_back([this, batches = std::move(batches), how, then = std::move(then)]() mutable {
        inner_->commit(std::move(batches), how, std::move(then));
      });
    } else {
      inner_->commit(std::move(batches), how, std::move(then));
    }
  }
  void release() {
    hold = false;
    for (auto& f : std::exchange(held, {})) f();
  }
};

}  // namespace pitwall::test
