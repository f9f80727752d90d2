// Job: pruning a journal in tests: step by step, to the end.
#pragma once

#include <future>

#include "tests/support/journals.hpp"

namespace pitwall::test {

inline result<prune_outcome> try_prune(journal& j, const prune_request& request) {
  auto answered = std::make_shared<std::promise<result<prune_outcome>>>();
  auto answer = answered->get_future();
  j.prune(request, [answered](result<prune_outcome> r) { answered->set_value(std::move(r)); });
  return answer.get();
}

/// Steps until nothing is left to do; the sum of what they did.
inline prune_outcome prune(journal& j, prune_request request) {
  request.thorough = true;
  prune_outcome all;
  for (int step = 0;; ++step) {
    REQUIRE(step < 10'000);
    const auto one = must(try_prune(j, request));
    all.first_seq = one.first_seq;
    all.islands = one.islands;
    all.events += one.events;
    all.commits += one.commits;
    all.executions += one.executions;
    all.bytes += one.bytes;
    all.keys += one.keys;
    if (!one.more) return all;
  }
}

inline prune_request keep_events(std::uint64_t n, std::uint64_t floor = UINT64_MAX) {
  prune_request request;
  request.keep.max_events = n;
  request.floor = floor;
  return request;
}

}  // namespace pitwall::test
