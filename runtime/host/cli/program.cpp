#include <fmt/format.h>

#include <exception>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/manual.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/usage_error.hpp"
#include "runtime/host/host.hpp"
#include "runtime/workflow/spelling.hpp"

namespace pitwall::cli {
namespace {

/// "-1" where a count is wanted: CLI11 2.1 would take it for 18446744073709551615.
void refuse_negative_counts(CLI::App& app) {
  for (auto* option : app.get_options({}))
    if (option->get_type_name() == "UINT")
      option->check([](const std::string& given) {
        return given.starts_with('-') ? in_quotes(given) + " is less than 0" : std::string();
      });
  for (auto* below : app.get_subcommands([](CLI::App*) { return true; }))
    refuse_negative_counts(*below);
}

}  // namespace

int run_program(int argc, char** argv) {
  int exit = exit_done;
  CLI::App app{"Pitwall runs trading workflows as durable, observable, stoppable actors",
               "pitwall"};
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 2 completed with errors, 3 halted, 4 failed, timed out or cancelled,\n"
      "64 usage or invalid input, 65 damaged data, 66 unreadable data, 69 host unreachable.");
  add_run(app, exit);
  add_validate(app, exit);
  add_serve(app, exit);
  add_exchange(app, exit);
  add_executions(app, exit);
  add_events(app, exit);
  add_emergency(app, exit);
  add_breakers(app, exit);
  add_bots(app, exit);
  add_orders(app, exit);
  add_risk(app, exit);
  add_config(app, exit);
  add_token(app, exit);
  add_cert(app, exit);
  add_hosts(app, exit);
  add_worker(app, exit);
  add_journal(app, exit);
  add_bench(app, exit);
  add_manual(app, exit);
  refuse_negative_counts(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    if (e.get_exit_code() != 0)
      return give_up(usage_error(app, words.subspan(words.empty() ? 0 : 1), e.what()));
    app.exit(e);  // Help, or the version.
    return exit_done;
  } catch (const std::exception& e) {
    fmt::print(stderr, "pitwall: error: {}\n", e.what());
    return exit_failed;
  }
  return exit;
}

}  // namespace pitwall::cli
