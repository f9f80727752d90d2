// Job: the last published events as text, made once for all who are told of them on one loop.
// Threads: the engine's I/O thread; what join() returns may end on any.
// Lifetime: outlives the sessions. Tests: tests/net/event_feed_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/workflow/event.hpp"

namespace pitwall::http {

class recent_texts {
 public:
  struct one {
    const event_scope& scope;
    std::string_view type;
  };

  virtual ~recent_texts() = default;
  /// From now on, and as long as what it returns lives, they are kept.
  virtual std::shared_ptr<void> join() = 0;
  /// Takes what was published meanwhile.
  virtual void settle() = 0;
  /// The first and the last that are here; first() == last() + 1 where none is.
  virtual std::uint64_t first() const noexcept = 0;
  virtual std::uint64_t last() const noexcept = 0;
  /// Precondition of both: first() <= seq <= last(). Valid until settle().
  virtual one at(std::uint64_t seq) const = 0;
  virtual std::string_view json(std::uint64_t seq) = 0;
};

}  // namespace pitwall::http
