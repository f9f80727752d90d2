#include "runtime/host/cli/bench_load.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <utility>

namespace pitwall::cli {
namespace {

double cpu_seconds() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return s(r.ru_utime) + s(r.ru_stime);
}

result<emergency_answer> ask(host& h, const std::string& scope, emergency_action action) {
  std::promise<result<emergency_answer>> answer;
  auto answered = answer.get_future();
  h.emergency({action, scope, "measured", "bench"},
              [&](result<emergency_answer> a) { answer.set_value(std::move(a)); });
  return answered.get();
}

}  // namespace

percentiles percentiles_of(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double p) {
    const auto rank = static_cast<std::size_t>(p * static_cast<double>(seconds.size()));
    return seconds[std::min(seconds.size() - 1, rank)] * 1e6;
  };
  return {at(0.50), at(0.95), at(0.99)};
}

load::load(host& h, std::string workflow, std::size_t concurrency)
    : host_(h), workflow_(std::move(workflow)), concurrency_(concurrency) {}

figures_of_run load::run(std::chrono::duration<double> time) {
  begin();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return open_ == 0; });
  }
  return end();
}

void load::begin() {
  cpu_before_ = cpu_seconds();
  began_ = clock::now();
  {
    const std::lock_guard lock(mutex_);
    open_ = concurrency_;
  }
  for (std::size_t i = 0; i < concurrency_; ++i) start_one();
}

figures_of_run load::end() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  open_ -= std::exchange(parked_, 0);
  changed_.wait(lock, [&] { return open_ == 0; });
  const std::chrono::duration<double> spent = clock::now() - began_;
  figures_of_run f;
  f.concurrency = concurrency_;
  f.executions = latencies_.size();
  f.failures = failures_;
  f.why = why_;
  if (latencies_.empty()) return f;
  f.per_second = static_cast<double>(latencies_.size()) / spent.count();
  f.cpu_us = (cpu_seconds() - cpu_before_) / static_cast<double>(latencies_.size()) * 1e6;
  f.us = percentiles_of(latencies_);
  return f;
}

void load::note(clock::time_point began, const result<start_answer>& a) {
  const std::chrono::duration<double> took = clock::now() - began;
  latencies_.push_back(took.count());
  const bool completed = a.ok() && a->status == run_status::completed;
  if (completed) {
    ++completed_;
    changed_.notify_all();
  }
  const bool halted = a.ok() ? a->status == run_status::halted : a.error().code == errc::halted;
  if (completed || (rides_ && halted)) return;
  if (failures_++ == 0)
    why_ =
        a.ok() ? std::string(to_string(a->status)) + ": " + a->result_json : a.error().to_string();
}

void load::leave() {
  if (--open_ == 0) changed_.notify_all();
}

void load::start_one() {
  const auto begin = clock::now();
  host_.start({workflow_, {}, true, {}}, [this, begin](result<start_answer> a) {
    {
      const std::lock_guard lock(mutex_);
      note(begin, a);
      // One that is refused at once would be started again without an end.
      if (!ending_ && rides_ && !a.ok() && a.error().code == errc::halted) {
        ++parked_;
        return;
      }
      if (ending_ || !a.ok()) return leave();
    }
    start_one();
  });
}

void load::ride_out_halts() {
  const std::lock_guard lock(mutex_);
  rides_ = true;
}

void load::go_on(std::chrono::duration<double> patience) {
  std::unique_lock lock(mutex_);
  const auto enough = completed_ + concurrency_;
  const auto until = clock::now() + std::chrono::duration_cast<clock::duration>(patience);
  while (completed_ < enough && clock::now() < until) {
    // Some may be told only now that they were refused.
    for (auto again = std::exchange(parked_, 0); again > 0; --again) {
      lock.unlock();
      start_one();
      lock.lock();
    }
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
}

figures_of_run load::offer(double per_second, std::chrono::duration<double> time) {
  concurrency_ = 0;
  begin();
  const std::chrono::duration<double> step(1 / per_second);
  std::unique_lock lock(mutex_);
  ++open_;  // This one, as long as it offers.
  for (std::size_t i = 0; step * i < time; ++i) {
    const auto due = began_ + std::chrono::duration_cast<clock::duration>(step * i);
    while (clock::now() < due) changed_.wait_until(lock, due);
    ++open_;
    lock.unlock();
    host_.start({workflow_, {}, true, {}}, [this, due](result<start_answer> a) {
      const std::lock_guard guard(mutex_);
      note(due, a);
      leave();
    });
    lock.lock();
  }
  leave();
  lock.unlock();
  return end();
}

namespace {

/// A file of its own beside what is measured, removed with it.
class sync_probe {
 public:
  explicit sync_probe(const std::filesystem::path& directory)
      : file_(directory / "sync-probe"),
        fd_(::open(file_.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600)) {}
  ~sync_probe() {
    if (fd_ < 0) return;
    ::close(fd_);
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  sync_probe(const sync_probe&) = delete;
  sync_probe& operator=(const sync_probe&) = delete;

  void measure() {
    const std::array<char, 512> block{};
    const auto begin = std::chrono::steady_clock::now();
    if (fd_ < 0 || ::write(fd_, block.data(), block.size()) < 0 || ::fdatasync(fd_) != 0) return;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    times_.push_back(took.count());
  }
  percentiles all() const { return percentiles_of(times_); }

 private:
  std::filesystem::path file_;
  int fd_;
  std::vector<double> times_;
};

}  // namespace

percentiles measure_sync(const std::filesystem::path& directory, std::size_t count) {
  sync_probe probe(directory);
  for (std::size_t i = 0; i < count; ++i) probe.measure();
  return probe.all();
}

figures_of_halts measure_halts(host& h, const std::string& scope, std::size_t count,
                               const std::filesystem::path& directory,
                               const std::function<void()>& resumed) {
  figures_of_halts f;
  sync_probe probe(directory);
  std::vector<double> closed, acknowledged;
  for (std::size_t i = 0; i < count; ++i) {
    using std::chrono::duration;
    const auto at = std::chrono::system_clock::now();
    const auto begin = std::chrono::steady_clock::now();
    const auto halted = ask(h, scope, emergency_action::halt);
    const duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!halted.ok() || halted->result != "done" || !halted->closed_at ||
        !ask(h, scope, emergency_action::resume).ok()) {
      ++f.failures;
      continue;
    }
    ++f.halts;
    probe.measure();
    if (resumed) resumed();
    acknowledged.push_back(took.count());
    closed.push_back(std::max(0.0, duration<double>(*halted->closed_at - at).count()));
  }
  f.closed_us = percentiles_of(std::move(closed));
  f.acknowledged_us = percentiles_of(std::move(acknowledged));
  f.sync_us = probe.all();
  return f;
}

}  // namespace pitwall::cli
