// Job: an order router (protocol.hpp): the only way to its venue.
// Owns: the orders it sent or adopted that are unanswered, open or in doubt.
// Durable: it sends only what its execution has already journaled as an intent.
#pragma once

#include <caf/all.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/breakers/protocol.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/order_router/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/meters.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"
#include "runtime/ports/venue_board.hpp"

namespace pitwall {

struct order_router_options {
  std::shared_ptr<venue> to;
  std::shared_ptr<const order_gate> gate;
  std::shared_ptr<const wall_clock> clock;
  journal_writer_actor writer;
  std::shared_ptr<venue_board> board{};   ///< May be null.
  std::shared_ptr<log_port> log{};        ///< May be null.
  bool starts_closed = false;             ///< Until the orders in doubt are settled.
  breakers_actor breakers{};              ///< Null: orders ask no breaker (tests).
  std::uint32_t term = 0;                 ///< How many have been here before (desk.hpp).
  std::string closed_because{};           ///< Shown until the venue has settled something.
  bool cancels_on_halt = false;           ///< What rests in a halted scope.
  bool cancels_on_return = false;         ///< What rests, once a lost venue is there again.
  std::shared_ptr<time_tally> answers{};  ///< How long the venue takes; null: nobody looks.
};

class order_router : public resident<order_router_actor> {
 public:
  static constexpr std::size_t max_questions = 16;

  order_router(caf::actor_config& cfg, order_router_options options);

  const char* name() const override { return "order_router"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  /// How the venue's list of open orders stands to ours.
  enum class listing : std::uint8_t { agrees, wanted, asked };
  /// What is known of an order's fate at the venue.
  enum class doubt : std::uint8_t { none, to_ask, asked, known, never_accepted };
  struct open_order {
    scope_ref scope;
    node_ref node;
    order_request order;
    caf::strong_actor_ptr client;  ///< Who waits for the first answer; null once it was given.
    std::uint64_t token = 0;
    std::size_t fills_known = 0;      ///< Journaled, or told to the client, who does that.
    bool accepted = false;            ///< So too: the venue has it.
    std::size_t fills_journaled = 0;  ///< By this router.
    bool accept_journaled = false;
    bool awaited = false;   ///< Adopted for an execution that has not claimed it yet.
    bool given_up = false;  ///< Adopted for the journal: who claims it still has been left behind.
    bool doubt_told = false;  ///< Its execution knows of the doubt, and has not handed it over yet.
    bool answer_under_way = false;  ///< To the journal, by its execution; `later` came since.
    std::optional<order_report> later{};
    doubt fate = doubt::none;
    order_permit permit{};       ///< While `asked_breaker`.
    bool asked_breaker = false;  ///< It has not left: the breaker has not said that it may.
    std::uint64_t call = 0;      ///< At the breaker; 0: none, or its end was told.
    /// Where `fate` is known: until it is claimed. Before, its `reason` is why it is not.
    order_report found{};
    std::uint64_t word = 0;  ///< Ticket of a person's word that is not durable yet.
  };
  /// Someone waits for what becomes of an order.
  struct asker {
    std::string client_order_id;
    std::uint64_t ticket = 0;  ///< Of what is not durable yet; 0: the venue is being asked.
    word_taken answer{};
    caf::typed_response_promise<word_taken> promise;
  };
  using entry = std::unordered_map<std::string, open_order>::iterator;

  void submit(submit_order& message);
  void leave(entry at);
  void ask_breaker_for(entry at);
  void breaker_died();
  void granted(const call_granted& message);
  void refused(const call_refused& message);
  void end_of_call(open_order& o, call_outcome outcome);
  /// It has not left, and will not.
  void withdraw(entry at);
  void cancel_unsent(entry at);
  void answer_rejected(entry at, std::string code, std::string reason);
  /// A fill of nothing, or for nothing, is none, and the journal must not have it: its order is in
  /// doubt, and the venue is asked until it says something else. By this router at once where the
  /// order rests, else once its execution has handed it over.
  static order_report as_read(order_report r);
  void report(const order_report& r);
  static void keep_for_later(open_order& o, const order_report& r);
  void answer_is_journaled(const std::string& client_order_id);
  void journal_later(open_order& o, const order_report& r);
  void cancel(const cancel_open& message);

  void adopt(adopt_order& message);
  void claim(claim_order& message);
  static std::chrono::milliseconds wait_after(
      unsigned failures, std::chrono::milliseconds longest = std::chrono::seconds(30));
  void question(entry at);
  void ask_next();
  void settled(const settlement& message);
  void pass_on(entry at);
  /// A submission that is still on its way to this actor must find out that it comes too late.
  void bury(const std::string& client_order_id);
  bool is_buried(const std::string& client_order_id) const;
  /// Who has read the journal from before its end may still hand it over.
  void note_end(const std::string& client_order_id);
  void count_settled();

  // What the venue lists (reconcile.cpp).
  bool reconciled();
  void list_at_venue();
  void listed(const orders_listed& message);
  void list_later(std::string why);

  // Cancelling what rests (sweep.cpp).
  bool is_halted(const open_order& o) const;
  caf::result<bool> sweep(const cancel_resting& message);
  void swept(const resting_canceled& message);
  void sweep_later(std::chrono::milliseconds wait);

  // A person's word (word.cpp).
  order_doubts doubts() const;
  caf::result<word_taken> take_word(word_on_order& message);
  std::optional<error> no_doubt_of(const word_on_order& message) const;
  void ask_for(entry at);
  void word_durable(const durable& message);
  void over_by_word(entry at, order_report report);
  /// The venue has answered: tells those who wanted it asked.
  void tell_askers(const std::string& client_order_id, bool settled, const order_report& report);
  void show_condition();

  order_router_options options_;
  std::unordered_map<std::string, open_order> orders_;  ///< By client order id.
  breaker_actor guard_;                                 ///< Null until found, and after it died.
  std::map<std::uint64_t, std::string> calls_;  ///< Client order ids by the token of their call.
  std::uint64_t last_call_ = 0;
  std::deque<std::string> to_ask_;
  std::deque<std::string> buried_;     ///< The latest few that were journaled as not sent.
  std::set<std::string> ended_;        ///< The latest few whose end this router journaled.
  std::deque<std::string> ended_ids_;  ///< Of these, the oldest first.
  std::size_t asking_ = 0, unsettled_ = 0;
  unsigned failures_ = 0;  ///< In a row.
  bool open_ = true, backing_off_ = false;
  bool all_adopted_ = false;  ///< What it has to know before it opens.
  std::string last_error_;
  std::vector<caf::typed_response_promise<bool>> opening_;
  listing listing_ = listing::agrees;
  std::vector<std::string> suspects_;  ///< Strays of the last list.
  unsigned lists_failed_ = 0;
  struct sweeping {
    caf::typed_response_promise<bool> promise;
    std::vector<std::string> ids;
    bool of_all = false;  ///< What fails is tried again whatever the emergency state.
    bool whole = true;    ///< No order was left out because its fate is not known.
  };
  std::map<std::uint64_t, sweeping> sweeping_;  ///< By token.
  std::set<std::string> sweep_again_;           ///< Of those that were to go whatever the state.
  std::uint64_t last_sweep_ = 0;
  unsigned sweeps_failed_ = 0;
  bool sweep_sent_ = false;
  std::vector<asker> askers_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::string, order_report> settled_;  ///< The latest few by a person's word.
  std::deque<std::string> settled_ids_;          ///< Of these, the oldest first.
};

}  // namespace pitwall
