#include <algorithm>
#include <array>
#include <unordered_map>

#include "runtime/workflow/plan_draft.hpp"

namespace pitwall {

namespace {

constexpr std::array<std::string_view, 5> categories{"providers", "triggers", "conditions",
                                                     "actions", "risk"};

void check_category(const block_draft& b, form_report& report) {
  const auto& written = b.written->category;
  const auto pointer = b.pointer + "/category";
  if (!written.empty() &&
      std::find(categories.begin(), categories.end(), written) == categories.end()) {
    report.problems.error(
        pointer, b.written->id, "the category " + in_quotes(written) + " is not known",
        report.names.suggestion(written, {categories.begin(), categories.end()},
                                "use providers, triggers, conditions, actions or risk"));
    return;
  }
  if (b.type == nullptr) return;
  if (written.empty()) {
    report.problems.repeated_warning("no category", b.pointer, b.written->id,
                                     "the block has no category; that of its type is taken",
                                     "set 'category' to '" + b.type->category + "'");
  } else if (written != b.type->category) {
    report.problems.error(pointer, b.written->id,
                          "the type " + b.type->name + " is of category '" + b.type->category +
                              "', not '" + written + "'",
                          "set 'category' to '" + b.type->category + "'");
  }
  // Where the file names the category itself, reading it has reported this.
  if (b.type->category == "actions" && written != "actions" &&
      b.written->error_policy == on_error::proceed) {
    report.problems.error(b.pointer + "/on_error", b.written->id,
                          "'continue' is not allowed for actions",
                          "use skip_dependents or fail: nothing may build on an order that failed");
  }
}

}  // namespace

void draft_blocks(plan_draft& draft, const block_catalog& catalog) {
  std::unordered_map<std::string_view, std::size_t> first_with;
  std::vector<std::string_view> types;  // Only where one is not found.
  auto& problems = draft.report.problems;
  const auto& written = draft.definition->blocks;
  draft.blocks.resize(written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    auto& b = draft.blocks[i];
    b.written = &written[i];
    b.pointer = draft.definition->origin + "/blocks/" + std::to_string(i);
    const auto before = problems.errors();
    if (const auto [twin, is_new] = first_with.emplace(written[i].id, i); !is_new) {
      problems.error(b.pointer + "/id", written[i].id,
                     "the id " + in_quotes(written[i].id) + " is also that of " +
                         draft.blocks[twin->second].pointer,
                     "give each block its own id");
    }
    b.type = catalog.find(written[i].type);
    if (b.type == nullptr) {
      if (types.empty()) {
        for (const auto* t : catalog.all()) types.emplace_back(t->name);
        std::sort(types.begin(), types.end());
      }
      problems.error(
          b.pointer + "/type", written[i].id,
          "the block type " + in_quotes(written[i].type) + " is not known",
          draft.report.names.suggestion(written[i].type, types, "the types are: " + listed(types)));
    }
    check_category(b, draft.report);
    if (b.type != nullptr) b.ports.emplace(written[i], *b.type, b.pointer, draft.report);
    b.sound = problems.errors() == before;
  }
}

}  // namespace pitwall
