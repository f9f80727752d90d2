// A halt under full load, hundreds of times and in every scope: what the exchange's own log has
// after the acknowledgement must be out of the scope or in the acknowledgement's list.
// PITWALL_HALTS says how many; the seed is printed.
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <future>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>

#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/process/halt_record.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t usual = 60;  // Everything takes its time there.
#else
constexpr std::size_t usual = 200;
#endif

/// A host in this process with so many executions in flight; each place has its workflow.
class storm {
 public:
  /// The last trader orders at `far`.
  storm(const witness& at, const witness& far, std::size_t in_flight) : idle_(in_flight) {
    host_options options;
    options.data_directory = directory_.path() / "data";
    // An order of a machine that stands still for seconds is none that the venue refuses.
    options.venues = {{"sim", at.url(), 20s}, {"far", far.url(), 20s}};
    std::vector<error> problems;
    options.resilience = parse_resilience({"breaker.failures=0"}, problems);
    REQUIRE(problems.empty());
    options.risk.limits.daily_loss_limit = std::nullopt;  // Fees alone are more.
    options.log = make_console_log(log_form::text, log_level::error);
    auto opened = host::open(std::move(options));
    if (!opened.ok()) FAIL(opened.error().to_string());
    host_ = std::move(*opened);
    for (const auto& [bot, strategy] : traders) {
      std::vector<problem> wrong;
      const char* venue = bot == traders.back().first ? "far" : "sim";
      REQUIRE(host_->deploy_now({one_order(bot, strategy, venue), {}, {}}, wrong).ok());
    }
    REQUIRE(host_->wait_recovered(10s, 10s));
    std::iota(idle_.begin(), idle_.end(), std::size_t{0});
  }
  ~storm() { stop(); }

  /// In each place that is empty an execution starts, and another one when it has ended.
  void fill_up() {
    std::vector<std::size_t> places;
    {
      const std::lock_guard lock(mutex_);
      running_ = true;
      places.swap(idle_);
      in_flight_ += places.size();
    }
    for (const auto place : places) start_one(place);
  }
  void stop() {
    std::unique_lock lock(mutex_);
    running_ = false;
    changed_.wait(lock, [&] { return in_flight_ == 0; });
  }
  /// So many more have ended, or none is in flight.
  void await_ended(std::size_t more) {
    std::unique_lock lock(mutex_);
    const auto until = ended_ + more;
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return ended_ >= until || in_flight_ == 0; }));
  }

  emergency_answer command(emergency_action action, const std::string& scope) {
    std::promise<result<emergency_answer>> answer;
    host_->emergency({action, scope, "test", "storm"},
                     [&](result<emergency_answer> a) { answer.set_value(std::move(a)); });
    auto a = answer.get_future().get();
    if (!a.ok()) FAIL(a.error().to_string());
    return *a;
  }

  const journal& history() const { return host_->history(); }
  std::size_t ended() const { return ended_; }
  std::size_t halted() const { return halted_; }
  /// Ends that are neither the usual one nor a halt's.
  std::size_t odd() const { return odd_; }

 private:
  void start_one(std::size_t place) {
    start_request request;
    request.workflow_id = "trader-" + traders[place % traders.size()].first;
    request.wait = true;
    host_->start(std::move(request),
                 [this, place](result<start_answer> a) { over(place, std::move(a)); });
  }
  void over(std::size_t place, result<start_answer> a) {
    const bool halted = a.ok() && a->status == run_status::halted;
    const bool refused = !a.ok() && a.error().code == errc::halted;
    {
      const std::lock_guard lock(mutex_);
      ++ended_;
      halted_ += halted ? 1 : 0;
      odd_ += halted || refused || (a.ok() && a->status == run_status::completed) ? 0 : 1;
      // What a halt ended comes back with the next fill_up(): no loop of refusals.
      if (halted || refused || !running_) {
        idle_.push_back(place);
        --in_flight_;
        changed_.notify_all();
        return;
      }
      changed_.notify_all();
    }
    start_one(place);
  }

  scratch_directory directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> idle_;  ///< Places.
  std::size_t in_flight_ = 0, ended_ = 0, halted_ = 0, odd_ = 0;
  bool running_ = false;
  std::unique_ptr<host> host_;  ///< Ends before what its completions use.
};

/// Whose each order is, and how many were kept back by a halt.
std::map<std::string, order_owner> owners(const journal& history, std::size_t& kept_back) {
  std::map<std::string, order_owner> out;
  event_query query;
  query.types = {"order_intent", "order_rejected"};
  query.limit = 10'000;
  for (bool more = true; more;) {
    const auto page = history.read(query);
    if (!page.ok()) FAIL(page.error().to_string());
    for (const auto& e : page->events) {
      if (const auto* intent = std::get_if<order_intent>(&e.what.body)) {
        out[intent->client_order_id] = {e.scope->bot_id, e.scope->strategy_id, intent->order.venue};
      } else {
        ++kept_back;
      }
    }
    query.after = page->next_after;
    more = !page->at_end;
  }
  return out;
}

void check_kept(const halt_record& record, const witness& exchange, const witness& far,
                const journal& history) {
  std::size_t kept_back = 0;
  const auto of = owners(history, kept_back);
  auto came = exchange.orders();
  const auto there = far.orders();
  came.insert(came.end(), there.begin(), there.end());
  const auto broken = record.broken(came, of);
  CHECK(record.spared(there, of, "far") > 0);
  std::string all;
  for (std::size_t i = 0; i < broken.size() && i < 10; ++i) all += broken[i] + "\n";
  CAPTURE(all);
  CHECK(broken.empty());
  CHECK(kept_back > 0);
}

}  // namespace

TEST_CASE("after a halt is acknowledged no order in its scope comes in, whatever the load",
          "[halt]") {
  const auto halts = from_environment("PITWALL_HALTS", usual);
  const auto seed = from_environment("PITWALL_SEED", 1);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  witness exchange(witness_binary(), {"--still"}), far(witness_binary(), {"--still"});
  storm load(exchange, far, 200);
  halt_record record;
  load.fill_up();
  for (std::size_t n = 0; n < halts; ++n) {
    exchange.set_faults(random() % 2 == 0 ? R"({"delay_answer": 0.5, "delay_ms": 3})"
                                          : R"({"delay_answer": 0})");
    load.await_ended(1 + random() % 60);
    const auto& scope = halt_scopes[random() % halt_scopes.size()];
    CAPTURE(n, scope);
    auto answer = load.command(emergency_action::halt, scope);
    CHECK(answer.result == "done");
    REQUIRE(answer.closed_at);
    record.acknowledged(scope, *answer.closed_at, std::move(answer.unanswered_orders));
    load.await_ended(random() % 40);
    record.resumes();
    CHECK(load.command(emergency_action::resume, scope).result == "done");
    load.fill_up();
  }
  load.stop();
  WARN(record.halts() << " halts, " << load.ended() << " executions, " << load.halted()
                      << " of them halted, " << record.listed() << " orders under way at a halt");
  CHECK(load.odd() == 0);
  CHECK(load.halted() > halts);
  CHECK(record.listed() > halts);
  check_kept(record, exchange, far, load.history());
}

}  // namespace pitwall::test
