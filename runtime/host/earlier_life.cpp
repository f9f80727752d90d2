#include "runtime/host/earlier_life.hpp"

#include <charconv>
#include <utility>

namespace pitwall {
namespace {

constexpr std::string_view all_kinds = "given/", leases_of = "given/trading_lease/",
                           windows_of = "given/recv_window/";

/// "5000000", in microseconds.
boot_time length_in(std::string_view text) {
  std::int64_t us = -1;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, us);
  constexpr boot_time longest = earlier_life::longest_configurable;
  if (read.ec != std::errc() || read.ptr != end || us < 0) return longest;
  return std::min<boot_time>(microseconds(us), longest);
}

std::string text_of(boot_time length) {
  return std::to_string(std::chrono::ceil<microseconds>(length).count());
}

}  // namespace

result<earlier_life> earlier_life::begin(std::shared_ptr<state_store> states, durability how,
                                         const std::vector<outside_venue>& venues, boot_time lease,
                                         boot_time now) {
  earlier_life out(std::move(states), how == durability::memory ? how : durability::sync, now);
  PITWALL_TRY(found, out.states_->scan(all_kinds));
  for (const auto& [key, text] : found) out.all_[key].kept = length_in(text);
  for (const auto& v : venues) {
    if (v.data_only()) continue;
    const bool placed = !v.placement.empty();
    out.all_[std::string(placed ? leases_of : windows_of) + v.name].own =
        placed ? lease : boot_time(v.recv_window);
  }
  PITWALL_CHECK(out.keep(boot_time::zero()));
  return out;
}

status earlier_life::keep(boot_time ago) {
  for (auto& [key, g] : all_) {
    const auto wanted = g.to_keep(ago);
    if (wanted == g.kept) continue;
    PITWALL_CHECK(wanted == boot_time::zero() ? states_->erase(key, how_)
                                              : states_->put(key, text_of(wanted), how_));
  }
  return done{};
}

boot_time earlier_life::leases() const {
  boot_time out{};
  for (const auto& [key, g] : all_)
    if (key.starts_with(leases_of)) out = std::max(out, g.wait());
  return out;
}

boot_time earlier_life::orders_of(const std::string& venue) const {
  boot_time out{};
  for (const auto kind : {leases_of, windows_of})
    if (const auto at = all_.find(std::string(kind) + venue); at != all_.end())
      out = std::max(out, at->second.wait());
  return out;
}

status earlier_life::end(boot_time now) { return keep(now - began_); }

}  // namespace pitwall
