// Job: talking to a journal in tests: commit and wait, read it all.
#pragma once

#include <future>
#include <utility>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

inline result<committed_ref> try_commit(journal& j, std::vector<event_batch> batches,
                                        durability how = durability::async) {
  auto answered = std::make_shared<std::promise<result<committed_ref>>>();
  auto answer = answered->get_future();
  j.commit(std::move(batches), how,
           [answered](result<committed_ref> r) { answered->set_value(std::move(r)); });
  return answer.get();
}

inline committed_ref commit(journal& j, std::vector<event_batch> batches,
                            durability how = durability::async) {
  auto r = try_commit(j, std::move(batches), how);
  INFO((r.ok() ? std::string() : r.error().to_string()));
  REQUIRE(r.ok());
  return *r;
}

template <class T>
T must(result<T> r) {
  INFO((r.ok() ? std::string() : r.error().to_string()));
  REQUIRE(r.ok());
  return std::move(r).value();
}

/// All that match, page by page.
inline std::vector<recorded_event> read_all(const journal& j, event_query query = {}) {
  std::vector<recorded_event> all;
  while (true) {
    auto page = must(j.read(query));
    for (auto& e : page.events) all.push_back(std::move(e));
    if (page.at_end) return all;
    REQUIRE(page.next_after > query.after);
    query.after = page.next_after;
  }
}

}  // namespace pitwall::test
