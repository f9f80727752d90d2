#include <string>
#include <string_view>

#include "runtime/workflow/json.hpp"
#include "runtime/workflow/run.hpp"

namespace pitwall {

namespace {

/// A comma where something precedes in the same object or list.
void separate(std::string& out) {
  if (out.back() != '[' && out.back() != '{') out += ',';
}

void key(std::string_view name, std::string& out) {
  separate(out);
  append_json_string(name, out);
  out += ':';
}

void text(std::string_view name, std::string_view v, std::string& out) {
  key(name, out);
  append_json_string(v, out);
}

void text_or_null(std::string_view name, std::string_view v, std::string& out) {
  key(name, out);
  if (v.empty())
    out += "null";
  else
    append_json_string(v, out);
}

void duration(microseconds us, std::string& out) {
  key("duration", out);
  const auto count = us.count() < 0 ? 0 : us.count();
  out += std::to_string(count / 1000);
  out += '.';
  out += std::to_string(1000 + count % 1000).substr(1);
}

void node_result(const plan_node& n, const node_run& run, std::string& out) {
  separate(out);
  out += '{';
  text("nodeId", n.identity->id, out);
  text("nodeName", n.identity->name, out);
  text("nodeType", n.identity->type, out);
  key("output", out);
  out += '{';
  if (run.outputs != nullptr) {
    const auto& [names, values] = *run.outputs;
    for (std::size_t i = 0; i < values.size() && i < names->size(); ++i) {
      key((*names)[i], out);
      append_json(values[i], out);
    }
  }
  out += '}';
  duration(run.duration, out);
  if (run.status == node_status::in_doubt) text("status", to_string(run.status), out);
  out += '}';
}

void errors(const run_state& s, std::string& out) {
  key("errors", out);
  out += '[';
  bool told = false;
  const auto add = [&](std::string_view node, std::string_view what) {
    separate(out);
    out += '{';
    text_or_null("nodeId", node, out);
    text("error", what, out);
    out += '}';
    told = true;
  };
  for (std::size_t i = 0; i < s.nodes.size(); ++i) {
    const auto& run = s.nodes[i];
    // An order in doubt is told even where its node was halted or cancelled with the run.
    if (run.status != node_status::skipped && !run.error_type.empty())
      add(s.workflow->nodes[i].identity->id, run.error);
  }
  const bool said_by_node = s.status == run_status::failed && told;
  if (!s.error_type.empty() && !said_by_node) add({}, s.error);
  out += ']';
}

/// Of the run, else of its first node with an error.
std::string_view error_type(const run_state& s) {
  if (!s.error_type.empty()) return s.error_type;
  for (const auto& run : s.nodes)
    if (!run.error_type.empty()) return run.error_type;
  return {};
}

}  // namespace

std::string result_json(const run_state& s) {
  std::string out;
  out.reserve(256 + 192 * s.nodes.size());
  out += '{';
  text("status", to_string(s.status), out);
  duration(s.duration, out);
  key("results", out);
  out += '[';
  for (std::size_t i = 0; i < s.nodes.size(); ++i) {
    const auto& run = s.nodes[i];
    if (run.status == node_status::completed || run.status == node_status::in_doubt)
      node_result(s.workflow->nodes[i], run, out);
  }
  out += ']';
  errors(s, out);
  text_or_null("execution_id", s.scope->execution_id, out);
  text_or_null("workflow_id", s.scope->workflow_id, out);
  text_or_null("error_type", error_type(s), out);
  key("attempts", out);
  out += '{';
  for (std::size_t i = 0; i < s.nodes.size(); ++i) {
    if (s.nodes[i].attempt == 0) continue;
    key(s.workflow->nodes[i].identity->id, out);
    out += std::to_string(s.nodes[i].attempt);
  }
  out += '}';
  key("skipped", out);
  out += '[';
  for (std::size_t i = 0; i < s.nodes.size(); ++i) {
    if (s.nodes[i].status != node_status::skipped) continue;
    separate(out);
    out += '{';
    text("nodeId", s.workflow->nodes[i].identity->id, out);
    text("reason", s.nodes[i].error, out);
    out += '}';
  }
  out += "]}";
  return out;
}

}  // namespace pitwall
