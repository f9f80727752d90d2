// What several hosts would carry: a simulation in virtual time of their processors, disks and
// links, from the costs that the other benchmarks measure here. docs/growing.md reads its table.
// The first row is a check: one host as it is, whose rate `pitwall bench` measures too.
//
// Model. A host has 2 cores; an execution arrives at random (Poisson), takes one turn of a core
// until its intent is on its way, waits for that commit, takes another turn, and is answered when
// the second commit is durable. A host commits one batch at a time: what comes meanwhile is the
// next one (group commit). A node on a worker costs the host a message there and one back, and the
// execution the link's round trip. A relay sends each event to each other host that listens, and
// costs both.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace {

struct costs {
  double execution_us = 60;    // Of processor, all of it on the host (pitwall bench, CPU us).
  double remote_share = 0.45;  // What of that a host is rid of if all five nodes are elsewhere.
  // Both by pitwall bench --workers 0,1: one over TLS, sending or receiving it, with 200 in flight;
  // and to a worker of the same machine, with one in flight.
  double message_us = 9;
  double round_trip_us = 250;
  double sync_us = 130;        // Median of fdatasync.
  double sync_spread = 0.7;    // Of its logarithm: p99 is about five times the median.
  double write_us = 2.5;       // Of the commit thread, for each execution in a batch.
  double relay_us = 1.5;       // One event in a frame of many (pitwall bench --clients).
  double events = 15, nodes = 5, cores = 2;
};

/// Who takes the events of other hosts.
enum class relay { nobody, one, all };

struct world {
  int hosts = 1;
  double offered = 0;     // Executions a second, of all hosts.
  double on_workers = 0;  // Share of the nodes.
  relay listens = relay::nobody;
  double skew = 0;  // Of workflows over hosts: 0 even, 1 as Zipf's law has it.
  int workflows = 1'000;
};

struct outcome {
  double per_second = 0, busiest_cpu = 0, commits = 0, batch = 0, messages = 0, relayed = 0;
  double p50_ms = 0, p99_ms = 0;
};

/// The share of all executions that each host gets: workflows are dealt out by their hash.
std::vector<double> shares(const world& w, std::mt19937_64& random) {
  std::vector<double> out(static_cast<std::size_t>(w.hosts), 0.0);
  double all = 0;
  std::uniform_int_distribution<std::size_t> host(0, out.size() - 1);
  for (int i = 1; i <= w.workflows; ++i) {
    const double weight = std::pow(i, -w.skew);
    out[host(random)] += weight;
    all += weight;
  }
  for (auto& s : out) s /= all;
  return out;
}

/// One host for some seconds of virtual time. Events are ordered by time, then by when they were
/// planned: the same seed gives the same run.
class host {
 public:
  /// `relayed`: events of its own that it sends, and of others that it gets, for each execution.
  host(const costs& c, const world& w, double rate, double relayed, std::uint64_t seed)
      : cost_(c), rate_(rate), random_(seed) {
    const double kept = 1 - c.remote_share * w.on_workers;
    const double sent = c.nodes * w.on_workers * 2 * c.message_us;
    turn_us_ = (c.execution_us * kept + sent + relayed * c.relay_us) / 2;
    away_us_ = w.on_workers > 0 ? c.round_trip_us : 0;
  }

  void run(double seconds) {
    const double end = seconds * 1e6;
    plan(gap(), step::arrive, 0);
    while (!agenda_.empty() && agenda_.top().at <= end) {
      const auto e = agenda_.top();
      agenda_.pop();
      now_ = e.at;
      handle(e);
    }
    seconds_ = seconds;
  }

  std::vector<double>& latencies() { return done_us_; }
  double cpu() const { return busy_us_ / (seconds_ * 1e6 * cost_.cores); }
  double commits() const { return commits_ / seconds_; }
  double committed() const { return committed_; }
  double commit_count() const { return commits_; }
  double per_second() const { return static_cast<double>(done_us_.size()) / seconds_; }

