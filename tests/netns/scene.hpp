// Job: a host that trades at an exchange, and workers behind cables on which its nodes run: real
//      processes on a lan. Each execution takes a price, a trigger with a state and a condition on
//      a worker, and buys at the exchange from the host.
// At the end, whatever happened: every execution is final, no seq is missing, the state's versions
//      have no gap, journal and exchange agree on every order, each there once, and after a halt's
//      promised time none came but those that its acknowledgement lists.
// Threads: one. Every wait has a deadline.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/netns/lan.hpp"
#include "tests/process/halt_record.hpp"
#include "tests/process/worker_hosts.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {

class scene {
 public:
  /// `lost_after`: the lease's length, as configuration has it; a heartbeat is sent each 100 ms.
  explicit scene(std::string_view lost_after = "1s");

  lan& net() { return net_; }
  host_of_workers& host() { return host_; }
  witness& exchange() { return exchange_; }
  worker_of& worker(const std::string& name) { return *workers_.at(name); }

  /// A worker on a machine of its own, joined.
  void add(const std::string& name, bool slow = false);
  /// Starts the worker again, which was killed.
  void start_again(const std::string& name) { start_worker(name); }
  value await(const std::string& name, std::string_view state, const value& not_this_epoch = {}) {
    return host_.await_worker(name, state, not_this_epoch);
  }
  value epoch_of(const std::string& name) const { return *host_.worker(name).find("epoch"); }
  /// Where nodes are: the one with the most.
  std::string busiest() const;

  /// Of everything, acknowledged; nothing is started until the resume.
  void halt();
  void resume();
  /// One execution, which is not waited for. False: the host takes none now.
  bool trade();
  void trade_for(std::chrono::milliseconds time);
  /// Until it is so; false: it was not within workers_patience.
  bool trade_until(const std::function<bool()>& so);
  /// All that were started become final. How many ended how.
  const std::map<std::string, int>& settle();
  /// The same. Of ten nine have completed: all, where the machine is fast enough for a heartbeat
  /// each 100 ms; else some found no worker that was in time. What a halt has ended does not count.
  bool went_well();
  int started() const { return static_cast<int>(started_.size()); }
  int completed() { return ends_["completed"]; }

  /// The end: everything is compared, with the host stopped.
  void compare();

 private:
  void start_worker(const std::string& name);

  lan net_;  // The first: what follows lives in it.
  witness exchange_;
  certificate_desk desk_;
  host_of_workers host_;
  std::map<std::string, std::unique_ptr<worker_of>> workers_;
  std::map<std::string, paper_files> papers_;
  std::vector<std::string> started_;
  std::size_t settled_ = 0;
  std::map<std::string, int> ends_;
  std::vector<std::string> others_;  ///< Those that ended otherwise than completed, or by a halt.
  halt_record halts_;
};

}  // namespace pitwall::test
