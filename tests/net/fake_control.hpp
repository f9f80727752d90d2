// Job: a host made of answers that a test sets, over a journal that it fills.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/control.hpp"
#include "tests/net/fake_journal.hpp"

namespace pitwall::test {

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
  host_health health() const override {
    const std::lock_guard lock(mutex_);
    return healthy;
  }
  /// While others may be asking.
  void become(host_health now) {
    const std::lock_guard lock(mutex_);
    healthy = std::move(now);
  }
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
  mutable std::mutex mutex_;
  std::condition_variable held_;
  std::atomic<std::uint64_t> head_ = 0;
  std::vector<std::weak_ptr<listener>> wakes_;
};

}  // namespace pitwall::test
