#include "bench/bare_execution.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <caf/all.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bare_journal.hpp"
#include "bench/order_statistics.hpp"

namespace pitwall::bench {
namespace {

using clock = std::chrono::steady_clock;

using step_atom = caf::atom_constant<caf::atom("step")>;
using begin_atom = caf::atom_constant<caf::atom("begin")>;
using append_atom = caf::atom_constant<caf::atom("append")>;
using written_atom = caf::atom_constant<caf::atom("written")>;
using durable_atom = caf::atom_constant<caf::atom("durable")>;

struct bare_config : caf::actor_system_config {
  bare_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::max<std::size_t>(2, std::thread::hardware_concurrency()));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return s(used.ru_utime) + s(used.ru_stime);
}

/// Counts what is in flight, and takes the time of each. Any thread.
class tally {
 public:
  explicit tally(std::chrono::duration<double> time)
      : began_(clock::now()),
        end_(began_ + std::chrono::duration_cast<clock::duration>(time)),
        cpu_(cpu_seconds()) {}

  void begin_one() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  /// Whether another one may begin in its place.
  bool end_one(clock::time_point began) {
    const auto now = clock::now();
    const std::lock_guard lock(mutex_);
    took_.push_back(std::chrono::duration<double>(now - began).count());
    if (now < end_) return true;
    if (--open_ == 0) changed_.notify_all();
    return false;
  }
  bare_figures wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
    const std::chrono::duration<double> spent = clock::now() - began_;
    bare_figures f;
    f.count = took_.size();
    f.per_second = static_cast<double>(f.count) / spent.count();
    f.cpu_us = (cpu_seconds() - cpu_) / static_cast<double>(f.count) * 1e6;
    f.p50_us = quantile(took_, 0.5) * 1e6;
    f.p99_us = quantile(took_, 0.99) * 1e6;
    return f;
  }

 private:
  const clock::time_point began_, end_;
  const double cpu_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0;
  std::vector<double> took_;
};

/// Writes one commit at a time, on a thread of its own, and says when it is done.
class commit_thread {
 public:
  commit_thread(const std::filesystem::path& directory, bool sync)
      : journal_(directory), sync_(sync), thread_([this] { run(); }) {}
  ~commit_thread() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  commit_thread(const commit_thread&) = delete;
  commit_thread& operator=(const commit_thread&) = delete;

  void write(std::size_t bytes, std::function<void()> then) {
    {
      const std::lock_guard lock(mutex_);
      next_.emplace(bytes, std::move(then));
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return over_ || next_; });
      if (over_) return;
      const auto work = *std::exchange(next_, std::nullopt);
      lock.unlock();
      if (!journal_.write(work.first, sync_)) std::abort();
      work.second();
      lock.lock();
    }
  }

  bare_journal journal_;
  const bool sync_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::pair<std::size_t, std::function<void()>>> next_;
  bool over_ = false;
  std::thread thread_;
};

/// A node, or any other actor that is asked something.
caf::behavior asked(caf::event_based_actor* self) {
  return {[self](step_atom, std::uint64_t n) {
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), step_atom::value, n + 1);
  }};
}

/// Takes all that waits into one commit; in memory it is done at once.
class writer : public caf::event_based_actor {
 public:
  writer(caf::actor_config& cfg, commit_thread* to, std::size_t bytes_each,
         std::atomic<std::size_t>* commits)
      : caf::event_based_actor(cfg), to_(to), bytes_each_(bytes_each), commits_(commits) {}

  caf::behavior make_behavior() override {
    return {[this](append_atom) {
              waiting_.push_back(current_sender());
              if (under_way_.empty()) commit();
            },
            [this](written_atom) {
              for (const auto& who : under_way_)
                send(caf::actor_cast<caf::actor>(who), durable_atom::value);
              under_way_.clear();
              if (!waiting_.empty()) commit();
            }};
  }
  void on_exit() override {
    waiting_.clear();
    under_way_.clear();
  }

 private:
  void commit() {
    under_way_.swap(waiting_);
    commits_->fetch_add(1, std::memory_order_relaxed);
    if (to_ == nullptr) return send(caf::actor(this), written_atom::value);
    to_->write(under_way_.size() * bytes_each_,
               [self = caf::actor(this)] { caf::anon_send(self, written_atom::value); });
  }

  commit_thread* to_;
  const std::size_t bytes_each_;
  std::atomic<std::size_t>* commits_;
  std::vector<caf::strong_actor_ptr> waiting_, under_way_;
};

struct surroundings {
  std::vector<caf::actor> nodes;
  caf::actor writer;
  std::size_t trips = 0;  ///< To a node and back.
  std::function<void(clock::time_point)> ended;
};

/// Goes to its nodes in turn, to the journal two thirds on, as an order's intent does, and once
/// more at its end.
class bare_execution : public caf::event_based_actor {
 public:
  bare_execution(caf::actor_config& cfg, const surroundings* around, clock::time_point began)
      : caf::event_based_actor(cfg), around_(around), began_(began) {}

  caf::behavior make_behavior() override {
    go_on();
    return {[this](step_atom, std::uint64_t) { go_on(); },
            [this](durable_atom) {
              if (done_ < around_->trips) return ask();
              around_->ended(began_);
              quit();
            }};
  }

 private:
  void go_on() {
    if (done_ == around_->trips || done_ == around_->trips * 2 / 3)
      return send(around_->writer, append_atom::value);
    ask();
  }
  void ask() {
    const auto& node = around_->nodes[done_ % around_->nodes.size()];
    send(node, step_atom::value, std::uint64_t{done_});
    ++done_;
  }

