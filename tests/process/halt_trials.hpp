// Job: what the tests that halt a besieged host again and again have in common: which halts, in
//      which order, and what is made of an acknowledgement.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/process/besieged_host.hpp"
#include "tests/process/exchange_account.hpp"

namespace pitwall::test {

/// One way to halt, and whether the host is killed then.
struct halt_trial {
  std::string scope;
  bool by_cli, kill;
};
/// Each of them as often as any other, in an order of its own.
inline std::vector<halt_trial> shuffled_trials(std::size_t count, const std::vector<bool>& kills,
                                               std::mt19937_64& random) {
  std::vector<halt_trial> all, out;
  for (const auto& scope : halt_scopes)
    for (const bool by_cli : {false, true})
      for (const bool kill : kills) all.push_back({scope, by_cli, kill});
  while (out.size() < count) {
    std::shuffle(all.begin(), all.end(), random);
    out.insert(out.end(), all.begin(), all.end());
  }
  out.resize(count);
  return out;
}

inline void take_acknowledgement(halt_record& record, const std::string& scope,
                                 const value& answer) {
  const auto closed_at = parse_iso8601(answer.find("closed_at")->as_text());
  REQUIRE(closed_at.ok());
  std::vector<std::string> listed;
  for (const auto& id : answer.find("unanswered_orders")->as_list()) listed.push_back(id.as_text());
  record.acknowledged(scope, *closed_at, std::move(listed));
}

inline void check_still_halted(besieged_host& host, const std::string& scope) {
  const auto now = host.emergency();
  CAPTURE(now);
  const auto state = R"({"scope":")" + scope + R"(","state":"halt")";
  CHECK((now.find(state) != std::string::npos ||
         (scope == "global" && now.starts_with(R"({"state":"halt")"))));
}

/// The first ten of them are shown.
inline void check_none(const std::vector<std::string>& wrong) {
  std::string first;
  for (std::size_t i = 0; i < wrong.size() && i < 10; ++i) first += wrong[i] + "\n";
  CAPTURE(first);
  CHECK(wrong.empty());
}

inline std::size_t median_of(std::vector<std::size_t> all) {
  std::sort(all.begin(), all.end());
  return all.at(all.size() / 2);
}

/// Every order that the exchange has, as of when it took it: to the millisecond, rounded down.
inline std::vector<witnessed_order> book_of(const exchange_process& x) {
  std::vector<witnessed_order> out;
  each_row(x, "/api/v3/allOrders", "BTCUSDT", "orderId", "orderId", [&](const value& row) {
    witnessed_order o;
    o.client_order_id = row_text(row, "clientOrderId");
    o.time_ms = row.find("time")->as_number().to_int().value();
    o.arrived_us = o.time_ms * 1'000;
    out.push_back(std::move(o));
  });
  return out;
}

/// `pitwall exchange` with a key, a price that stands still, and limits that nobody meets.
class halt_exchange {
 public:
  halt_exchange()
      : process_(pitwall_binary(), {"--data-dir", (directory_.path() / "x").string(), "--still",
                                    "--balance", "USDT=1000000000", "--weight-limit", "1000000000",
                                    "--order-limit", "1000000000"}),
        key_(directory_.write("key", process_.key.key + "\n" + process_.key.secret + "\n")) {}

  /// As --venue has it. What was under way is asked for after `window` milliseconds.
  std::string venue(const std::string& window) const {
    return "sim=binance:" + process_.url() + "?recv_window=" + window +
           "&key_file=" + key_.string();
  }
  /// Answers come so late, after the work.
  void answer_late(int by_ms) const {
    REQUIRE(process_.faults(R"({"latency_ms": )" + std::to_string(by_ms) + "}").status == 200);
  }
  const exchange_process& process() const noexcept { return process_; }

 private:
  scratch_directory directory_;
  exchange_process process_;
  std::filesystem::path key_;
};

}  // namespace pitwall::test
