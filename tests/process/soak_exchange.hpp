// Job: `pitwall exchange` as the other side of a soak: a process with faults, and its own account.
#pragma once

#include "tests/process/exchange_account.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {

class soak_exchange {
 public:
  explicit soak_exchange(std::uint64_t seed)
      : process_(pitwall_binary(),
                 {"--data-dir", (directory_.path() / "x").string(), "--seed", std::to_string(seed),
                  "--fault-seed", std::to_string(seed), "--weight-limit", "1000000000",
                  "--order-limit", "1000000000", "--balance", "BTC=10000", "--balance", "ETH=10000",
                  "--balance", "USDT=1000000000"}) {}

  /// As `serve --venue` wants it, behind `binance:`.
  std::string venue() const {
    return process_.url() + "?key_file=" + (directory_.path() / "x" / "api_key").string();
  }
  void faults(const std::string& json) const {
    if (const auto r = process_.faults(json); r.status != 200) throw std::runtime_error(r.body);
  }
  const child_process& process() { return process_.process(); }

  exchange_account account() const { return read_account(process_); }
  std::map<std::string, exchange_purse> purses() const { return read_purses(process_); }

 private:
  scratch_directory directory_;
  exchange_process process_;
};

}  // namespace pitwall::test
