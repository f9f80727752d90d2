// Job: a witness exchange (witness_exchange.cpp) as a process that a test starts, bends and reads.
//      Every wait has a deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace pitwall::test {

/// One line of the order log.
struct witnessed_order {
  std::int64_t n = 0;
  std::string client_order_id, symbol, side, quantity;
  std::int64_t time_ms = 0;
};

class witness {
 public:
  /// `binary`: where witness_exchange is. `more`: further arguments.
  explicit witness(const std::string& binary, std::vector<std::string> more = {});

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const noexcept { return port_; }
  /// Merges into the faults: R"({"drop_answer": 1})"
  void set_faults(const std::string& json) const { control("POST", "/witness/faults", json); }
  void advance_clock(std::chrono::milliseconds by) const;
  /// A resting order fills; quantity empty: all that is left.
  void fill(const std::string& client_order_id, const std::string& quantity = {}) const;
  /// The answer's body, JSON: serverTime, requests, held, connections, accepted.
  std::string state() const { return control("GET", "/witness/state", {}); }
  /// Asks again and again until the state says `part`; false: not within ten seconds.
  bool await_state(const std::string& part) const;
  /// The order log, read from its file.
  std::vector<witnessed_order> orders() const;
  child_process& process() { return *process_; }

 private:
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body) const;

  scratch_directory directory_;
  std::filesystem::path log_;
  std::unique_ptr<child_process> process_;
  std::uint16_t port_ = 0, control_port_ = 0;
};

}  // namespace pitwall::test
