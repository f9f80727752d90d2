#include <fmt/format.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/live_view.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/run_report.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/web_choice.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

struct run_options {
  std::filesystem::path file, data_directory;
  std::string template_id;
  std::vector<std::string> overrides;
  std::size_t repeat = 1, concurrency = 1;
  durability_choice durability;
  storage_bounds memory;
  web_settings web;
  bool json = false;
  std::uint64_t seed = 1;
};

volatile std::sig_atomic_t interrupted = 0;

/// Starts the wanted number of executions, a bounded number at once, and gathers the answers.
class batch {
 public:
  batch(host& h, std::string workflow_id, std::size_t repeat, std::size_t concurrency)
      : host_(h), workflow_id_(std::move(workflow_id)), left_(repeat) {
    std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < concurrency && left_ > 0; ++i) start_one(lock);
  }
  ~batch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
  }

  /// Waits for the next answer, at most `patience`; empty where none came.
  std::vector<result<start_answer>> next(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return !answers_.empty() || open_ == 0; });
    return std::exchange(answers_, {});
  }
  bool over() {
    std::lock_guard lock(mutex_);
    return open_ == 0 && answers_.empty();
  }
  void stop_starting() {
    std::lock_guard lock(mutex_);
    left_ = 0;
  }

 private:
  void start_one(std::unique_lock<std::mutex>& lock) {
    --left_;
    ++open_;
    lock.unlock();
    host_.start({workflow_id_, {}, true, {}},
                [this](result<start_answer> a) { done_one(std::move(a)); });
    lock.lock();
  }
  void done_one(result<start_answer> a) {
    std::unique_lock lock(mutex_);
    // What was refused would be again; and a refusal that comes inside start() would nest.
    if (!a.ok()) left_ = 0;
    answers_.push_back(std::move(a));
    if (left_ > 0) start_one(lock);
    --open_;
    changed_.notify_all();
  }

  host& host_;
  std::string workflow_id_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_, open_ = 0;
  std::vector<result<start_answer>> answers_;
};

struct tally {
  int exit = exit_done;
  std::size_t answered = 0;
  std::map<std::string, std::size_t> by_status;

  void add(int code) {
    const auto weight = [](int c) { return c == exit_failed ? 3 : c == exit_halted ? 2 : c; };
    if (exit == exit_done || weight(code) > weight(exit)) exit = code;
  }
};

void show(const run_options& o, const result<start_answer>& a, tally& t) {
  ++t.answered;
  if (!a.ok()) {
    print_error(a.error());
    t.add(exit_code_of(a.error().code));
    return;
  }
  ++t.by_status[std::string(to_string(a->status))];
  t.add(exit_code_of(a->status));
  if (o.json) {
    fmt::print("{}\n", a->result_json);
    std::fflush(stdout);
  } else if (o.repeat == 1) {
    print_run_report(a->result_json);
  }
}

void cancel_all(host& h) {
  execution_query running;
  running.status = run_status::running;
  running.limit = 10'000;
  auto page = h.history().executions(running);
  if (!page.ok()) return;
  for (const auto& e : page->executions)
    h.cancel(e.scope->execution_id, "interrupted", [](result<done>) {});
}

