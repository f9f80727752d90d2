// Job: a witness exchange (witness_exchange.cpp) as a process that a test starts, bends and reads.
//      Every wait has a deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <ios>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace pitwall::test {

/// An order of the log.
struct witnessed_order {
  std::int64_t n = 0;
  std::string client_order_id, symbol, side, quantity;
  std::int64_t time_ms = 0;     ///< By the witness's clock.
  std::int64_t arrived_us = 0;  ///< By the machine's, since the epoch.
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
  /// The same of an order that may be over already: false then. "0": all that is left.
  bool try_fill(const std::string& client_order_id, const std::string& quantity = "0") const;
  /// The answer's body, JSON: serverTime, requests, held, connections, accepted.
  std::string state() const { return control("GET", "/witness/state", {}); }
  /// Asks again and again until the state says `part`; false: not within a minute.
  bool await_state(const std::string& part) const;
  /// The log, read from its file: each accepted order, each trade, each end that is no full fill.
  std::vector<std::string> log() const;
  /// The orders in it.
  std::vector<witnessed_order> orders() const;
  /// How many those are now; reads what is new since the last time, by one thread.
  std::size_t arrivals();
  child_process& process() { return *process_; }

 private:
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body) const;

  scratch_directory directory_;
  std::filesystem::path log_;
  std::unique_ptr<child_process> process_;
  std::uint16_t port_ = 0, control_port_ = 0;
  std::streamoff counted_up_to_ = 0;
  std::size_t counted_ = 0;
};

}  // namespace pitwall::test
