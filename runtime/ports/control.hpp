// Job: the inbound port: what a person or a program can ask of a running host. The HTTP handlers,
//      the Unix socket and the CLI all end here; the host's wiring implements it over the actors.
// Threads: any thread may call; completions run once, on any thread, and must not block.
// Errors: results with the code that tells the caller what to do; the edge maps it to a status.
// Durable: what is answered as done is durable in the host's durability mode.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/ports/dead_letters.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/metrics.hpp"
#include "runtime/ports/order_list.hpp"
#include "runtime/ports/venue_board.hpp"
#include "runtime/risk/emergency.hpp"
#include "runtime/workflow/order_word.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

struct start_request {
  std::string workflow_id;
  value trigger;  ///< The event that starts it; null for a manual start.
  /// Answer with the result instead of the id alone, once its events are published.
  bool wait = false;
  /// Not empty: a start with the same key within 24 hours gives the same execution.
  std::string idempotency_key{};
  /// It came to the workflow's hook: failed_precondition where no block listens there.
  bool by_hook = false;
  /// With wait: told the id once, as soon as the start is durable, so that who stops waiting can
  /// name the execution. Any thread; must not block.
  std::function<void(const std::string& execution_id)> started{};
};
struct start_answer {
  std::string execution_id;
  run_status status = run_status::running;
  std::string result_json;  ///< Empty where not waited for.
};
struct deployed_workflow {
  std::string id, name, definition_id;
  std::size_t node_count = 0;
  std::vector<problem> warnings;
  std::size_t in_flight = 0;
  /// Its actor died too often, and why: it takes no starts until it is deployed again, or the host
  /// starts anew. Empty: it runs.
  std::string given_up{};
};
struct emergency_answer {
  std::string scope, previous_state, state;
  std::string result;                          ///< "done", "unchanged" or "halted_not_durable".
  std::vector<std::string> unanswered_orders;  ///< Left before the gate closed, fate open.
  std::uint64_t seq = 0;
  std::optional<timestamp> closed_at{};  ///< From then on no order in scope left.
  std::vector<std::string> warnings{};   ///< A scope that names nothing; what is not on the disk.
};
struct host_health {
  std::string status;  ///< "ok", "halted", "stopping", "failed"
  std::int64_t uptime_seconds = 0;
  std::string durability, version;
  std::uint64_t last_seq = 0;
  std::size_t executions_in_flight = 0;
  std::vector<std::pair<std::string, std::string>> emergency;  ///< scope -> state, not normal ones
  bool ready = true;  ///< What the journal left unsettled is known; starts are taken.
  /// "scanning", "resuming" (executions wait for venues or their turn) or "done".
  std::string recovery = "done";
  std::uint64_t unfinished = 0, resumed = 0, waiting = 0, not_resumed = 0;  ///< Executions.
  std::map<std::string, venue_condition> venues{};
  std::vector<std::string> given_up{};            ///< Workflows (deployed_workflow::given_up).
  std::vector<dead_letter_count> dead_letters{};  ///< By who should have taken them, and kind.
  std::string host{};                             ///< Its name; empty: it does not run.
};

/// A circuit breaker of the host; counts are since it was made or reset, `window` of the last
/// while.
struct breaker_view {
  std::string name, state;
  timestamp since{};
  std::optional<microseconds> next_probe_in;  ///< While open; zero: the next call will be one.
  std::uint64_t window_calls = 0, window_failures = 0, window_slow = 0;
  std::uint64_t permitted = 0, refused = 0, successes = 0, failures = 0, timeouts = 0, slow = 0,
                opened = 0;
  std::uint64_t under_way = 0, waiting = 0;  ///< Calls.
};
struct breaker_command {
  std::string name;
  std::string action;  ///< open, close, reset or metrics_only.
  std::string operator_name, reason;
};

/// What starts a bot's workflow (docs/triggers.md).
struct trigger_view {
  std::string workflow_id;
  std::string text;                        ///< In the words of a command line.
  std::optional<timestamp> next_fire{};    ///< Where a clock decides.
  std::optional<timestamp> last_fire{};    ///< The latest that started an execution, in this life.
  std::uint64_t started = 0, skipped = 0;  ///< Fires, in this life.
  std::string last_skip;                   ///< Why the latest of them was.
};

/// A bot of the host: one that a deployed workflow names, or that was spoken of before.
struct bot_view {
  std::string id, state;
  std::optional<timestamp> since{};  ///< Of its latest change; none: it runs, and always did.
  std::string reason, operator_name;
  std::vector<std::string> workflows{};  ///< Deployed ones that trade for it.
  std::size_t in_flight = 0;
  std::optional<trigger_view> trigger{};  ///< None: its workflows start by hand alone.
};
struct bot_command {
  std::string bot_id;
  std::string action;  ///< start, pause or stop (runtime/workflow/bot.hpp).
  std::string operator_name, reason;
};

/// This host, or one of its workers; what is not known is absent.
struct host_view {
  std::string name;
  bool is_worker = false;
  /// Of the host as in host_health; of a worker joined, suspect, lost or left.
  std::string state, version;
  std::vector<std::string> labels{};
  std::uint64_t nodes = 0;  ///< Of the host: those of the deployed workflows.
  std::uint32_t cores = 0;
  std::optional<double> load{};  ///< Of its machine, per core: 1 is all of it.
  std::uint64_t epoch = 0;       ///< Of a worker's membership; another at each join.
  std::optional<microseconds> heard_ago{}, lease_left{};
};