int run_all(const run_options& o, host& h, const std::string& workflow_id) {
  const bool live = !o.json && o.repeat == 1 && is_terminal(2);
  const bool progress = !o.json && o.repeat > 1 && is_terminal(2);
  auto view = std::make_shared<live_view>();
  if (live) h.add_sink(view);
  tally t;
  const auto began = system_wall_clock().now();
  {
    batch work(h, workflow_id, o.repeat, o.concurrency);
    while (!work.over()) {
      auto answers = work.next(std::chrono::milliseconds(100));
      if (live) view->draw(system_wall_clock().now());
      if (live && !answers.empty()) view->erase();
      for (const auto& a : answers) show(o, a, t);
      if (progress) fmt::print(stderr, "\r{} of {} executions", t.answered, o.repeat);
      if (interrupted != 0) {
        work.stop_starting();
        cancel_all(h);  // Again and again: an execution can be found once its start is journaled.
      }
    }
  }
  if (progress) fmt::print(stderr, "\r\x1b[K");
  // Interrupted: the rest was never started.
  if (t.answered < o.repeat && t.exit == exit_done) t.add(exit_failed);
  if (!o.json && o.repeat > 1) {
    const auto spent = std::chrono::duration<double>(system_wall_clock().now() - began).count();
    fmt::print("{} executions in {:.2f} s, {:.0f}/s:", t.answered, spent,
               static_cast<double>(t.answered) / std::max(spent, 1e-9));
    for (const auto& [status, count] : t.by_status) fmt::print(" {} {}", count, status);
    fmt::print("\n");
  }
  return t.exit;
}

result<std::vector<std::pair<std::string, std::string>>> read_overrides(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || text.find('.') >= equals)
      return error{
          errc::invalid_argument, "'" + text + "' is not BLOCK.PROPERTY=VALUE", "--set", {}};
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

int run(const run_options& o) {
  auto text = read_workflow_file(o.file);
  if (!text.ok()) return give_up(text.error());
  auto overrides = read_overrides(o.overrides);
  if (!overrides.ok()) return give_up(overrides.error());
  auto mode = o.durability.get();
  if (!mode.ok()) return give_up(mode.error());
  if (auto usable = check(o.web); !usable.ok()) return give_up(usable.error());

  host::deployment_request request;
  request.text = std::move(*text);
  request.parsing = {o.template_id, id_of_file(o.file), {}, std::move(*overrides)};
  request.base_directory = o.file.parent_path();
  std::vector<problem> problems;
  if (auto valid = host::check(request, {}, problems); !valid.ok()) {
    print_problems(o.file.string(), problems);
    return exit_usage;
  }

  host_options options;
  options.data_directory = o.data_directory;
  options.mode = *mode;
  options.paper_seed = o.seed;
  options.memory = o.memory;
  options.web = o.web;
  options.log = make_console_log(log_form::text, o.json ? log_level::error : log_level::warning);
  auto opened = host::open(std::move(options));
  if (!opened.ok()) return give_up(opened.error());
  auto& h = **opened;
  h.wait_recovered(std::chrono::minutes(10), std::chrono::seconds(5));
  auto deployed = h.deploy_now(request, problems);
  if (!o.json) print_problems(o.file.string(), problems);
  if (!deployed.ok()) return give_up(deployed.error());

  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  const int exit = run_all(o, h, deployed->id);
  if (!o.json && *mode != durability::memory)
    fmt::print("journal: {} (durability {}, {} events)\n", o.data_directory.string(),
               to_string(*mode), h.published_head());
  return exit;
}

}  // namespace

void add_run(CLI::App& app, int& exit) {
  auto o = std::make_shared<run_options>();
  auto* c = app.add_subcommand("run", "Run a workflow file and show what happened");
  c->add_option("FILE", o->file, "Workflow file (JSON)")->required();
  c->add_option("--template", o->template_id, "Which workflow of a template collection");
  c->add_option("--set", o->overrides, "BLOCK.PROPERTY=VALUE, may be repeated")
      ->allow_extra_args(false);
  c->add_option("--repeat", o->repeat, "How many executions")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}))
      ->capture_default_str();
  c->add_option("--concurrency", o->concurrency, "How many of them at once")
      ->check(CLI::Range(std::size_t{1}, limits::max_executions_in_flight))
      ->capture_default_str();
  add_durability(*c, o->durability);
  add_data_directory(*c, o->data_directory);
  add_storage_bounds(*c, o->memory);
  add_web(*c, o->web);
  c->add_option("--seed", o->seed, "Seed of the paper venue's prices")->capture_default_str();
  c->add_flag("--json", o->json, "Print one result object a line, and nothing else");
  c->callback([o, &exit] { exit = run(*o); });
}

}  // namespace pitwall::cli
