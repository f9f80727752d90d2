// Job: one function per group of commands: declares its options and, parsed, runs it.
//      Each sets `exit` to one of exit_codes.hpp.
#pragma once

#include <CLI/CLI.hpp>

namespace pitwall::cli {

void add_run(CLI::App& app, int& exit);
void add_validate(CLI::App& app, int& exit);
void add_serve(CLI::App& app, int& exit);
void add_exchange(CLI::App& app, int& exit);
void add_events(CLI::App& app, int& exit);
void add_executions(CLI::App& app, int& exit);
void add_emergency(CLI::App& app, int& exit);
/// Beneath `emergency`.
void add_explain(CLI::App& emergency, int& exit);
void add_breakers(CLI::App& app, int& exit);
void add_bots(CLI::App& app, int& exit);
void add_orders(CLI::App& app, int& exit);
void add_risk(CLI::App& app, int& exit);  ///< And `positions`.
void add_token(CLI::App& app, int& exit);
void add_cert(CLI::App& app, int& exit);
void add_hosts(CLI::App& app, int& exit);
void add_worker(CLI::App& app, int& exit);
void add_config(CLI::App& app, int& exit);
void add_journal(CLI::App& app, int& exit);
/// Beneath `journal`.
void add_journal_prune(CLI::App& journal, int& exit);
void add_bench(CLI::App& app, int& exit);

/// The whole program; returns the exit code.
int run_program(int argc, char** argv);

}  // namespace pitwall::cli
