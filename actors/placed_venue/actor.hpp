// Job: a host's actor of a venue that is placed on a worker (protocol.hpp): finds a worker with the
//      labels that has the venue, opens the desk there, and passes on what the venue's port asks.
// Owns: the one place it has, the calls that are under way there, and what it knows to be open.
// Effects: an order is handed to one desk, once. When that is lost, or nobody is there, its outcome
//      is in doubt, or it was not sent; nothing is ever sent again.
// Doubts: a worker that was lost may send what it has for as long as its trading lease goes. Before
//      that is over, nobody else's "unknown there" is a proof. After a start, what an earlier life
//      of this host has handed over is treated the same.
// Back: a desk that was opened is asked first what became of every order that was open, and the
//      venue counts as regained.
// Leases: a desk asks for its lease here, and the controller answers it: none but the present
//      desk's is passed on.
// Threads: one of its own in a host (detached); as any actor in tests.
// Desks that die by a defect of their own: the place is left, and looked for again a moment later;
//      of the worker nothing else is over. A worker that has no desk for it, or does not answer, is
//      passed over for a while, and another one that fits is tried at once.
// Bounds: one entry per call under way and per open order; max_questions of its own at once. Of
//      orders and fetches max_calls are under way, and one more is refused; what asks, cancels and
//      lists is bounded by its router.
// Tests: tests/actors/placed_venue_test.cpp
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/placed_venue/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/handed_orders.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/workers/passed_over.hpp"

namespace pitwall {

struct placed_venue_options {
  std::string venue;
  std::vector<std::string> labels;
  std::shared_ptr<handed_orders> handed;
  boot_time lease = std::chrono::seconds(5);
  /// How long an order that was sent in an earlier life of this host may be accepted at most.
  boot_time earlier = std::chrono::seconds(5);
  std::shared_ptr<const boot_clock> boot;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
};

class placed_venue : public resident<placed_venue_actor> {
 public:
  static constexpr std::size_t max_questions = 16;
  /// So much is under way to one desk, which answers it one after the other: more than a venue's
  /// own rate limits let through while an order's or a fetch's deadline lasts.
  static constexpr std::size_t max_calls = 4'096;
  /// Reasons that are kept for orders that nobody has asked for yet.
  static constexpr std::size_t max_reasons = 10'000;
  static constexpr std::chrono::milliseconds tick{500};
  static constexpr std::chrono::seconds question_wait{5};

  placed_venue(caf::actor_config& cfg, placed_venue_options options);

  const char* name() const override { return "placed_venue"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct call {
    std::function<void(desk_answer&)> answered;
    std::function<void(const error&)> lost;
    bool bounded = false;  ///< It is one of max_calls.
  };

  // The place (actor.cpp).
  void look_for_place();
  void move_in(place& found);
  void hosted_there(std::uint64_t number, hosted_desk& answer);
  void place_over(std::uint64_t number);
  void desk_died(const caf::error& reason);
  /// Why, as those hear it who wait for something from there.
  error lose_place(const std::string& how, const std::string& open_ones);
  /// The worker could not be used; another one is looked for.
  void pass_over(std::uint64_t epoch, const error& why);
  void leave(const error& why);
  void trouble(const error& why, bool is_news = true);
  bool from_there();
  caf::result<lease_answer> pass_on(const ask_lease& m);
  void ready(desk_ready& m);
  void arm();

  // What is asked for (calls.cpp).
  template <class Message>
  void send_call(Message m, std::uint64_t token, call waits);
  /// Empty where nobody waits for it (any more).
  std::optional<call> end_call(std::uint64_t token);
  void relay(relay_order& m);
  void relay(relay_question& m);
  void relay(relay_cancel& m);
  void relay(relay_list& m);
  void relay(relay_fetch& m);
  void forget(std::uint64_t token);
  void answered(desk_answer& m);
  /// What was asked for while nobody was there.
  void ask_parked();
  void end_parked();
  void ask_open();
  void told(order_report r);
  void follow(const order_report& r, const order_request* order);
  bool proven(const std::string& id, std::uint64_t place, boot_time asked) const;
  /// To the final report of an order that a worker has cancelled by itself.
  void add_reason(order_report& r);
  error nobody() const;
  /// Nothing: there is room for another order or fetch.
  std::optional<error> no_room() const;

  placed_venue_options options_;
  workers_actor workers_;
  emergency_actor controller_;
  place at_;            ///< number 0: none.
  desk_link there_;     ///< Null until it is hosted.
  bool ready_ = false;  ///< It has held a lease here: orders may go.
  bool looking_ = false, armed_ = false;
  std::string last_trouble_;
  passed_over passed_;
  boot_time fence_{};  ///< What is unknown at the venue from then on was never accepted.
  std::map<std::uint64_t, call> calls_;
  std::size_t bounded_ = 0;  ///< Of them.
  std::map<std::string, order_request> open_;
  std::map<std::string, std::uint64_t> handed_;  ///< To which place; until its fate is known.
  std::map<std::string, std::string> why_;       ///< Canceled by a desk that was cut off.
  std::deque<std::string> to_ask_;               ///< Open orders, after a desk was opened.
  std::size_t asking_ = 0;
  std::deque<std::pair<boot_time, relay_question>> parked_;  ///< And until when.
  std::vector<relay_list> lists_;
};

}  // namespace pitwall
