// Job: the lease under which a worker may send orders, from both sides: what the worker holds, and
//      what the emergency controller has given out and may promise of it.
// Length: orders leave in its first three fifths, and none is accepted by a venue later than that
//      (they are signed for no longer); the rest is for cancelling what is open, so that within the
//      lease of a worker that is cut off nothing of it rests any more.
// Books: each grant carries the emergency state as the controller has it, by its version. What a
//      worker has confirmed to have, it goes by; of one that has not, all is said by its lease.
// Time: given, each side's own boot clock (lease.hpp). Threads: one owner each.
// Bounds: max_leases at once. Tests: tests/workers/trading_lease_test.cpp
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/workers/lease.hpp"

namespace pitwall {

/// The worker's side, from the first grant on.
class trading_lease {
 public:
  trading_lease(boot_time length, boot_time asked) : length_(length), held_(length, asked) {}

  void granted(boot_time asked, boot_time now) noexcept { held_.granted(asked, now); }
  bool holds(boot_time now) noexcept { return held_.holds(now); }
  /// Nothing leaves from then on, unless another grant comes before.
  boot_time trades_until() const noexcept { return held_.ends_at() - length_ * 2 / 5; }
  boot_time ends_at() const noexcept { return held_.ends_at(); }
  bool may_trade(boot_time now) noexcept { return holds(now) && now < trades_until(); }
  /// How often it is asked for.
  static boot_time beat_of(boot_time length) noexcept { return length / 5; }

 private:
  boot_time length_;
  lease_holder held_;
};

/// No two leases have the same, in all lives of the host.
struct lease_name {
  std::uint64_t epoch = 0, place = 0, round = 0;
  auto operator<=>(const lease_name&) const = default;
};

/// The controller's side.
class trading_leases {
 public:
  static constexpr std::size_t max_leases = 1'000;
  struct given {
    std::string worker, venue;
    lease_granter lease;
    std::uint64_t version = 0;  ///< Of the book that the worker has confirmed.
  };

  explicit trading_leases(boot_time length) : length_(length) {}

  /// It was asked for by one that has the book of this version. False: it is not granted.
  bool ask(const lease_name& name, const std::string& worker, const std::string& venue,
           std::uint64_t version, boot_time now);
  /// The worker goes by this book, or sends nothing under this lease any more.
  void confirmed(const lease_name& name, std::uint64_t version);
  /// Those under which something may leave that this book does not let leave.
  std::vector<const given*> without(std::uint64_t version, boot_time now);
  const std::map<lease_name, given>& all() const noexcept { return given_; }
  boot_time length() const noexcept { return length_; }

 private:
  void drop_ended(boot_time now);

  boot_time length_;
  std::map<lease_name, given> given_;
};

/// A lease that ends at `ends_at` may have let an order leave that a venue's list or answer does
/// not show yet: after this time it does.
inline boot_time settled_after(boot_time ends_at) noexcept {
  return ends_at + std::chrono::seconds(1);
}

}  // namespace pitwall
