#include "runtime/resilience/bulkhead.hpp"

#include <algorithm>

namespace pitwall {

namespace {

// Removes the id from an ascending sequence; false where it is not in it.
template <class Ids>
bool remove(Ids& ids, std::uint64_t id) {
  const auto at = std::lower_bound(ids.begin(), ids.end(), id);
  if (at == ids.end() || *at != id) return false;
  ids.erase(at);
  return true;
}

}  // namespace

result<bulkhead> bulkhead::make(const bulkhead_limits& limits) {
  if (limits.max_concurrent < 1 || limits.max_concurrent > 10'000) {
    return {errc::invalid_argument,
            "a bulkhead needs a number of calls at once",
            {},
            "give max_concurrent from 1 to 10000"};
  }
  if (limits.max_waiting > 100'000) {
    return {errc::invalid_argument,
            "a bulkhead's line is too long",
            {},
            "give max_waiting up to 100000"};
  }
  return bulkhead(limits);
}

bulkhead::entered bulkhead::enter() {
  if (under_way_.size() < limits_.max_concurrent) {
    under_way_.push_back(++last_id_);
    return {entry::admitted, {epoch_, last_id_}};
  }
  if (line_.size() < limits_.max_waiting) {
    line_.push_back(++last_id_);
    return {entry::waiting, {epoch_, last_id_}};
  }
  ++refused_;
  return {};
}

bulkhead::left bulkhead::leave(const bulkhead_permit& permit) {
  if (permit.epoch != epoch_) return {};
  if (remove(line_, permit.id)) return {exit::left_line, std::nullopt};
  if (!remove(under_way_, permit.id)) return {};
  if (line_.empty()) return {exit::released, std::nullopt};
  const auto next = line_.front();
  line_.pop_front();
  under_way_.push_back(next);
  return {exit::released, bulkhead_permit{epoch_, next}};
}

void bulkhead::reset() noexcept {
  ++epoch_;
  under_way_.clear();
  line_.clear();
}

}  // namespace pitwall
