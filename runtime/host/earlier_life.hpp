// Job: what the host keeps of how long its earlier lives let things go on that outlive it: trading
//      leases of the venues that are placed on workers, and orders that were signed for a venue
//      (recv_window). A configuration that makes them shorter makes no promise weaker.
// Durable: in the store, as "given/KIND/VENUE", synced before begin() returns, save in `memory`;
//      an end in order makes it shorter where all that was longer is over.
// Errors: of the store. What cannot be understood there stands for the longest there can be.
// Threads: one owner. Tests: tests/host/earlier_life_test.cpp
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/host/venues.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/workers/longest_given.hpp"

namespace pitwall {

class earlier_life {
 public:
  /// Of both kinds.
  static constexpr std::chrono::seconds longest_configurable{60};

  /// `lease`: of venues that are placed on workers. `now`: by the boot clock.
  static result<earlier_life> begin(std::shared_ptr<state_store> states, durability how,
                                    const std::vector<outside_venue>& venues, boot_time lease,
                                    boot_time now);
  /// So long after the start workers may still send orders, for whichever venue.
  boot_time leases() const;
  /// So long after the start orders of earlier lives may still be accepted by this venue.
  boot_time orders_of(const std::string& venue) const;
  /// The host ends in order, at `now`: nothing is given out any more.
  status end(boot_time now);

 private:
  earlier_life(std::shared_ptr<state_store> states, durability how, boot_time began)
      : states_(std::move(states)), how_(how), began_(began) {}
  status keep(boot_time ago);

  std::shared_ptr<state_store> states_;
  durability how_;
  boot_time began_;
  std::map<std::string, longest_given> all_;  ///< By key.
};

}  // namespace pitwall
