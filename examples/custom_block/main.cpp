// A trading host with a block type of our own, and an actor of our own that watches over it:
// replays prices through crossing.json until the actor has halted its bot.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "average_cross.hpp"
#include "fill_guard.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "runtime/workflow/json.hpp"

namespace {

using namespace pitwall;

constexpr std::size_t most_fills = 3;

int give_up(const std::string& what) {
  std::fprintf(stderr, "desk: %s\n", what.c_str());
  return 1;
}

result<std::unique_ptr<host>> open_host() {
  host_options options;
  options.mode = durability::memory;
  options.log = make_console_log(log_form::text, log_level::error);
  PITWALL_CHECK(options.blocks.add(desk::average_cross_type()));
  return host::open(std::move(options));
}

/// The workflow file beside this program's sources.
result<deployed_workflow> deploy(host& at, const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::vector<problem> problems;
  auto deployed = at.deploy_now({text.str(), {}, file.parent_path()}, problems);
  for (const auto& p : problems)
    std::fprintf(stderr, "%s: %s\n", p.pointer.c_str(), p.message.c_str());
  return deployed;
}

/// Runs the workflow once, and waits for its result.
result<start_answer> run_once(host& at) {
  auto answered = std::make_shared<std::promise<result<start_answer>>>();
  at.start({.workflow_id = "crossing", .trigger = {}, .wait = true},
           [answered](result<start_answer> r) { answered->set_value(std::move(r)); });
  return answered->get_future().get();
}

/// The text of a node's output, in a result.
std::string output_of(const value& ran, std::string_view node, std::string_view name) {
  for (const auto& r : ran.find("results")->as_list()) {
    if (r.find("nodeId")->as_text() != node) continue;
    const auto* found = r.find("output")->find(name);
    return found == nullptr ? "" : to_json(*found);
  }
  return {};
}

/// A line for an execution; true where it has ordered.
bool show(std::size_t row, const value& ran) {
  std::string ordered;
  for (const char* side : {"buy", "sell"}) {
    if (output_of(ran, side, "order").starts_with("{")) ordered = side;
  }
  std::printf("%4zu  %-8s %-12.10s %-12.10s %s\n", row,
              output_of(ran, "ether", "price_feed").c_str(),
              output_of(ran, "averages", "quick").c_str(),
              output_of(ran, "averages", "slow").c_str(), ordered.empty() ? "-" : ordered.c_str());
  return !ordered.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return give_up("usage: desk WORKFLOW.json");
  auto opened = open_host();
  if (!opened.ok()) return give_up(opened.error().to_string());
  host& here = **opened;
  if (auto deployed = deploy(here, argv[1]); !deployed.ok()) {
    return give_up(deployed.error().to_string());
  }

  caf::actor_system_config config;
  caf::actor_system actors(config);
  std::promise<std::string> stopped;
  const auto guard = desk::spawn_fill_guard(
      actors, here, {most_fills, [&stopped](const std::string& bot, const emergency_answer& a) {
                       stopped.set_value("bot '" + bot + "': " + a.previous_state + " -> " +
                                         a.state + ", by fill_guard");
                     }});
  auto told = desk::listen(here, guard);

  std::printf(" row  %-8s %-12s %-12s ordered\n", "price", "quick", "slow");
  std::size_t fills = 0;
  for (std::size_t row = 1; fills <= most_fills; ++row) {
    const auto ran = run_once(here);
    if (!ran.ok()) return give_up(ran.error().to_string());
    const auto shown = parse_json(ran->result_json);
    if (!shown.ok() || ran->status != run_status::completed) return give_up(ran->result_json);
    if (show(row, *shown)) ++fills;
  }
  auto word = stopped.get_future();
  if (word.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    return give_up("the guard did not halt it");
  }
  std::printf("%s\n", word.get().c_str());
  const auto refused = run_once(here);
  if (refused.ok()) return give_up("it trades on");
  std::printf("one more: %s\n", refused.error().message.c_str());

  // Nothing is told any more, then the actor ends, and then what it looks at.
  told.reset();
  caf::anon_send_exit(guard, caf::exit_reason::user_shutdown);
  actors.await_all_actors_done();
  return 0;
}
