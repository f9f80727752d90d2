// Job: what was promised at each halt, and whether the exchange's own log bears it out: after an
//      acknowledgement no order in scope comes in but those it lists, until a resume is asked for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {

/// Whose an order is.
struct order_owner {
  std::string bot, strategy;
};

class halt_record {
 public:
  /// `arrived`: orders at the exchange right after the acknowledgement; `listed`: those it names.
  void acknowledged(std::string scope, std::size_t arrived, std::vector<std::string> listed) {
    halts_.push_back({std::move(scope), arrived, npos, {listed.begin(), listed.end()}});
    listed_ += listed.size();
  }
  /// A resume of the last one is about to be asked for.
  void resumes(std::size_t arrived) { halts_.back().to = arrived; }

  std::size_t halts() const noexcept { return halts_.size(); }
  /// Orders that were under way at an acknowledgement.
  std::size_t listed() const noexcept { return listed_; }

  /// Every order that a halt forbade; all orders must have an owner.
  std::vector<std::string> broken(const std::vector<witnessed_order>& log,
                                  const std::map<std::string, order_owner>& owners) const {
    std::vector<std::string> out;
    for (const auto& h : halts_) {
      for (std::size_t i = h.from; i < std::min(h.to, log.size()); ++i) {
        const auto& id = log[i].client_order_id;
        const auto owner = owners.find(id);
        if (owner == owners.end()) {
          out.push_back("nobody's: " + id);
        } else if (concerns(h.scope, owner->second) && !h.listed.contains(id)) {
          out.push_back("number " + std::to_string(i + 1) + " came in after '" + h.scope +
                        "' was halted with " + std::to_string(h.from) + ": " + id);
        }
      }
    }
    return out;
  }

 private:
  static constexpr std::size_t npos = ~std::size_t{0};
  struct halt {
    std::string scope;
    std::size_t from = 0, to = npos;
    std::set<std::string> listed;
  };
  static bool concerns(const std::string& scope, const order_owner& of) {
    if (scope.starts_with("bot:")) return scope == "bot:" + of.bot;
    if (scope.starts_with("strategy:")) return scope == "strategy:" + of.strategy;
    return true;  // global, or the only venue.
  }

  std::vector<halt> halts_;
  std::size_t listed_ = 0;
};

/// "trader-x": bot x, strategy of that bot; each execution is one order.
inline std::string one_order(const std::string& bot, const std::string& strategy) {
  return R"({"id": "trader-)" + bot + R"(", "bot_id": ")" + bot + R"(", "strategy_id": ")" +
         strategy + R"(", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "properties":
     {"signal": true, "symbol": "BTC/USDT", "amount": "0.0001", "venue": "sim"}}],
    "connections": []})";
}
inline const std::vector<std::pair<std::string, std::string>> traders{
    {"a", "up"}, {"b", "up"}, {"c", "down"}, {"d", "down"}};
inline const std::vector<std::string> halt_scopes{"global", "venue:sim", "bot:a", "bot:c",
                                                  "strategy:up"};

}  // namespace pitwall::test
