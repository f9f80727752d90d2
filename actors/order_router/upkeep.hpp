// Job: an order router's messages (protocol.hpp) about orders that left before: whose first answer
//      is journaled, which are in doubt, a person's word on one, what the venue lists as open, and
//      cancelling what rests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

/// The answer to the order's submission is on its way to the journal, by its execution: what the
/// router journals from now on comes after it.
struct answer_journaled {
  std::string client_order_id;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, answer_journaled& x) {
  return f(caf::meta::type_name("answer_journaled"), x.client_order_id);
}

/// Orders whose fate the venue is being asked for, and that no execution waits for.
struct order_doubt {
  std::string client_order_id, why;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_doubt& x) {
  return f(caf::meta::type_name("order_doubt"), x.client_order_id, x.why);
}
struct order_doubts {
  std::vector<order_doubt> all;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_doubts& x) {
  return f(caf::meta::type_name("order_doubts"), x.all);
}
struct ask_doubts {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_doubts&) {
  return f(caf::meta::type_name("ask_doubts"));
}

/// A person's word on an order in doubt; an empty one: ask the venue now. Of the order it says what
/// the sender has read in the journal: where the router knows more, the word is refused.
struct word_on_order {
  std::string client_order_id;
  order_word word;
  std::uint32_t fills = 0;
  decimal filled, paid;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, word_on_order& x) {
  return f(caf::meta::type_name("word_on_order"), x.client_order_id, x.word, x.fills, x.filled,
           x.paid);
}
/// Once it is durable, or nothing came of it.
struct word_taken {
  bool settled = false;
  order_report report;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, word_taken& x) {
  return f(caf::meta::type_name("word_taken"), x.settled, x.report, x.failure);
}

/// What the venue lists as open, from any thread.
struct orders_listed {
  std::vector<std::string> client_order_ids;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, orders_listed& x) {
  return f(caf::meta::type_name("orders_listed"), x.client_order_ids, x.failure);
}
/// To itself: time to ask for that list, or to cancel, again.
struct try_again {
  bool cancel = false;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, try_again& x) {
  return f(caf::meta::type_name("try_again"), x.cancel);
}

/// Cancel what rests at the venue: of scopes that may not trade, or all. Answered once the venue
/// has answered; false: perhaps not all are.
struct cancel_resting {
  bool all = false;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_resting& x) {
  return f(caf::meta::type_name("cancel_resting"), x.all);
}
/// The venue's answer to that, from any thread.
struct resting_canceled {
  std::uint64_t token = 0;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resting_canceled& x) {
  return f(caf::meta::type_name("resting_canceled"), x.token, x.failure);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_order_upkeep, pitwall::type_ids::order_upkeep)
CAF_ADD_TYPE_ID(pitwall_order_upkeep, (pitwall::answer_journaled))
CAF_END_TYPE_ID_BLOCK(pitwall_order_upkeep)
