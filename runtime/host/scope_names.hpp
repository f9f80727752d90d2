// Job: whether a scope names something that is here. In an emergency a typing error must not look
//      like a stopped bot.
// Threads: pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pitwall {

struct scope_names {
  std::set<std::string> venues, bots, strategies;
};

/// Empty where it does, and for `global`; else a sentence with the names that are known.
inline std::string unknown_scope(std::string_view scope, const scope_names& known) {
  struct kind {
    std::string_view prefix, noun;
    const std::set<std::string>& names;
  };
  const kind kinds[] = {{"venue:", "venue", known.venues},
                        {"bot:", "bot", known.bots},
                        {"strategy:", "strategy", known.strategies}};
  for (const auto& k : kinds) {
    if (!scope.starts_with(k.prefix)) continue;
    const std::string name(scope.substr(k.prefix.size()));
    if (k.names.contains(name)) return {};
    std::string out = "no " + std::string(k.noun) + " here is called '" + name + "'";
    std::string all;
    for (const auto& n : k.names) all += (all.empty() ? "" : ", ") + n;
    return out + (all.empty() ? "; there is none" : "; there is " + all);
  }
  return {};
}

}  // namespace pitwall
