#include "actors/replay_run.hpp"

#include <utility>

namespace pitwall {

result<std::shared_ptr<run_state>> replay_run(const journal& history, std::shared_ptr<const plan> p,
                                              scope_ref scope) {
  auto state = std::make_shared<run_state>(std::move(p), scope);
  event_query query;
  query.execution_id = scope->execution_id;
  for (;;) {
    PITWALL_TRY(page, history.read(query));
    for (const auto& e : page.events) apply(*state, e.what);
    if (page.at_end) break;
    query.after = page.next_after;
  }
  if (state->status == run_status::queued)
    return error{errc::data_loss, "the journal has no start of this execution", scope->execution_id,
                 "check it with `pitwall journal verify`"};
  return state;
}

}  // namespace pitwall
