#include "runtime/host/metrics/timed_venue.hpp"

#include <chrono>

namespace pitwall {

cancel_call timed_venue::fetch_market(const market_request& request, completion<market_data> then) {
  using steady = std::chrono::steady_clock;
  return of_->fetch_market(request, [then = std::move(then), times = times_,
                                     asked = steady::now()](result<market_data> got) {
    times->add(std::chrono::duration_cast<microseconds>(steady::now() - asked));
    then(std::move(got));
  });
}

}  // namespace pitwall
