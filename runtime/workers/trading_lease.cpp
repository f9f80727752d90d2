#include "runtime/workers/trading_lease.hpp"

#include <algorithm>

namespace pitwall {

bool trading_leases::ask(const lease_name& name, const std::string& worker,
                         const std::string& venue, std::uint64_t version, boot_time now) {
  if (const auto at = given_.find(name); at != given_.end()) {
    confirmed(name, version);
    return at->second.lease.renew(now);
  }
  drop_ended(now);
  if (given_.size() >= max_leases) return false;
  given_.emplace(name, given{worker, venue, {length_, now}, version});
  return true;
}

void trading_leases::confirmed(const lease_name& name, std::uint64_t version) {
  const auto at = given_.find(name);
  if (at != given_.end()) at->second.version = std::max(at->second.version, version);
}

std::vector<const trading_leases::given*> trading_leases::without(std::uint64_t version,
                                                                  boot_time now) {
  drop_ended(now);
  std::vector<const given*> out;
  for (const auto& [name, g] : given_)
    if (g.version < version) out.push_back(&g);
  return out;
}

void trading_leases::drop_ended(boot_time now) {
  for (auto at = given_.begin(); at != given_.end();)
    at = at->second.lease.has_ended(now) ? given_.erase(at) : std::next(at);
}

}  // namespace pitwall
