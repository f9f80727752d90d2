// Job: a receiver of committed events outside the actors: a live view, a session.
// Threads: offer() is called by the broadcaster's thread and must return at once; false: the sink
//      is full or gone and is dropped (it resumes from the journal with the last seq it saw).
#pragma once

#include <memory>

#include "runtime/ports/journal.hpp"

namespace pitwall {

class event_sink {
 public:
  virtual ~event_sink() = default;
  virtual bool offer(const committed_ref& commit) = 0;
};
using event_sink_ref = std::shared_ptr<event_sink>;

}  // namespace pitwall
