// Job: a worker's desk at a venue (protocol.hpp): sends the orders that its host has decided on,
//      while it holds a trading lease; asks, cancels and fetches for the host at any time.
// Owns: the lease, and the adapter's gate: it shows the host's emergency state, and is lent for as
//      long as the lease lets orders leave. The adapter asks it right before the bytes leave.
// Cut off: when the lease is not renewed in time, nothing leaves any more, and what this desk knows
//      to be open is cancelled, again and again until nothing is or the lease is over and the
//      venue has answered once; the log says so at once, the host when it is there again.
// Death: nothing leaves any more. The next desk at this gate knows of no open orders until its host
//      asks for them, and continues the generations.
// Late: what was handed over under a lease that is over does not leave under the next one.
// Threads: one of its own in a worker (detached); as any actor in tests.
// Bounds: one entry per open or unanswered order, which the host bounds.
// Tests: tests/actors/placed_venue_test.cpp, tests/process/lease_test.cpp
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/resident.hpp"
#include "actors/venue_desk/protocol.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

/// What may rest at a venue, and until when its orders could leave: where a desk dies, the one
/// that is made in its place goes on with it, and cancels what the first one would have. One desk
/// at a time has it.
struct desk_memory {
  std::set<std::string> open, under_way;  ///< Client order ids; the latter's fate is not known.
  boot_time trusted_until{};              ///< By the latest grant, of whichever place; 0: none yet.
  boot_time length{};                     ///< Of a lease.
};

struct venue_desk_options {
  std::shared_ptr<venue> to;
  std::shared_ptr<order_gate> gate;  ///< Of that venue alone, and one that is lent.
  std::shared_ptr<const boot_clock> boot;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  std::string worker;
  std::shared_ptr<desk_memory> memory = std::make_shared<desk_memory>();
};

class venue_desk : public resident<venue_desk_actor> {
 public:
  venue_desk(caf::actor_config& cfg, venue_desk_options options);

  const char* name() const override { return "venue_desk"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void open_for(open_desk_for& m);
  /// What was handed over until now does not leave any more.
  void void_all();
  void beat(const desk_beat& m);
  void ask();
  void answered(const lease_answer& a);
  book_taken take(const take_book& m);
  void take_state(std::uint64_t version, const told_book& state);
  void ready();

  void submit(desk_order& m);
  void question(desk_question& m);
  void cancel(const desk_cancel& m);
  void list(const desk_list& m);
  void fetch(const desk_fetch& m);
  void said(adapter_said& m);
  /// Remembers what is open, and forgets what is over.
  void follow(const order_report& r);
  void reply(desk_answer a);

  void cut_off();
  void sweep(std::uint64_t round);
  void swept(const adapter_swept& m);
  void tell_canceled();
  std::set<std::string> may_rest() const;

  venue_desk_options options_;
  const std::shared_ptr<desk_memory> memory_;
  std::set<std::string>&open_ = memory_->open, &under_way_ = memory_->under_way;
  boot_time &trusted_until_ = memory_->trusted_until, &length_ = memory_->length;
  lease_name name_;
  desk_owner owner_;  ///< Null: nobody's.
  std::optional<trading_lease> lease_;
  std::uint64_t version_ = 0;
  std::uint32_t generation_ = 0;  ///< Of leases, of all desks that this gate has had: the term of
                                  ///< the permits that count.
  std::uint64_t openings_ = 0;
  bool ready_ = false;        ///< The owner knows that it may send orders.
  bool stopped_ = false;      ///< Cut off.
  std::uint64_t sweeps_ = 0;  ///< Rounds: what belongs to an earlier one is late.
  boot_time sweeps_until_{};  ///< The end of the lease that was not renewed.
  timestamp cut_off_at_{};
  unsigned failed_sweeps_ = 0;      ///< In a row.
  std::string last_failure_;        ///< Of a sweep; told once.
  std::set<std::string> canceled_;  ///< While it was cut off.
  bool told_ = false;               ///< How many.
  std::map<std::uint64_t, cancel_call> fetches_;
};

}  // namespace pitwall