/// A person's word on an order in doubt, or (with an empty `word.as`) the wish to ask its venue
/// now.
struct settle_command {
  std::string client_order_id;
  order_word word;
};
struct settle_outcome {
  bool settled = false;  ///< False: the venue was asked, and still cannot tell.
  order_report report;   ///< What became of the order; in doubt, with the reason.
};

/// What a reading of the configuration anew has changed, and what it may not change while the host
/// runs. Keys as docs/configuration.md writes them; values as JSON, empty: not set.
struct reload_outcome {
  struct change {
    std::string key, from, to;
  };
  std::vector<change> applied, refused;
};

class control {
 public:
  template <class T>
  using completion = std::function<void(result<T>)>;

  virtual ~control() = default;

  /// Deploys (or redeploys) a workflow file's text under `id` (empty: the file's own id). A text
  /// with problems gives invalid_argument and fills `problems`.
  virtual void deploy(
      std::string text, std::string id, std::string template_id,
      std::function<void(result<deployed_workflow>, std::vector<problem>)> then) = 0;
  /// What deploy() would say of the text; nothing changes.
  virtual void validate(
      std::string text, std::string id, std::string template_id,
      std::function<void(result<deployed_workflow>, std::vector<problem>)> then) = 0;
  /// Takes no more starts, also after a restart; what runs goes on. not_found.
  virtual void remove(std::string workflow_id, completion<done> then) = 0;
  virtual void workflows(completion<std::vector<deployed_workflow>> then) = 0;
  virtual void start(start_request request, completion<start_answer> then) = 0;
  /// Ends one that runs, waits or is stuck; failed_precondition where it has ended.
  virtual void cancel(std::string execution_id, std::string reason, completion<done> then) = 0;
  /// Lets a halted one go on, with the definition it started with; answered once that is durable.
  /// failed_precondition: its scope is still closed, its definition is gone, its timeout is over.
  /// Or tries again one that is stuck: it could not go on after a start, or its actors died again
  /// and again. failed_precondition where it is neither.
  virtual void resume(std::string execution_id, completion<done> then) = 0;
  virtual void emergency(emergency_command command, completion<emergency_answer> then) = 0;
  /// {auto_halt, host, bots: [...], positions: [...], profit: {...}}: limits with their figures
  /// (docs/risk.md).
  virtual void risk_state(completion<value> then) = 0;
  /// By name.
  virtual void breakers(completion<std::vector<breaker_view>> then) = 0;
  /// Answered once the change is durable. not_found; invalid_argument: no such action.
  virtual void steer_breaker(breaker_command command, completion<breaker_view> then) = 0;
  /// By id.
  virtual void bots(completion<std::vector<bot_view>> then) = 0;
  /// Answered once the change is durable: from then on a paused or stopped one's workflows take no
  /// start, and what a stopped one runs is being cancelled. A start also makes its workflows anew
  /// that were given up. not_found; invalid_argument: no such action; failed_precondition.
  virtual void steer_bot(bot_command command, completion<bot_view> then) = 0;
  /// The host's own orders without a final word, as they stand now.
  virtual void orders(order_filter wanted, completion<order_page> then) = 0;
  /// Answered once it is durable. failed_precondition: the order is not in doubt, or the journal
  /// contradicts the word; invalid_argument: the word.
  virtual void settle_order(settle_command command, completion<settle_outcome> then) = 0;
  virtual host_health health() const = 0;
  /// Everything that is counted (docs/metrics.md), with the caller's own figures behind it, as text
  /// of this form. Waits a few seconds at most: what cannot be had then is left out, and named.
  virtual void metrics(metrics_form form, metric_families more, completion<std::string> then) = 0;
  /// One step of retention by this policy, besides the host's own; repeat while there is more.
  virtual void prune(retention_policy keep, bool dry_run, completion<prune_outcome> then) = 0;
  /// Reads the configuration again. One with problems gives invalid_argument, fills `problems`
  /// (`pointer` is the place: file and pointer, variable or flag) and changes nothing.
  virtual void reload(std::function<void(result<reload_outcome>, std::vector<problem>)> then) = 0;
  /// Asks the host to drain and stop; answers at once.
  virtual void stop() = 0;

  // Read side: straight from the journal; thread-safe and blocking only for the disk.
  virtual const journal& history() const = 0;
  using listener = std::function<void(const committed_ref&)>;
  /// Calls `told` (quick, any thread) with each commit once it is published, in order, until the
  /// returned token is destroyed. Events up to published_head() may be read and shown.
  virtual std::shared_ptr<void> on_published(listener told) = 0;
  virtual std::uint64_t published_head() const noexcept = 0;
  /// Changes at every start that may have lost published events: a seq of another epoch may stand
  /// for another event (storage/epoch.hpp).
  virtual std::string epoch() const = 0;

  /// This host first, then its workers by name: those that are here, and those that were.
  virtual void hosts(completion<std::vector<host_view>> then) = 0;
};

}  // namespace pitwall
