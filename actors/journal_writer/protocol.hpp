// Job: the journal writer's messages. The one way into the journal: it gathers what waits into one
//      commit, keeps one commit in flight, and tells those who asked when theirs is durable.
// Order: appends of one sender become durable in the order they were sent; those that may overtake
//      go before what others have sent.
// Errors: once a commit has failed, every waiting and later append is answered with that error;
//      the host stops trading and recovers from the journal.
// Local: execution to writer and writer to broadcaster stay within a host, so payloads are shared.
#pragma once

#include <caf/all.hpp>
#include <cstdint>

#include "actors/broadcaster/protocol.hpp"
#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall {

/// Journal these events of one scope. `ticket` 0: no answer; else the sender gets `durable` with
/// it.
struct append {
  event_batch batch;
  std::uint64_t ticket = 0;
  bool force_sync = false;  ///< Emergency changes: synced in every mode but memory.
  /// What closes: it need not wait for what others do. Nothing that opens may: what was halted
  /// could then be found neither halted nor ended, and go on.
  bool overtakes = false;
};

/// All appends of the receiver up to and including `ticket` are durable, or failed.
struct durable {
  std::uint64_t ticket = 0;
  std::uint64_t seq = 0;  ///< Last event of that append.
  wire_error failure;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, durable& x) {
  return f(caf::meta::type_name("durable"), x.ticket, x.seq, x.failure);
}

/// From the journal's commit thread.
struct commit_finished {
  result<committed_ref> outcome;
};

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_journal_writer, pitwall::type_ids::journal_writer)
CAF_ADD_TYPE_ID(pitwall_journal_writer, (pitwall::durable))
CAF_END_TYPE_ID_BLOCK(pitwall_journal_writer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::commit_finished)

namespace pitwall {

/// A put_word is passed on to the broadcaster: its turn there comes after all that is durable here.
using journal_writer_actor =
    caf::typed_actor<caf::reacts_to<append>, caf::reacts_to<commit_finished>,
                     caf::reacts_to<put_word>>;
/// Who may be told that something is durable.
using durable_listener = caf::typed_actor<caf::reacts_to<durable>>;

}  // namespace pitwall
