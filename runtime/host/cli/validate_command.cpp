#include <fmt/format.h>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/host.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct validate_options {
  std::vector<std::filesystem::path> files;
  std::string template_id;
  bool json = false;
};

/// One file's verdict as a JSON object in one line.
std::string verdict_json(const std::string& file, bool valid,
                         const std::vector<problem>& problems) {
  value::list list;
  for (const auto& p : problems)
    list.push_back(value(
        value::object{{"level", value(p.level == problem::severity::error ? "error" : "warning")},
                      {"pointer", value(p.pointer)},
                      {"block_id", p.block_id.empty() ? value() : value(p.block_id)},
                      {"message", value(p.message)},
                      {"remedy", value(p.remedy)}}));
  return to_json(value(value::object{
      {"file", value(file)}, {"valid", value(valid)}, {"problems", value(std::move(list))}}));
}

bool validate_one(const std::filesystem::path& file, const validate_options& o) {
  std::vector<problem> problems;
  bool valid = false;
  auto text = read_workflow_file(file);
  if (text.ok()) {
    host::deployment_request request;
    request.text = std::move(*text);
    request.parsing.template_id = o.template_id;
    request.parsing.default_id = id_of_file(file);
    request.base_directory = file.parent_path();
    valid = host::check(request, {}, problems).ok();
  } else {
    problems.push_back(
        {problem::severity::error, {}, {}, text.error().message, text.error().remedy});
  }
  if (o.json) {
    fmt::print("{}\n", verdict_json(file.string(), valid, problems));
    return valid;
  }
  print_problems(file.string(), problems);
  if (valid) fmt::print("{}: valid\n", file.string());
  return valid;
}

}  // namespace

void add_validate(CLI::App& app, int& exit) {
  auto o = std::make_shared<validate_options>();
  auto* c = app.add_subcommand("validate", "Check workflow files and list all their problems");
  c->add_option("FILE", o->files, "Workflow files (JSON)")->required();
  c->add_option("--template", o->template_id, "Which workflow of a template collection");
  c->add_flag("--json", o->json, "One object a line: file, valid, problems");
  c->callback([o, &exit] {
    for (const auto& file : o->files)
      if (!validate_one(file, *o)) exit = exit_usage;
  });
}

}  // namespace pitwall::cli
