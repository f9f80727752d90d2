// Job: the Binance adapter's orders: what was sent, what is in doubt, what is open, and what the
//      venue says of it. The private side of binance_venue.
// Threads: the I/O thread, save what says otherwise.
// Effects: an order is written at most once, under a gate that is asked in the same breath.
// Tests: tests/net/binance_desk_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/venues/binance_execution.hpp"
#include "net/venues/binance_link.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

class binance_desk : public std::enable_shared_from_this<binance_desk> {
 public:
  using answered = std::function<void(order_report)>;
  template <class T>
  using completion = venue::completion<T>;

  binance_desk(std::shared_ptr<binance_link> link, std::shared_ptr<const order_gate> gate,
               std::shared_ptr<const wall_clock> clock);

  void submit(const std::string& id, const order_request& order, const order_permit& permit,
              answered then);
  void query(const std::string& id, const order_request& order, completion<order_report> then);
  void cancel(const cancel_request& request, const std::vector<std::string>& ids,
              completion<cancel_report> then);
  void list_open(completion<std::vector<std::string>> then);
  /// Asks what is open, and for what has changed; called now and then. While the venue's stream
  /// tells of it, seldom: it makes up for what the stream might lose.
  void poll();
  /// Of the user data stream: it is open from here on, or no more. What happened before is asked
  /// for, of every open order.
  void on_streamed(bool open);
  void on_execution(const binance::execution& e);

  /// Any thread.
  void on_report(answered listener);
  void on_regained(std::function<void()> listener);
  std::vector<std::string> unanswered() const;
  /// Any thread: of an earlier life; unanswered() until its fate is known.
  void expect(const std::string& id);
  /// Of one in doubt: nobody will ask for it any more.
  void settled_elsewhere(const std::string& id);
  order_report refusal(const std::string& id, std::string code, std::string reason) const;

 private:
  enum class phase : std::uint8_t { waiting, written, doubt };
  struct sent {
    phase at = phase::waiting;
    std::int64_t timestamp_ms = 0;  ///< Of the request, once written.
    std::uint64_t doubt = 0;        ///< Its key in doubts_.
    bool over = false;              ///< So the venue has said before it answered the request.
    std::optional<permit_refusal> withheld{};
  };
  struct watched {
    std::string symbol;
    order_report last;
    std::uint64_t since = 0;  ///< The last list that had been asked for then.
  };
  /// Executions of an order that a call is under way for.
  struct early {
    unsigned calls = 0;
    bool lost = false;  ///< The stream may have told of more than is kept.
    std::vector<binance::execution> told;
  };
  struct canceling;

  // Submitting (binance_desk.cpp).
  void place(const std::string& id, const std::string& symbol, const order_request& order,
             const order_permit& permit, milliseconds patience, answered then);
  std::optional<std::string> leave(const std::string& id, const std::string& parameters,
                                   const order_permit& permit);
  /// How long an order that leaves now may be under way to be accepted.
  milliseconds window_left() const;
  order_report interpret(const std::string& id, const binance_reply& reply) const;
  order_report doubt(const std::string& id, std::string code, std::string reason) const;
  void enter_doubt(const std::string& id);
  /// It is known what became of it.
  void settle(const std::string& id);
  /// The same of one in doubt, or of an earlier life. One that is being sent is settled by its own
  /// answer, and by whichever, once it is over.
  void settle_doubt(const std::string& id, bool over);

  // Asking (binance_query.cpp).
  void look_up(const std::string& id, const std::string& symbol, std::int64_t venue_ms,
               completion<order_report> then);
  result<order_report> unknown_there(const std::string& id, std::int64_t venue_ms);
  /// The report with all fills of what the venue says of an order.
  void gather(const binance::order_word& word, completion<order_report> then);
  /// Page by page, from the first trade on, for one that has more than a page.
  void gather_from(const binance::order_word& word, std::int64_t id, std::vector<order_fill> before,
                   completion<order_report> then);
  void ask_trades(const binance::order_word& word, const std::string& from,
                  completion<binance::trade_page> then);
  // Watching (binance_poll.cpp).
  void watch(const std::string& symbol, const order_report& report);
  /// Of what the venue lets everybody ask: the next round comes later for it.
  void spend(std::size_t units);
  void ask_lists();
  void on_list(const std::string& symbol, std::uint64_t list, const binance_reply& reply);
  void ask_some();
  void poll_one(const std::string& id);
  void tell(const order_report& report);
  /// What the stream tells between these is made up for once the call's own answer was handed on.
  void await_word(const std::string& id);
  void end_await(const std::string& id);
  /// Now, unless questions are under way already: then with the next ones.
  void ask_soon(const std::string& id);
  /// Of a question for open orders: whether the venue was there to answer it.
  void heard(const binance_reply& reply);

  // Cancelling (binance_cancel.cpp).
  void cancel_listed(const std::shared_ptr<canceling>& all, const std::string& symbol);
  void cancel_one(const std::shared_ptr<canceling>& all, const std::string& id,
                  const std::string& symbol);
  void on_canceled(const std::shared_ptr<canceling>& all, const std::string& id,
                   const binance_reply& reply);
  static void finish(const std::shared_ptr<canceling>& all);

  const std::shared_ptr<binance_link> link_;
  const std::shared_ptr<const order_gate> gate_;
  const std::shared_ptr<const wall_clock> clock_;

  mutable std::mutex mutex_;          // guards the next three
  std::set<std::string> unanswered_;  // written, and what became of it is not known
  std::shared_ptr<const answered> listener_;
  std::function<void()> regained_;

  std::unordered_map<std::string, sent> sent_;   // not settled
  std::map<std::uint64_t, std::string> doubts_;  // oldest first
  std::uint64_t last_doubt_ = 0;
  std::int64_t forgotten_until_ms_ = 0;  // the latest timestamp of a doubt that was forgotten
  using steady = std::chrono::steady_clock;
  std::map<std::string, watched> watched_;
  std::uint64_t lists_ = 0;  // asked for
  steady::time_point next_round_{};
  std::string next_poll_;
  std::size_t polling_ = 0;
  bool list_wanted_ = false;  // though the stream is open
  std::unordered_map<std::string, early> early_;
  bool streamed_ = false;
  std::set<std::string> to_ask_;  // open orders that must be asked for by their ids
  unsigned passed_over_ = 0;      // polls in a row
  unsigned unheard_ = 0;          // rounds of questions in a row
  bool round_unheard_ = false;    // this one was counted
};

}  // namespace pitwall
