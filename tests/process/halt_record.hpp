// Job: what was promised at each halt, and whether the exchange's own log bears it out: after the
//      time at which a halt says that it closed, no order in scope comes in but those it lists,
//      until a resume is asked for. Host and exchange have the machine's clock.
#pragma once

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/from_environment.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {

/// Whose an order is.
struct order_owner {
  std::string bot, strategy, venue{};
};

class halt_record {
 public:
  /// `closed_at` and `listed` as the acknowledgement has them.
  void acknowledged(std::string scope, timestamp closed_at, std::vector<std::string> listed) {
    halts_.push_back(
        {std::move(scope), closed_at, timestamp::max(), {listed.begin(), listed.end()}});
    listed_ += listed.size();
  }
  /// A resume of the last one is about to be asked for.
  void resumes() { halts_.back().to = system_wall_clock().now(); }

  std::size_t halts() const noexcept { return halts_.size(); }
  /// Orders that were under way at an acknowledgement.
  std::size_t listed() const noexcept { return listed_; }

  /// Orders for `venue` that came in while another venue was halted.
  std::size_t spared(const std::vector<witnessed_order>& log,
                     const std::map<std::string, order_owner>& owners,
                     const std::string& venue) const {
    std::size_t count = 0;
    for (const auto& h : halts_) {
      if (!h.scope.starts_with("venue:") || h.scope == "venue:" + venue) continue;
      for (const auto& o : log) {
        const timestamp at{microseconds(o.arrived_us)};
        const auto owner = owners.find(o.client_order_id);
        count += at > h.closed_at && at < h.to && owner != owners.end() &&
                         owner->second.venue == venue && !h.listed.contains(o.client_order_id)
                     ? 1
                     : 0;
      }
    }
    return count;
  }
  /// Every order that a halt forbade; all orders must have an owner.
  std::vector<std::string> broken(const std::vector<witnessed_order>& log,
                                  const std::map<std::string, order_owner>& owners) const {
    std::vector<std::string> out;
    for (const auto& h : halts_) {
      for (const auto& o : log) {
        const timestamp at{microseconds(o.arrived_us)};
        if (at <= h.closed_at || at >= h.to) continue;
        const auto& id = o.client_order_id;
        const auto owner = owners.find(id);
        if (owner == owners.end()) {
          out.push_back("nobody's: " + id);
        } else if (concerns(h.scope, owner->second) && !h.listed.contains(id)) {
          out.push_back("came in " + std::to_string((at - h.closed_at).count()) + " us after '" +
                        h.scope + "' was closed: " + id);
        }
      }
    }
    return out;
  }

 private:
  struct halt {
    std::string scope;
    timestamp closed_at, to;
    std::set<std::string> listed;
  };
  static bool concerns(const std::string& scope, const order_owner& of) {
    if (scope.starts_with("bot:")) return scope == "bot:" + of.bot;
    if (scope.starts_with("strategy:")) return scope == "strategy:" + of.strategy;
    if (scope.starts_with("venue:")) return scope == "venue:" + of.venue;
    return true;
  }

  std::vector<halt> halts_;
  std::size_t listed_ = 0;
};

/// "trader-x": bot x, strategy of that bot; each execution is one order.
inline std::string one_order(const std::string& bot, const std::string& strategy,
                             const std::string& venue = "sim") {
  return R"({"id": "trader-)" + bot + R"(", "bot_id": ")" + bot + R"(", "strategy_id": ")" +
         strategy + R"(", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "properties":
     {"signal": true, "symbol": "BTC/USDT", "amount": "0.0001", "venue": ")" +
         venue + R"("}}],
    "connections": []})";
}
inline const std::vector<std::pair<std::string, std::string>> traders{
    {"a", "up"}, {"b", "up"}, {"c", "down"}, {"d", "down"}};
inline const std::vector<std::string> halt_scopes{"global", "venue:sim", "bot:a", "bot:c",
                                                  "strategy:up"};

}  // namespace pitwall::test
