// Job: keeps a service manager told of this host (service_report.hpp, notify_socket.hpp): a thread
//      looks at it every second, and sends a pulse through it where the manager has a watchdog.
// Owns: the thread. Without a manager there is no link, and no thread.
// Threads: any. Errors: what cannot be sent is let go of; a pulse that does not come back is no
//      sign of life, and the manager restarts the host.
// Tests: tests/process/service_test.cpp
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "runtime/host/service/notify_socket.hpp"
#include "runtime/host/service/service_report.hpp"

namespace pitwall {

class service_link {
 public:
  /// The host, as the manager sees it. Both are called on the link's thread.
  struct subject {
    std::function<service_report::look()> look;
    /// Sent through the parts that matter; told once, on any thread, whether they all answered.
    std::function<void(std::function<void(bool alive)>)> pulse;
  };

  service_link(notify_socket to, service_report::options options);
  ~service_link();
  service_link(const service_link&) = delete;
  service_link& operator=(const service_link&) = delete;

  /// It serves: from now on it is looked at.
  void serves(subject host);
  void reload_begins();
  void reload_ends();
  void stop_begins(std::chrono::milliseconds longest);
  /// The host goes: on return it is not looked at, and never again.
  void let_go();

 private:
  struct shared;
  void run();
  void send_pulse(const subject& host);

  std::shared_ptr<shared> s_;  ///< Also of pulses, which may end later than the link.
  std::jthread thread_;
};

}  // namespace pitwall
