// Job: a host on a machine of its own, with a cable; beside its other end a worker that has its
//      venue, and `pitwall exchange`; and orders that flow, until something befalls them and a halt
//      comes. Real processes on a lan.
// At the end, whatever happened: between the time that a halt's acknowledgement promised and the
//      resume the exchange took nothing but what that lists; no order is there twice; every
//      execution and every order is final; no seq is missing; the host's positions are the
//      exchange's fills.
// Clock: all processes have this machine's. Threads: one, and the flow's own. Every wait has a
//      deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/netns/lan.hpp"
#include "tests/process/desk_scene.hpp"

namespace pitwall::test {

/// By this machine's clock, since the epoch.
std::int64_t wall_now_us();

/// When each order came to the exchange, in milliseconds since the epoch, by its own book.
struct dated_order {
  std::string client_order_id;
  std::int64_t came_ms = 0;
};
std::vector<dated_order> dated_orders(const exchange_process& of);

/// Starts executions of "w" on and on, while the host is away or halted too.
class order_flow {
 public:
  explicit order_flow(std::filesystem::path control);
  ~order_flow() { stop(); }
  order_flow(const order_flow&) = delete;
  order_flow& operator=(const order_flow&) = delete;

  void start();
  void stop();
  /// It flows on for so long, or would.
  void run_for(std::chrono::milliseconds time);
  /// Those that the host has taken, and said so.
  std::vector<std::string> taken() const;

 private:
  void go_on();

  std::filesystem::path control_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::vector<std::string> taken_;
  std::thread thread_;
};

/// What a halt was acknowledged with.
struct promised {
  std::int64_t asked_us = 0, told_us = 0, closed_us = 0;
  std::int64_t until_us = std::numeric_limits<std::int64_t>::max();  ///< A resume was asked for.
  std::set<std::string> listed;
  std::string warnings;
  /// A worker has not confirmed, and its lease says it.
  bool by_lease() const { return warnings.find("has not confirmed") != std::string::npos; }
};

class placed_scene {
 public:
  /// `slow`: the cable can be made slow.
  placed_scene(std::string_view lease, std::string_view lost_after, bool slow = false);

  lan& net() { return net_; }
  desk_scene& desk() { return desk_; }
  host_of_workers& host() { return desk_.host; }
  order_flow& flow() { return flow_; }
  /// Its leases say all: else another worker may trade when that of one that is lost has ended.
  void has_one_worker(bool so) { one_worker_ = so; }
  /// The host's machine, which has the cable.
  static constexpr const char* home = "home";

  /// Orders flow, more of them than the exchange answers: some rest there, some are under way, and
  /// others wait at the worker.
  void get_busy();
  /// A halt of everything, acknowledged.
  promised halt();
  void resume();
  void await_time(std::int64_t wall_us);
  /// With the host halted and a worker there: orders flow no more, and everything comes to its end.
  /// Then it trades again, and is stopped, and all accounts are compared.
  void compare();

 private:
  struct wired : lan {
    explicit wired(bool slow) { plug(home, slow); }
    /// What starts a host there: it is ready before its venue is, which waits for a worker.
    std::vector<std::string> host_words() const {
      auto words = inside(home);
      words.insert(words.begin() + 1, "PITWALL__RECOVERY__VENUE_WAIT=1ms");
      return words;
    }
  };
  void check_promises();
  void cancel_all();
  void check_positions();

  wired net_;  // The first: what follows lives in it.
  desk_scene desk_;
  order_flow flow_;
  std::vector<promised> halts_;
  bool one_worker_ = true;
};

}  // namespace pitwall::test
