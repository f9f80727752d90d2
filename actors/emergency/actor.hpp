// Job: the emergency controller (protocol.hpp), the one owner of the emergency state and of the
//      gate. Two books: `decided_` is the state as of the events sent to the journal; `open_` is
//      what the gate shows. A closing change enters both at once; an opening one enters `open_`
//      when it is durable, and only if nothing closed the scope in between.
// Threads: one of its own in a host (detached); as any actor in tests.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/emergency/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/halt_marker.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

struct emergency_options {
  emergency_book restored;
  std::shared_ptr<order_gate> gate;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  journal_writer_actor writer;
  std::vector<std::shared_ptr<venue>> venues;
  std::shared_ptr<halt_marker> marker;  ///< Null: nothing makes the next start halt.
  std::function<void()> started{};  ///< Called first, on the controller's thread; null: nothing.
  std::shared_ptr<const boot_clock> boot{};           ///< Null: no worker gets a lease.
  boot_time trading_lease = std::chrono::seconds(5);  ///< How long one lasts.
  /// How long leases of this host's earlier life may last yet; zero: it gave none.
  boot_time earlier_leases{};
  /// The venues know of all orders of an earlier life by now; any thread. Null: there are none.
  std::function<bool()> knows_earlier{};
};

class emergency : public resident<emergency_actor> {
 public:
  emergency(caf::actor_config& cfg, emergency_options options);

  const char* name() const override { return "emergency"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  using reply = std::function<void(emergency_outcome)>;
  struct waiting {
    emergency_command command;
    emergency_change change;
    std::uint64_t generation = 0;
    reply tell;
    emergency_outcome outcome;
    bool answered = false;
  };

  void handle(emergency_command& command, reply tell);
  void close(const emergency_change& change);
  void list_unanswered(emergency_outcome& o) const;
  void on_durable(const durable& message);
  void ask_writer(put_pulse& m);
  /// Of one that waited; it is answered here, or once its marker is left.
  void not_durable(std::uint64_t ticket, waiting& w, const std::string& why);
  void on_marker(const marker_left& message);
  /// Its change stands in the journal after all.
  void durable_late(std::uint64_t ticket, waiting& w, std::uint64_t seq);
  /// Into the journal, once it is known of a trip: that who closed the scope was told, and what.
  struct acknowledgement {
    std::uint64_t trip = 0;  ///< 0: not durable so far.
    timestamp told_at{};
    std::string result;  ///< Empty: not told so far.
    timestamp closed_at{};
  };
  reply recorded(std::uint64_t ticket, reply tell);
  void record_answer(std::uint64_t ticket);

  // Workers that may send orders (leases.cpp).
  /// Who holds a lease of an earlier life cannot be told of a halt, and is waited for by nobody.
  void add_earlier(emergency_outcome& o) const;
  lease_answer grant(grant_lease& m);
  /// The gate has changed, perhaps: the workers are to know.
  void show();
  void push(const lease_name& name, const lease_holder_actor& to);
  /// Tells once all workers have confirmed what was closed just now, or are not waited for any
  /// more.
  reply after_workers(const std::string& scope, reply tell);
  struct closing;
  /// Leases in its scope under which orders may leave yet.
  std::vector<const trading_leases::given*> still_open(const closing& c);
  void try_answer(std::uint64_t closing);
  void try_answers();

  emergency_options options_;
  emergency_book decided_, open_;
  std::map<std::string, std::uint64_t> generations_;           ///< Changes decided per scope.
  std::map<std::uint64_t, waiting> waiting_;                   ///< By ticket.
  std::map<std::uint64_t, acknowledgement> acknowledgements_;  ///< By ticket.
  struct marking {
    reply tell;
    emergency_outcome outcome;
  };
  std::map<std::uint64_t, marking> marking_;  ///< Wait for their marker.
  std::set<std::uint64_t> marked_;            ///< What the marker stands for.
  std::uint64_t last_ticket_ = 0;
  std::optional<std::pair<std::uint64_t, put_pulse>> pulse_;  ///< Its ticket, and who waits for it.
  std::vector<emergency_listener> listeners_;
  struct closing {
    std::string scope;
    std::uint64_t version = 0;
    reply tell;
    std::optional<emergency_outcome> outcome{};  ///< Once it is to be told.
    bool overdue = false;
    timestamp closed_at{};  ///< When the last worker in scope had confirmed it; max: not so far.
  };
  trading_leases leases_;
  boot_time earlier_until_{};  ///< No lease of an earlier life lasts longer.
  std::map<lease_name, lease_holder_actor> holders_;
  std::shared_ptr<const emergency_book> shown_;  ///< What the gate had, as version_.
  std::uint64_t version_ = 0, last_closing_ = 0;
  std::map<std::uint64_t, closing> closings_;
};

}  // namespace pitwall
