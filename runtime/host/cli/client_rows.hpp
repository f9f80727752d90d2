// Job: what `pitwall bench --clients` says of executions beside so many viewers: its rows, as text
//      and as JSON, and whether trading noticed the viewers.
// Threads: plain values. Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/client/view_figures.hpp"
#include "runtime/host/cli/bench_load.hpp"
#include "runtime/host/cli/bench_options.hpp"
#include "runtime/host/cli/door_halts.hpp"

namespace pitwall::cli {

struct client_row {
  std::string mode, load;
  bool offered = false;  ///< Or as much as it takes.
  std::size_t clients = 0;
  figures_of_run ran;
  view_figures seen;
  percentiles delivered;
  double resident_bytes = 0;  ///< The host's, at the end of the load.
  door_halts::figures halts;

  /// No execution failed, and no viewer missed an event or got one twice; beside what was offered
  /// at a pace each has all, and none was cut.
  bool is_clean() const;
  /// Each viewer has all, and none was cut.
  bool all_have_all() const;
};

/// What the verdict on an offered load goes by.
struct paced_round {
  std::size_t clients = 0;
  double per_second = 0, p50_us = 0, p99_us = 0;
};

/// A row's figures, as parts of those without clients.
struct beside_none {
  double rate = 0, p99 = 0;

  /// By a tenth at most: fewer executions, or a later p99.
  bool is_unnoticed() const { return rate >= 0.9 && p99 <= 1.1; }
};
std::optional<beside_none> compare(const client_row& r, const client_row* alone);

void print_head_of_client_rows(const bench_options& o);
/// `alone`: the row of the same load without clients; may be null.
void print_client_row(const bench_options& o, const client_row& r, const client_row* alone);
/// Of the offered load, for each number of clients: the medians of all rounds, and whether they are
/// those without clients. Nothing where there is none to compare.
void print_client_medians(const bench_options& o, const std::string& mode,
                          const std::vector<paced_round>& all);

}  // namespace pitwall::cli