  const surroundings* around_;
  const clock::time_point began_;
  std::size_t done_ = 0;
};

/// Spawns what is to run, as a workflow does, and hears when it ends.
class starter : public caf::event_based_actor {
 public:
  starter(caf::actor_config& cfg, const surroundings* around)
      : caf::event_based_actor(cfg), around_(around) {
    set_down_handler([](const caf::down_msg&) {});
  }
  caf::behavior make_behavior() override {
    return {[this](begin_atom, std::uint64_t began) {
      const clock::time_point at{clock::duration(static_cast<clock::rep>(began))};
      spawn<bare_execution, caf::monitored>(around_, at);
    }};
  }

 private:
  const surroundings* around_;
};

std::uint64_t now_as_number() {
  return static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
}

/// Sends back to its partner, and counts at home.
class half_of_pair : public caf::event_based_actor {
 public:
  half_of_pair(caf::actor_config& cfg, caf::actor partner,
               const std::function<bool(clock::time_point)>* came_back)
      : caf::event_based_actor(cfg), partner_(std::move(partner)), came_back_(came_back) {}

  caf::behavior make_behavior() override {
    go();
    return {[this](step_atom, std::uint64_t) {
      if ((*came_back_)(began_)) return go();
      quit();
    }};
  }
  void on_exit() override {
    send_exit(partner_, caf::exit_reason::kill);
    partner_ = nullptr;
  }

 private:
  void go() {
    began_ = clock::now();
    send(partner_, step_atom::value, std::uint64_t{0});
  }

  caf::actor partner_;
  const std::function<bool(clock::time_point)>* came_back_;
  clock::time_point began_;
};

/// Says that it lives, and ends.
class short_life : public caf::event_based_actor {
 public:
  short_life(caf::actor_config& cfg, const std::function<void(clock::time_point)>* lived,
             clock::time_point began)
      : caf::event_based_actor(cfg), lived_(lived), began_(began) {}
  caf::behavior make_behavior() override {
    (*lived_)(began_);
    return {};
  }

 private:
  const std::function<void(clock::time_point)>* lived_;
  const clock::time_point began_;
};

}  // namespace

execution_shape shape_at(std::size_t concurrency) {
  constexpr auto commits = execution_shape::commits;
  const auto shape = [](std::size_t messages, std::size_t words, std::size_t bytes) {
    return execution_shape{messages, (messages - 2 - 2 * commits - words) / 2, bytes / commits};
  };
  if (concurrency < 10) return shape(51, commits, 1'816);
  if (concurrency < 1'000) return shape(40, 0, 1'114);
  return shape(44, 0, 1'225);
}

bare_figures run_bare_executions(std::size_t concurrency, commit_mode mode,
                                 const std::filesystem::path& directory,
                                 std::chrono::duration<double> time) {
  const auto shape = shape_at(concurrency);
  std::optional<commit_thread> disk;
  if (mode != commit_mode::none) disk.emplace(directory, mode == commit_mode::synced);
  std::atomic<std::size_t> commits{0};
  bare_figures figures;
  {
    bare_config config;
    caf::actor_system system(config);
    surroundings around;
    for (int i = 0; i < 5; ++i) around.nodes.push_back(system.spawn(asked));
    around.writer = system.spawn<writer>(disk ? &*disk : nullptr, shape.bytes_each, &commits);
    around.trips = shape.trips;
    const auto workflow = system.spawn<starter>(&around);
    tally all(time);
    const auto begin = [&] { caf::anon_send(workflow, begin_atom::value, now_as_number()); };
    around.ended = [&](clock::time_point began) {
      if (all.end_one(began)) begin();
    };
    for (std::size_t i = 0; i < concurrency; ++i) all.begin_one();
    for (std::size_t i = 0; i < concurrency; ++i) begin();
    figures = all.wait();
    for (const auto& one : around.nodes) caf::anon_send_exit(one, caf::exit_reason::kill);
    for (const auto& one : {around.writer, workflow})
      caf::anon_send_exit(one, caf::exit_reason::kill);
    system.await_all_actors_done();
  }
  figures.commits = static_cast<double>(commits) / static_cast<double>(figures.count);
  return figures;
}

bare_figures run_round_trips(std::size_t pairs, std::chrono::duration<double> time) {
  bare_config config;
  caf::actor_system system(config);
  tally all(time);
  const std::function<bool(clock::time_point)> came_back = [&](clock::time_point began) {
    return all.end_one(began);
  };
  for (std::size_t i = 0; i < pairs; ++i) all.begin_one();
  for (std::size_t i = 0; i < pairs; ++i)
    system.spawn<half_of_pair>(system.spawn(asked), &came_back);
  const auto figures = all.wait();
  system.await_all_actors_done();
  return figures;
}

bare_figures run_spawns(std::size_t concurrency, std::chrono::duration<double> time) {
  bare_config config;
  caf::actor_system system(config);
  tally all(time);
  std::function<void(clock::time_point)> lived;
  const auto begin = [&] { system.spawn<short_life>(&lived, clock::now()); };
  lived = [&](clock::time_point began) {
    if (all.end_one(began)) begin();
  };
  for (std::size_t i = 0; i < concurrency; ++i) all.begin_one();
  for (std::size_t i = 0; i < concurrency; ++i) begin();
  const auto figures = all.wait();
  system.await_all_actors_done();
  return figures;
}

}  // namespace pitwall::bench
