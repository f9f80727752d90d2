#include "runtime/workflow/parse.hpp"

#include <algorithm>
#include <array>

#include "runtime/base/scope_name.hpp"
#include "runtime/workflow/form.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/parse_block.hpp"
#include "runtime/workflow/parse_source.hpp"

namespace pitwall {

namespace {

std::string bytes(std::size_t n) { return std::to_string(n) + " bytes"; }

void read_blocks(form& workflow, workflow_definition& d) {
  const auto* blocks = workflow.any("blocks");
  if (blocks == nullptr) {
    workflow.missing("blocks", "list the blocks of the workflow in 'blocks'");
    return;
  }
  if (workflow.list("blocks") == nullptr) return;
  const auto& items = blocks->as_list();
  if (items.empty()) {
    workflow.error("blocks", "the workflow has no blocks", "add a block");
    return;
  }
  if (items.size() > limits::max_blocks) {
    workflow.error("blocks",
                   "the workflow has " + std::to_string(items.size()) + " blocks; at most " +
                       std::to_string(limits::max_blocks) + " are allowed",
                   "split it into several workflows");
    return;
  }
  d.blocks.reserve(items.size());
  const auto prefix = workflow.at("blocks") + "/";
  for (std::size_t i = 0; i < items.size(); ++i) {
    d.blocks.push_back(read_block(items[i], prefix + std::to_string(i), workflow.report()));
  }
}

void read_connections(form& workflow, workflow_definition& d) {
  const auto* connections = workflow.list("connections");
  if (connections == nullptr) return;
  const auto& items = connections->as_list();
  d.connections.reserve(items.size());
  const auto prefix = workflow.at("connections") + "/";
  for (std::size_t i = 0; i < items.size(); ++i) {
    d.connections.push_back(
        read_connection(items[i], prefix + std::to_string(i), workflow.report()));
  }
}

concurrency_definition read_concurrency(form& workflow) {
  concurrency_definition c;
  const auto* object = workflow.object("concurrency");
  if (object == nullptr) return c;
  form f(*object, workflow.at("concurrency"), {}, "concurrency", workflow.report());
  c.max_running = f.whole("max_running", 1, 100'000);
  c.max_queued = f.whole("max_queued", 0, 100'000);
  c.when_full = f.text("when_full");
  constexpr std::array<std::string_view, 5> known{"", "refuse", "queue", "skip", "cancel_running"};
  if (std::find(known.begin(), known.end(), c.when_full) == known.end())
    f.error("when_full", "'" + c.when_full + "' is not known",
            "use refuse, queue, skip or cancel_running");
  f.finish();
  return c;
}

/// Who trades. Whom no emergency scope can name could not be halted.
std::string read_owner(form& workflow, std::string_view field, std::string_view scope) {
  auto id = workflow.label(field);
  if (id.empty() || can_name_scope(scope, id)) return id;
  workflow.error(field,
                 has_control_characters(id)
                     ? "the " + std::string(field) + " has control characters"
                 : is_blank(id) ? "the " + std::string(field) + " is blank"
                                : "the " + std::string(field) + " has " + bytes(id.size()),
                 "no halt could name it: use at most " + bytes(max_scope_bytes - scope.size()) +
                     ", not blanks alone, without control characters");
  return id;
}

workflow_definition read_workflow(const workflow_source& source, form_report& report) {
  workflow_definition d;
  form f(source.workflow, source.pointer, {}, "workflow", report);
  f.any("$schema");
  d.origin = source.pointer;
  d.id = f.text("id");
  if (source.workflow.find("id")->is_text() && !is_usable_id(d.id)) refuse_id(f, "id", d.id);
  d.name = f.label("name");
  if (d.name.empty()) d.name = d.id;
  d.description = f.text("description");
  d.version = f.label("version");
  d.bot_id = read_owner(f, "bot_id", bot_scope);
  d.strategy_id = read_owner(f, "strategy_id", strategy_scope);
  d.timeout = f.seconds("timeout", decimal::from_raw(decimal::one_raw / 1000));
  d.concurrency = read_concurrency(f);
  read_blocks(f, d);
  read_connections(f, d);
  f.finish();
  d.source = to_json(source.workflow);
  if (d.source.size() > limits::max_file_bytes) {
    f.error({}, "written out, the workflow has " + bytes(d.source.size()),
            "at most " + bytes(limits::max_file_bytes) + " are allowed: split it");
  }
  return d;
}

}  // namespace

std::string parse_outcome::first_error() const {
  const auto at = std::ranges::find(problems, problem::severity::error, &problem::level);
  return at == problems.end() ? std::string() : at->to_string();
}

parse_outcome parse_workflow(std::string_view text, const parse_options& options) {
  parse_outcome out;
  form_report report;
  if (text.size() > limits::max_file_bytes) {
    report.problems.error({}, {}, "the file has " + bytes(text.size()),
                          "at most " + bytes(limits::max_file_bytes) +
                              " are allowed: split it into several workflows");
    out.problems = report.problems.take();
    return out;
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    report.problems.error({}, {}, "the file is empty", "write a workflow: {\"blocks\": [...]}");
    out.problems = report.problems.take();
    return out;
  }
  const auto file = parse_json(text);
  if (!file.ok()) {
    const auto& e = file.error();
    report.problems.error({}, {}, e.where.empty() ? e.message : e.message + " (" + e.where + ")",
                          e.remedy);
    out.problems = report.problems.take();
    return out;
  }
  if (const auto source = select_source(*file, options, report)) {
    auto definition = read_workflow(*source, report);
    if (report.problems.errors() == 0) out.definition = std::move(definition);
  }
  out.problems = report.problems.take();
  return out;
}

}  // namespace pitwall
