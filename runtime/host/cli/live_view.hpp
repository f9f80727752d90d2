// Job: shows one execution while it runs: a line per node, redrawn in place on a terminal.
// Threads: offer() by the broadcaster (it only queues); draw() by the command's own thread.
// Bounds: keeps at most one queue of commits of one execution, emptied at every draw.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/ports/event_sink.hpp"

namespace pitwall::cli {

class live_view final : public event_sink {
 public:
  bool offer(const committed_ref& commit) override;

  /// Takes in what has come, and redraws on standard error if anything has.
  void draw(timestamp now);
  /// Takes the drawing off the screen.
  void erase();

 private:
  struct line {
    std::string id, status, note;
    timestamp started_at{};
    microseconds duration{};
    bool running = false;
  };

  void take(const event& e);
  line& line_of(const node_identity& node);

  std::mutex mutex_;
  std::vector<committed_ref> queue_;
  std::vector<line> lines_;
  std::size_t drawn_ = 0;
};

}  // namespace pitwall::cli