 private:
  enum class step { arrive, turn_over, back, committed };
  struct entry {
    double at;
    std::uint64_t order;
    step what;
    std::size_t who;
    bool operator<(const entry& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  struct execution {
    double began;
    int phase = 0;
  };

  void plan(double after, step what, std::size_t who) {
    agenda_.push({now_ + after, ++planned_, what, who});
  }
  double gap() { return std::exponential_distribution<double>(rate_ / 1e6)(random_); }

  void handle(const entry& e) {
    switch (e.what) {
      case step::arrive:
        all_.push_back({now_});
        ready(all_.size() - 1);
        plan(gap(), step::arrive, 0);
        break;
      case step::turn_over:
        ++free_;
        if (all_[e.who].phase == 0 && away_us_ > 0)
          plan(away_us_, step::back, e.who);
        else
          append(e.who);
        next_turn();
        break;
      case step::back:
        append(e.who);
        break;
      case step::committed:
        writing_ = false;
        for (const auto who : batch_) durable(who);
        batch_.clear();
        next_commit();
        break;
    }
  }
  void ready(std::size_t who) {
    waiting_.push_back(who);
    next_turn();
  }
  void next_turn() {
    while (free_ > 0 && !waiting_.empty()) {
      const auto who = waiting_.front();
      waiting_.pop_front();
      --free_;
      busy_us_ += turn_us_;
      plan(turn_us_, step::turn_over, who);
    }
  }
  void append(std::size_t who) {
    appended_.push_back(who);
    next_commit();
  }
  void next_commit() {
    if (writing_ || appended_.empty()) return;
    writing_ = true;
    batch_.swap(appended_);
    ++commits_;
    committed_ += static_cast<double>(batch_.size());
    const double sync =
        std::lognormal_distribution<double>(std::log(cost_.sync_us), cost_.sync_spread)(random_);
    plan(sync + cost_.write_us * static_cast<double>(batch_.size()), step::committed, 0);
  }
  void durable(std::size_t who) {
    auto& x = all_[who];
    if (x.phase++ == 0)
      ready(who);
    else
      done_us_.push_back(now_ - x.began);
  }

  costs cost_;
  double rate_, turn_us_ = 0, away_us_ = 0;
  std::mt19937_64 random_;
  std::priority_queue<entry> agenda_;
  std::vector<execution> all_;
  std::deque<std::size_t> waiting_;
  std::vector<std::size_t> appended_, batch_;
  std::vector<double> done_us_;
  double now_ = 0, busy_us_ = 0, commits_ = 0, committed_ = 0, seconds_ = 1;
  std::uint64_t planned_ = 0;
  int free_ = 2;
  bool writing_ = false;
};

outcome simulate(const costs& c, const world& w, std::uint64_t seed, double seconds) {
  std::mt19937_64 random(seed);
  outcome out;
  std::vector<double> latencies;
  double committed = 0, commit_count = 0, relayed = 0;
  const auto each = shares(w, random);
  for (std::size_t i = 0; i < each.size(); ++i) {
    if (each[i] <= 0) continue;
    const bool hears = w.listens == relay::all || (w.listens == relay::one && i == 0);
    const double told = w.listens == relay::all ? w.hosts - 1 : w.listens == relay::one && i > 0;
    const double sent = c.events * told;
    const double got = hears ? c.events * (1 - each[i]) / each[i] : 0;
    host h(c, w, w.offered * each[i], sent + got, random());
    h.run(seconds);
    out.per_second += h.per_second();
    out.busiest_cpu = std::max(out.busiest_cpu, h.cpu());
    out.commits += h.commits();
    relayed += h.per_second() * sent;
    committed += h.committed();
    commit_count += h.commit_count();
    latencies.insert(latencies.end(), h.latencies().begin(), h.latencies().end());
  }
  out.batch = commit_count > 0 ? committed / commit_count : 0;
  out.messages = out.per_second * c.nodes * w.on_workers * 2;
  out.relayed = relayed;
  if (latencies.empty()) return out;
  const auto at = [&](double q) {
    const auto k = static_cast<std::ptrdiff_t>(q * static_cast<double>(latencies.size() - 1));
    std::nth_element(latencies.begin(), latencies.begin() + k, latencies.end());
    return latencies[static_cast<std::size_t>(k)] / 1e3;
  };
  out.p50_ms = at(0.5);
  out.p99_ms = at(0.99);
  return out;
}

/// The most that is offered of which all is done and the slowest hundredth takes at most 50 ms.
outcome most(const costs& c, world w, std::uint64_t seed) {
  constexpr double seconds = 2;
  double good = 100, bad = 100'000.0 * w.hosts;
  outcome best;
  for (int i = 0; i < 14; ++i) {
    w.offered = (good + bad) / 2;
    const auto o = simulate(c, w, seed, seconds);
    if (o.per_second > 0.97 * w.offered && o.p99_ms < 50) {
      good = w.offered;
      best = o;
    } else {
      bad = w.offered;
    }
  }
  return best;
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1;
  const costs c;
  std::printf(
      "seed %llu; an execution takes %.0f us, a sync %.0f us, a message to a worker %.0f us\n",
      static_cast<unsigned long long>(seed), c.execution_us, c.sync_us, c.message_us);
  std::printf("%-44s %10s %8s %9s %7s %11s %11s %7s %7s\n", "WORLD", "EXEC/S", "CPU max",
              "COMMITS/S", "BATCH", "MESSAGES/S", "RELAYED/S", "p50 ms", "p99 ms");
  struct row {
    const char* name;
    world w;
  };
  const std::array<row, 12> rows{{
      {"1 host", {1}},
      {"1 host, a fifth of the nodes on workers", {1, 0, 0.2}},
      {"1 host, all nodes on workers", {1, 0, 1}},
      {"4 hosts", {4}},
      {"4 hosts, all listen to all", {4, 0, 0, relay::all}},
      {"4 hosts, some workflows busier (Zipf)", {4, 0, 0, relay::nobody, 1}},
      {"4 hosts, of 20 workflows, Zipf", {4, 0, 0, relay::nobody, 1, 20}},
      {"16 hosts", {16}},
      {"16 hosts, one listens to all", {16, 0, 0, relay::one}},
      {"16 hosts, all listen to all", {16, 0, 0, relay::all}},
      {"16 hosts, Zipf", {16, 0, 0, relay::nobody, 1}},
      {"16 hosts, of 100,000 workflows, Zipf", {16, 0, 0, relay::nobody, 1, 100'000}},
  }};
  for (const auto& r : rows) {
    const auto o = most(c, r.w, seed);
    std::printf("%-44s %10.0f %7.0f%% %9.0f %7.1f %11.0f %11.0f %7.2f %7.2f\n", r.name,
                o.per_second, o.busiest_cpu * 100, o.commits, o.batch, o.messages, o.relayed,
                o.p50_ms, o.p99_ms);
  }
  return 0;
}
