#include "net/access/failure_limit.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace pitwall::access {

failure_limit::verdict failure_limit::failed(const std::string& address, time now) {
  const auto key = counted_address(address);
  if (until_.find(key) == until_.end()) make_room(now);
  auto& d = until_.try_emplace(key, debt{now}).first->second;
  const auto owed = std::max(d.paid, now) + bounds_.pause;
  const auto most = now + bounds_.pause * static_cast<int>(bounds_.at_once);
  if (owed <= most) {
    d = {owed, false};
    return {};
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(owed - most);
  return {wait, !std::exchange(d.refused, true)};
}

void failure_limit::make_room(time now) {
  if (until_.size() < bounds_.max_addresses) return;
  std::erase_if(until_, [&](const auto& one) { return one.second.paid <= now; });
  if (until_.size() < bounds_.max_addresses) return;
  until_.erase(std::min_element(until_.begin(), until_.end(), [](const auto& a, const auto& b) {
    return a.second.paid < b.second.paid;
  }));
}

std::string counted_address(const std::string& address) {
  namespace ip = boost::asio::ip;
  boost::system::error_code ec;
  const auto parsed = ip::make_address(address, ec);
  if (ec || parsed.is_v4()) return address;
  const auto v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace pitwall::access
