// Job: the messages of trading leases: a worker's venue desk asks the emergency controller for one,
//      by way of the host's actor of that venue, and is told the emergency state with each grant,
//      and at once when it changes.
// Meaning: runtime/workers/trading_lease.hpp. A desk that has answered take_book goes by that book:
//      nothing leaves there any more that it does not let leave.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"
#include "runtime/workers/trading_lease.hpp"

namespace pitwall {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_name& x) {
  return f(caf::meta::type_name("lease_name"), x.epoch, x.place, x.round);
}

/// An emergency_book as it travels. Null: none, which only a refused lease_answer has.
struct told_book {
  std::shared_ptr<const emergency_book> book;
};
struct told_scope {
  std::string scope;
  emergency_level level = emergency_level::shutdown;
  std::uint64_t closed_epoch = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, told_scope& x) {
  return f(caf::meta::type_name("told_scope"), x.scope, x.level, x.closed_epoch);
}
/// The book in which exactly these scopes stand so: made by the closings that lead to it. Null: it
/// cannot be one.
std::shared_ptr<const emergency_book> book_of(std::uint64_t epoch, std::vector<told_scope> scopes);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, told_book& x) {
  std::uint64_t epoch = 0;
  std::vector<told_scope> scopes;
  if constexpr (Inspector::reads_state)
    if (x.book) {
      epoch = x.book->epoch();
      for (const auto& [scope, e] : x.book->scopes())
        scopes.push_back({scope, e.level, e.closed_epoch});
    }
  auto load = [&]() -> caf::error {
    const bool none = epoch == 0 && scopes.empty();
    x.book = none ? nullptr : book_of(epoch, std::move(scopes));
    if (x.book == nullptr && !none) return caf::sec::invalid_argument;
    return caf::none;
  };
  return f(caf::meta::type_name("told_book"), epoch, scopes, caf::meta::load_callback(load));
}

/// Answered once nothing leaves under this lease any more that the book does not let leave.
struct take_book {
  lease_name lease;
  std::uint64_t version = 0;  ///< Counts up with each change in this life of the host.
  told_book state;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, take_book& x) {
  auto load = [&]() -> caf::error {
    if (x.state.book == nullptr) return caf::sec::invalid_argument;
    return caf::none;
  };
  return f(caf::meta::type_name("take_book"), x.lease, x.version, x.state,
           caf::meta::load_callback(load));
}
struct book_taken {
  std::uint64_t version = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, book_taken& x) {
  return f(caf::meta::type_name("book_taken"), x.version);
}

struct lease_answer {
  bool granted = false;  ///< False: the rest is empty.
  lease_name lease;
  std::int64_t asked_ns = 0;  ///< The asker's boot clock; echoed.
  std::uint64_t version = 0;
  told_book state;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_answer& x) {
  auto load = [&]() -> caf::error {
    if (x.granted && x.state.book == nullptr) return caf::sec::invalid_argument;
    return caf::none;
  };
  return f(caf::meta::type_name("lease_answer"), x.granted, x.lease, x.asked_ns, x.version, x.state,
           caf::meta::load_callback(load));
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_trading_lease, pitwall::type_ids::trading_lease)
CAF_ADD_TYPE_ID(pitwall_trading_lease, (pitwall::take_book))
CAF_ADD_TYPE_ID(pitwall_trading_lease, (pitwall::book_taken))
CAF_ADD_TYPE_ID(pitwall_trading_lease, (pitwall::lease_answer))
CAF_END_TYPE_ID_BLOCK(pitwall_trading_lease)

namespace pitwall {

using lease_holder_actor = caf::typed_actor<caf::replies_to<take_book>::with<book_taken>>;

/// To the controller, from within its host alone: this desk asks for this lease.
struct grant_lease {
  lease_name lease;
  std::string worker, venue;
  std::int64_t asked_ns = 0;
  std::uint64_t version = 0;  ///< Of the book that it has.
  lease_holder_actor holder;
};

}  // namespace pitwall

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::grant_lease)
