// Job: the retention actor's messages. It prunes the journal step by step while the host trades,
//      and rests longer than it works: commits go first.
#pragma once

#include <caf/all.hpp>

#include "actors/type_ids.hpp"
#include "runtime/ports/retention.hpp"

namespace pitwall {

/// To itself: the next step.
struct prune_more {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, prune_more&) {
  return f(caf::meta::type_name("prune_more"));
}

/// From the journal's commit thread.
struct prune_finished {
  result<prune_outcome> outcome;
};

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_retention, pitwall::type_ids::retention)
CAF_ADD_TYPE_ID(pitwall_retention, (pitwall::prune_more))
CAF_END_TYPE_ID_BLOCK(pitwall_retention)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::prune_finished)

namespace pitwall {

using retention_actor =
    caf::typed_actor<caf::reacts_to<prune_more>, caf::reacts_to<prune_finished>>;

}  // namespace pitwall
