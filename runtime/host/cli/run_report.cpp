#include "runtime/host/cli/run_report.hpp"

#include <fmt/format.h>

#include <vector>

#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

constexpr std::size_t note_width = 100;

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_text() ? v->as_text() : std::string();
}

std::string outputs_of(const value& entry) {
  const auto* output = entry.find("output");
  if (output == nullptr || !output->is_object()) return {};
  std::string note;
  for (const auto& [name, v] : output->as_object()) {
    if (v.is_null()) continue;
    if (!note.empty()) note += "  ";
    note += name + '=' + (v.is_text() ? v.as_text() : to_json(v));
  }
  return shorten(note, note_width);
}

std::string duration_of(const value& object) {
  const auto* v = object.find("duration");
  return v != nullptr && v->is_number() ? format_milliseconds(v->as_number()) : std::string();
}

const value::list& list_of(const value& object, std::string_view name) {
  static const value::list none;
  const auto* v = object.find(name);
  return v != nullptr && v->is_list() ? v->as_list() : none;
}

colour colour_of(std::string_view status) noexcept {
  if (status == "completed") return colour::green;
  if (status == "completed_with_errors" || status == "halted") return colour::yellow;
  return colour::red;
}

}  // namespace

void print_run_report(std::string_view result_json) {
  auto parsed = parse_json(result_json);
  if (!parsed.ok()) {
    fmt::print("{}\n", result_json);
    return;
  }
  const auto& r = *parsed;
  const bool colours = wants_colour(1);
  fmt::print("{}\n", paint(text_of(r, "execution_id"), colour::bold, colours));
  std::vector<std::vector<std::string>> rows;
  for (const auto& e : list_of(r, "results")) {
    const auto status = text_of(e, "status");
    rows.push_back({"  " + text_of(e, "nodeId"), status.empty() ? "completed" : status,
                    duration_of(e), outputs_of(e)});
  }
  for (const auto& e : list_of(r, "errors"))
    rows.push_back(
        {"  " + text_of(e, "nodeId"), "failed", "", shorten(text_of(e, "error"), note_width)});
  for (const auto& e : list_of(r, "skipped"))
    rows.push_back(
        {"  " + text_of(e, "nodeId"), "skipped", "", shorten(text_of(e, "reason"), note_width)});
  fmt::print("{}", format_table(rows));
  const auto status = text_of(r, "status");
  const auto type = text_of(r, "error_type");
  fmt::print("{} in {}{}\n", paint(status, colour_of(status), colours), duration_of(r),
             type.empty() ? "" : " (" + type + ")");
}

}  // namespace pitwall::cli
