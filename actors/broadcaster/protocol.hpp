// Job: the broadcaster's messages. It is told of every commit, in order, after it is durable, and
//      passes it to sinks; a sink that does not keep up is dropped (it resumes from the journal).
// Bounds: it keeps nothing but the list of sinks; sinks bound themselves.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>

#include "actors/type_ids.hpp"
#include "runtime/ports/event_sink.hpp"

namespace pitwall {

struct publish {
  committed_ref commit;
};
struct add_sink {
  event_sink_ref sink;
};
struct remove_sink {
  const event_sink* sink = nullptr;
};
/// Called when its turn comes: all that was published before has been told by then.
struct put_word {
  std::shared_ptr<const std::function<void()>> then;
};

}  // namespace pitwall

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::publish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::add_sink)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::remove_sink)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::put_word)

namespace pitwall {

using broadcaster_actor = caf::typed_actor<caf::reacts_to<publish>, caf::reacts_to<add_sink>,
                                           caf::reacts_to<remove_sink>, caf::reacts_to<put_word>>;

}  // namespace pitwall
