// Job: the public JSON of what `control` and the journal answer: one form for HTTP and for the
//      CLI's --json. Text comes from to_json(view_of(x)); events have their own form
//      (runtime/workflow/event.hpp).
// Threads: pure.
// Compatibility: members are only ever added. Empty ids are null, times are ISO 8601 UTC with
//      microseconds, durations are milliseconds with their fraction.
// Tests: tests/net/json_views_test.cpp
#pragma once

#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall {

/// {execution_id, workflow_id, bot_id, strategy_id, status, started_at, ended_at, duration_ms,
///  node_count, orders, first_seq, last_seq, definition_id, error, error_type}
value view_of(const execution_summary& s);
/// {executions: [...], next_before}: pass next_before as `before`; null: that was all.
value view_of(const execution_page& page);
/// {first_seq, last_seq, events, commits, bytes, executions, open_executions, directory,
///  format_version, record_bytes, wal_bytes, older_commits_kept, older_bytes_kept}
value view_of(const journal_stats& s);
/// {first_seq, events, commits, executions, bytes, idempotency_keys, older_commits_kept, more}
value view_of(const prune_outcome& o);
/// {seq, hash, head}: `head` is SEQ:HASH; both null where no hashes are kept.
value view_of(const journal_head& h);
/// {id, name, definition_id, node_count, in_flight, warnings}
value view_of(const deployed_workflow& w);
/// {workflows: [...]}
value view_of(const std::vector<deployed_workflow>& all);
/// {level, pointer, block_id, message, remedy}
value view_of(const problem& p);
value view_of(const std::vector<problem>& problems);
/// {status, uptime_seconds, version, storage: {durability, last_seq}, executions_in_flight,
///  emergency: {state, scopes}}
value view_of(const host_health& h);
/// {state, scopes: [{scope, state}]}: `state` is the global one, `scopes` those that are not
/// normal.
value emergency_view(const host_health& h);
/// {scope, previous_state, state, result, closed_at, unanswered_orders, warnings, seq}
value view_of(const emergency_answer& a);
/// {name, state, since, next_probe_in_ms, window: {calls, failures, slow}, totals: {permitted,
/// refused, successes, failures, timeouts, slow, opened}, under_way, waiting}
value view_of(const breaker_view& b);
/// {circuit_breakers: [...]}
value view_of(const std::vector<breaker_view>& all);
/// {name, role, state, version, labels: [...], nodes, cores, load, epoch, heard_ms_ago,
/// lease_left_ms}: `role` is host or worker; the last three are null of a host.
value view_of(const host_view& h);
/// {hosts: [...]}
/// {id, state, halted_by: [...], since, reason, operator, workflows: [...], executions_in_flight}
value view_of(const bot_view& b, const host_health& now);
/// {bots: [...]}
value view_of(const std::vector<bot_view>& all, const host_health& now);
/// {client_order_id, venue, symbol, side, type, amount, price, filled, state, since, why,
///  execution_id, workflow_id, bot_id, strategy_id}: `price` is null for a market order, `why` but
/// for one in doubt.
value view_of(const listed_order& o);
/// {orders: [...], next_after}: pass next_after as `after`; null: that was all.
value view_of(const order_page& page);
/// {client_order_id, settled, state, filled, average_price, code, reason}
value view_of(const settle_outcome& o);
/// {execution_id, status}: null where the id is not known yet.
value started_view(const std::string& execution_id, run_status status);

/// {"events": [...], "next_after": n, "at_end": b} of what is published up to `head`. Ends early at
/// about `max_bytes`, but never before the first event; next_after says where to go on.
std::string page_json(const event_page& page, std::uint64_t head, std::size_t max_bytes);

}  // namespace pitwall
