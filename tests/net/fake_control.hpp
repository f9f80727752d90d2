// Job: a host made of a vector of events and of answers that a test sets. It counts what is read of
//      it, and can hold readers back.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/control.hpp"

namespace pitwall::test {

/// After this a wait is given up: a broken server fails a test instead of holding it for ever.
inline constexpr std::chrono::seconds patience{10};

class fake_journal final : public journal {
 public:
  void append(event_scope scope, event_body body) {
    const std::lock_guard lock(mutex_);
    const auto at = timestamp(std::chrono::seconds(1'700'000'000 + events_.size()));
    events_.push_back({events_.size() + 1, std::make_shared<const event_scope>(std::move(scope)),
                       event{at, std::move(body)}});
  }
  void commit(std::vector<event_batch>, durability, completion when_durable) override {
    when_durable(error{errc::unavailable, "the fake is filled by append()", {}, {}});
  }
  std::uint64_t head() const override {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

  result<journal_head> chain_head() const override {
    if (failure) return *failure;
    return journal_head{head(), std::string(64, 'a')};
  }

  result<event_page> read(const event_query& q) const override {
    std::unique_lock lock(mutex_);
    ++waiting_readers;
    arrived_.notify_all();
    opened_.wait(lock, [this] { return !blocked_; });
    --waiting_readers;
    ++reads;
    if (failure) return *failure;
    if (q.after != 0 && q.after + 1 < first_kept) {
      return {errc::out_of_range,
              "events after seq " + std::to_string(q.after) + " are gone",
              {},
              "continue with after " + std::to_string(first_kept - 1)};
    }
    event_page page;
    page.next_after = q.after;
    std::uint64_t seq = std::max<std::uint64_t>(q.after, first_kept - 1);
    for (; seq < events_.size() && page.events.size() < q.limit; ++seq) {
      const recorded_event& e = events_[seq];
      if (wanted(q, e)) page.events.push_back(e);
      page.next_after = e.seq;
      if (page.next_after - q.after >= most_scanned) break;
    }
    page.at_end = page.next_after >= events_.size();
    handed_out += page.events.size();
    return page;
  }

  result<unsettled_page> unsettled(const std::string&, std::size_t) const override {
    return unsettled_page{};
  }
  result<keyed_start> start_with_key(const std::string&, const std::string&) const override {
    return error{errc::not_found, "no start had this key", {}, {}};
  }
  result<execution_page> executions(const execution_query& q) const override {
    const std::lock_guard lock(mutex_);
    if (failure) return *failure;
    last_query = q;
    execution_page page;
    for (auto at = known.rbegin(); at != known.rend(); ++at) {
      if (!q.before.empty() && at->first >= q.before) continue;
      if (q.status && at->second.status != *q.status) continue;
      if (page.executions.size() == q.limit) {
        page.next_before = page.executions.back().scope->execution_id;
        break;
      }
      page.executions.push_back(at->second);
    }
    return page;
  }
  result<execution_summary> execution(const std::string& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = known.find(id);
    if (found != known.end()) return found->second;
    return {errc::not_found, "there is no execution '" + id + "'", {}, "list the executions"};
  }
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    if (failure) return *failure;
    backed_up = directory;
    return chain_head();
  }
  void prune(const prune_request&, prune_completion then) override {
    then(error{errc::failed_precondition, "the fake keeps everything", {}, {}});
  }
  result<journal_stats> stats() const override {
    const std::lock_guard lock(mutex_);
    if (failure) return *failure;
    journal_stats s;
    s.first_seq = first_kept;
    s.last_seq = s.events = events_.size();
    s.directory = "/data";
    return s;
  }
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override {
    return std::vector<circuit_breaker_state_changed>{};
  }
  result<std::vector<stored_bot>> bot_states() const override { return std::vector<stored_bot>{}; }
  result<std::vector<trip_mark>> trips(std::uint64_t, std::size_t) const override {
    return tripped;
  }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return std::vector<emergency_state_changed>();
  }
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override {
    if (workflow_id != "w") return std::vector<named_node_state>{};
    return std::vector<named_node_state>{{"cross", {3, value(60'000)}}};
  }
  result<stored_node_state> node_state(const std::string&, const std::string&) const override {
    return stored_node_state();
  }

  /// What a host would publish: those of the events that are there.
  committed_ref commit_of(std::uint64_t first, std::uint64_t last) const {
    const std::lock_guard lock(mutex_);
    auto out = std::make_shared<committed>();
    out->first_seq = first;
    out->last_seq = last;
    for (auto seq = first; seq <= std::min<std::uint64_t>(last, events_.size()); ++seq) {
      const auto& e = events_[seq - 1];
      out->batches.push_back({e.scope, {e.what}});
    }
    return out;
  }

  /// Readers wait inside read() until release().
  void block() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    blocked_ = false;
    opened_.notify_all();
  }
  void await_readers(int count) const {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience, [&] { return waiting_readers >= count; });
  }

  std::map<std::string, execution_summary> known;
  std::vector<trip_mark> tripped;  ///< Newest first.
  std::optional<pitwall::error> failure;
  std::uint64_t first_kept = 1, most_scanned = 1'000'000;
  mutable execution_query last_query;
  mutable std::filesystem::path backed_up;
  mutable std::atomic<std::uint64_t> handed_out = 0, reads = 0;
  mutable int waiting_readers = 0;

 private:
  static bool wanted(const event_query& q, const recorded_event& e) {
    const auto type = type_name(e.what.body);
    return (q.types.empty() || std::find(q.types.begin(), q.types.end(), type) != q.types.end()) &&
           q.wants(*e.scope);
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_, opened_;
  bool blocked_ = false;
  std::vector<recorded_event> events_;
};

class fake_control : public control {
 public:
  void deploy(std::string text, std::string id, std::string template_id,
              std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override {
    deployed_text = std::move(text);
    deployed_as = std::move(id);
    deployed_template = std::move(template_id);
    then(deploy_answer, problems);
  }
  void validate(
      std::string text, std::string id, std::string template_id,
      std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override {
    validated = {std::move(text), std::move(id), std::move(template_id)};
    then(deploy_answer, problems);
  }
  void remove(std::string id, completion<done> then) override {
    removed = std::move(id);
    then(remove_answer);
  }
  void workflows(completion<std::vector<deployed_workflow>> then) override { then(list_answer); }
  void start(start_request request, completion<start_answer> then) override {
    const std::lock_guard lock(mutex_);
    started = std::move(request);
    if (hold_start) {
      held_start = std::move(then);
      held_.notify_all();
    } else {
      then(start_result);
    }
  }
  void cancel(std::string id, std::string reason, completion<done> then) override {
    cancelled = {std::move(id), std::move(reason)};
    then(cancel_answer);
  }
  void resume(std::string id, completion<done> then) override {
    resumed = std::move(id);
    then(resume_answer);
  }
  void breakers(completion<std::vector<breaker_view>> then) override { then(known_breakers); }
  void hosts(completion<std::vector<host_view>> then) override { then(known_hosts); }
  void bots(completion<std::vector<bot_view>> then) override { then(known_bots); }
  void steer_bot(bot_command command, completion<bot_view> then) override {
    steered_bot = std::move(command);
    if (known_bots.empty()) return then(error{errc::not_found, "no such bot", {}, {}});
    then(known_bots.front());
  }
  void steer_breaker(breaker_command command, completion<breaker_view> then) override {
    steered = std::move(command);
    if (known_breakers.empty()) return then(error{errc::not_found, "no such breaker", {}, {}});
    then(known_breakers.front());
  }
  void orders(order_filter wanted, completion<order_page> then) override {
    orders_wanted = std::move(wanted);
    then(orders_result);
  }
  void settle_order(settle_command command, completion<settle_outcome> then) override {
    settled = std::move(command);
    then(settle_result);
  }
  void emergency(emergency_command command, completion<emergency_answer> then) override {
    ++emergencies;
    commanded = std::move(command);
    then(emergency_result);
  }
  void risk_state(completion<value> then) override { then(risk_result); }
  void prune(retention_policy keep, bool dry_run, completion<prune_outcome> then) override {
    pruned_to = keep;
    pruned_dry = dry_run;
    then(prune_result);
  }
  host_health health() const override { return healthy; }
  void metrics(metrics_form form, metric_families more, completion<std::string> then) override {
    metrics_asked = form;
    figures_of_server = std::move(more);
    then(std::string(form == metrics_form::json ? "{}" : "# none\n"));
  }
  void reload(std::function<void(result<reload_outcome>, std::vector<problem>)> then) override {
    ++reloads;
    if (!bad_configuration.empty())
      return then(error{errc::invalid_argument, "the configuration is not valid", {}, {}},
                  bad_configuration);
    then(reload_outcome{{{"log.level", "\"info\"", "\"debug\""}}, {{"server.port", "1", ""}}}, {});
  }
  void stop() override { ++stops; }
  const journal& history() const override { return log; }
  std::string epoch() const override { return "epoch1"; }
  std::shared_ptr<void> on_published(listener told) override {
    auto token = std::make_shared<listener>(std::move(told));
    const std::lock_guard lock(mutex_);
    wakes_.push_back(token);
    return token;
  }
  std::uint64_t published_head() const noexcept override { return head_; }

  /// Appends and publishes `count` events.
  void publish(std::uint64_t count = 1, const event_scope& scope = {"exec_a", "a", "", ""}) {
    for (std::uint64_t i = 0; i < count; ++i) {
      log.append(scope, notification_sent{nullptr, "note", ""});
    }
    publish_head(log.head());
  }
  void publish_head(std::uint64_t head) {
    const auto commit = log.commit_of(head_ + 1, head);
    head_ = head;
    std::vector<std::shared_ptr<listener>> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& w : wakes_) {
        if (auto alive = w.lock()) all.push_back(std::move(alive));
      }
    }
    for (const auto& told : all) (*told)(commit);
  }
  completion<start_answer> await_held_start() {
    std::unique_lock lock(mutex_);
    if (!held_.wait_for(lock, patience, [this] { return static_cast<bool>(held_start); })) {
      std::abort();  // Nothing asked for a start: the test cannot go on.
    }
    return std::exchange(held_start, nullptr);
  }

  fake_journal log;
  result<deployed_workflow> deploy_answer = deployed_workflow{"w", "W", "def", 3, {}, 0};
  std::vector<problem> problems;
  result<std::vector<deployed_workflow>> list_answer = std::vector<deployed_workflow>{};
  result<start_answer> start_result = start_answer{"exec_w_1", run_status::running, ""};
  result<done> cancel_answer = done{}, resume_answer = done{};
  std::vector<breaker_view> known_breakers;
  std::vector<host_view> known_hosts;
  std::vector<bot_view> known_bots;
  bot_command steered_bot;
  breaker_command steered;
  order_filter orders_wanted;
  settle_command settled;
  result<settle_outcome> settle_result = settle_outcome{};
  result<order_page> orders_result = order_page{};
  result<emergency_answer> emergency_result =
      emergency_answer{"global", "normal", "halt", "done", {"pw-1-0"}, 7};
  result<value> risk_result = value(value::object{{"positions", value::list{}}});
  result<prune_outcome> prune_result = prune_outcome{};
  retention_policy pruned_to;
  bool pruned_dry = false;
  host_health healthy{"ok", 5, "memory", "0.1.0", 0, 0, {}};

  metrics_form metrics_asked = metrics_form::prometheus_text;
  metric_families figures_of_server;
  std::array<std::string, 3> validated;  ///< Text, id, template.
  std::string removed;
  result<done> remove_answer = done{};
  std::string deployed_text, deployed_as, deployed_template;
  start_request started;
  bool hold_start = false;
  completion<start_answer> held_start;
  std::pair<std::string, std::string> cancelled;
  std::string resumed;
  emergency_command commanded;
  std::atomic<int> emergencies = 0;
  std::atomic<int> stops = 0, reloads = 0;
  std::vector<problem> bad_configuration;

 private:
  std::mutex mutex_;
  std::condition_variable held_;
  std::atomic<std::uint64_t> head_ = 0;
  std::vector<std::weak_ptr<listener>> wakes_;
};

}  // namespace pitwall::test
