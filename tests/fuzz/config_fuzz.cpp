// Configurations, a file and behind it lines NAME=VALUE as variables: all problems or settings that
// print, read again, as themselves; never a crash, and the same each time.
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/reload.hpp"
#include "runtime/host/config/show.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {
namespace {

config::sources sources_of(std::string_view bytes) {
  config::sources from;
  const auto file = bytes.substr(0, bytes.find("\nPITWALL__"));
  from.file = config::source_file{"host.json", std::string(file)};
  for (auto left = bytes.substr(file.size()); !left.empty();) {
    left.remove_prefix(1);
    const auto line = left.substr(0, left.find('\n'));
    const auto equals = line.find('=');
    if (equals != line.npos)
      from.environment.push_back(
          {std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)), {}});
    left.remove_prefix(line.size());
  }
  return from;
}

}  // namespace

void try_one(std::string_view bytes) {
  const auto from = sources_of(bytes);
  const auto first = config::load(from);
  must(first.problems == config::load(from).problems, "the same file has the same problems");
  must(first.problems.size() <= config::max_problems + 1, "problems are bounded");
  for (const auto& p : first.problems) {
    must(!p.message.empty() && !p.remedy.empty(), "a problem says what, and what to do");
    must(!p.where.empty() || p.message.find(" more problems") != std::string::npos,
         "a problem says where");
  }
  config::bind(first.config);  // Of whatever is left, too: more can be found wrong then.
  if (!first.problems.empty()) return;
  const auto printed = to_json(config::as_file(first.config));
  const auto second = config::load({config::source_file{"host.json", printed}, {}, {}});
  for (const auto& p : second.problems) std::fprintf(stderr, "%s\n", p.to_string().c_str());
  must(second.problems.empty(), "what is printed is a configuration");
  must(to_json(config::as_file(second.config)) == printed, "and the same one");
  const auto plan = config::plan_reload(first.config, second.config);
  for (const auto& c : plan.outcome.applied)
    std::fprintf(stderr, "%s: %s -> %s\n", c.key.c_str(), c.from.c_str(), c.to.c_str());
  for (const auto& c : plan.outcome.refused)
    std::fprintf(stderr, "%s: %s -> %s\n", c.key.c_str(), c.from.c_str(), c.to.c_str());
  must(plan.outcome.applied.empty() && plan.outcome.refused.empty(), "in which nothing changes");
}

}  // namespace pitwall::fuzz
