// Job: every bound of the system that is not configuration, in one place, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pitwall::limits {

// Workflow files: more blocks than anyone drew by hand; a file that a person can still
// read.
inline constexpr std::size_t max_blocks = 1'000;
inline constexpr std::size_t max_file_bytes = 1U << 20U;
inline constexpr std::size_t max_json_depth = 64;

// Values on ports: decoding recurses, so its depth is bounded; deeper than any file may nest.
inline constexpr std::size_t max_value_depth = 128;
// One node's outputs. A venue's full order book fits; a runaway body does not take the host along.
inline constexpr std::size_t max_output_bytes = 1U << 20U;
// What a web server answers; the same, as it all may go on as one output.
inline constexpr std::size_t max_web_body_bytes = max_output_bytes;
// What a block says of its own failure; the first lines tell, and every event carries it.
inline constexpr std::size_t max_error_bytes = 4U << 10U;

// An effect is decided only from inputs younger than this.
inline constexpr std::chrono::seconds max_input_age{5};
// A node's default time-out (contract: seconds in the file).
inline constexpr std::chrono::seconds default_node_timeout{30};
// Time-outs are found by a coarse tick: cheaper than a timer per request, exact enough for seconds.
inline constexpr std::chrono::milliseconds deadline_tick{50};

// A schedule's list of times of day: one a minute; past that it is a cron expression.
inline constexpr std::size_t max_times_of_day = 24 * 60;
// Fires of a trigger that wait for the one before them, where its policy says `queue`.
inline constexpr std::size_t max_queued_fires = 1'000;
// Bots whose executions are counted and told of; more than anyone looks at one by one.
inline constexpr std::size_t max_reported_bots = 1'000;
// How far back a trigger may make up for what it missed. Less than idempotency_key_age, whose keys
// see to it that nothing is started twice.
inline constexpr std::chrono::hours max_catch_up{12};

// A start with a key that was used within this time gives the execution it gave then.
inline constexpr std::chrono::hours idempotency_key_age{24};

// Group commit: one commit holds at most this; what comes meanwhile fills the next one.
inline constexpr std::size_t max_commit_bytes = 4U << 20U;
inline constexpr std::size_t max_commit_batches = 4'096;
// An execution hands its events to the writer when they take this, whether something waits or not.
inline constexpr std::size_t max_unsent_bytes = 1U << 20U;
// Executions that may be in flight in one host at once; past it, see admission.hpp.
inline constexpr std::size_t max_executions_in_flight = 100'000;
// Starts of one workflow that wait for their turn, where its file says `queue`.
inline constexpr std::size_t max_queued_starts = 1'000;

// The in-memory journal keeps this many events; a history for tests and demos, bounded for soaks.
inline constexpr std::size_t memory_journal_events = 200'000;

// Executions whose fate a trip's report can tell; what was open beyond that is counted.
inline constexpr std::size_t max_trip_executions = 10'000;
// A commit of an emergency change that takes longer is answered `halted_not_durable`.
inline constexpr std::chrono::seconds emergency_commit_deadline{1};

}  // namespace pitwall::limits
