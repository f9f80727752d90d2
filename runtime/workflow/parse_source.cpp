#include "runtime/workflow/parse_source.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/scope_name.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

constexpr std::size_t longest_id = 200;

/// The member as an id: a text, or a number of older files; empty where it is neither.
std::string id_of(const value& object, std::string_view member) {
  const auto* found = object.find(member);
  if (found == nullptr) return {};
  if (found->is_text()) return found->as_text();
  if (found->is_number()) return found->as_number().to_string();
  return {};
}

/// The object with `name` set: replaced in its place, or put in front.
value with_member(const value& object, std::string_view name, value v) {
  auto members = object.as_object();
  const auto at =
      std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == name; });
  if (at != members.end()) {
    at->second = std::move(v);
  } else {
    members.emplace(members.begin(), name, std::move(v));
  }
  return value(std::move(members));
}

bool is_absent(const value& object, std::string_view member) {
  const auto* found = object.find(member);
  return found == nullptr || found->is_null();
}

// ---- template collections

std::optional<workflow_source> take_template(const value& entry, std::size_t index,
                                             form_report& report) {
  const auto pointer = "/templates/" + std::to_string(index);
  const auto* workflow = entry.find("workflow");
  if (workflow == nullptr || !workflow->is_object()) {
    report.problems.error(pointer, {}, "the template has no 'workflow' object",
                          "put the workflow's blocks and connections into 'workflow'");
    return std::nullopt;
  }
  auto picked = *workflow;
  // What the workflow does not say of itself, its template does.
  for (const std::string_view member : {"description", "name", "id"}) {
    const auto* said = entry.find(member);
    if (said != nullptr && !said->is_null() && is_absent(picked, member)) {
      picked = with_member(picked, member, *said);
    }
  }
  return workflow_source{std::move(picked), pointer + "/workflow"};
}

std::optional<workflow_source> pick_template(const value& file, const std::string& wanted,
                                             form_report& report) {
  const auto* templates = file.find("templates");
  if (!templates->is_list() || templates->as_list().empty()) {
    report.problems.error("/templates", {}, "'templates' is no list with a template in it",
                          "write [{\"id\": \"...\", \"workflow\": {...}}]");
    return std::nullopt;
  }
  const auto& entries = templates->as_list();
  std::vector<std::string> ids;
  for (const auto& entry : entries) {
    auto id = id_of(entry, "id");
    ids.push_back(id.empty() ? id_of(entry, "name") : std::move(id));
  }
  const std::vector<std::string_view> names(ids.begin(), ids.end());
  if (wanted.empty()) {
    if (entries.size() == 1) return take_template(entries[0], 0, report);
    report.problems.error("/templates", {},
                          "the file is a collection of " + std::to_string(entries.size()) +
                              " templates: " + listed(names),
                          "choose one by its id");
    return std::nullopt;
  }
  const auto found = std::find(ids.begin(), ids.end(), wanted);
  if (found == ids.end()) {
    report.problems.error("/templates", {}, "there is no template " + in_quotes(wanted),
                          "the file has: " + listed(names));
    return std::nullopt;
  }
  if (std::count(ids.begin(), ids.end(), wanted) > 1) {
    report.problems.error("/templates", {}, "several templates have the id " + in_quotes(wanted),
                          "give each its own id");
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(found - ids.begin());
  return take_template(entries[index], index, report);
}

// ---- ids

/// What comes from outside the file may hold any bytes; in a value, as in JSON, text is UTF-8.
std::string well_formed(const std::string& text) {
  std::string quoted_text;
  append_json_string(text, quoted_text);
  const auto read = parse_json(quoted_text);
  return read.ok() ? read->as_text() : std::string();
}

/// A file's name may hold anything; what ids may not is replaced.
std::string cleaned_id(const std::string& raw) {
  auto id = well_formed(raw);
  if (id.size() > longest_id) {
    auto end = longest_id;
    while (end > 0 && (static_cast<unsigned char>(id[end]) & 0xC0U) == 0x80U) --end;
    id.resize(end);
  }
  std::replace_if(
      id.begin(), id.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, '_');
  return id.empty() ? "workflow" : id;
}

value with_workflow_id(value workflow, const parse_options& options) {
  if (!options.forced_id.empty())
    return with_member(workflow, "id", well_formed(options.forced_id));
  if (is_absent(workflow, "id")) {
    return with_member(workflow, "id", cleaned_id(options.default_id));
  }
  const auto& written = *workflow.find("id");
  return written.is_number() ? with_member(workflow, "id", id_of(workflow, "id")) : workflow;
}

/// Blocks without an id get one of their type and place, so that the same file gives the same ids.
void fill_block_ids(value::list& blocks, const std::string& pointer, form_report& report) {
  std::set<std::string> taken;
  for (const auto& b : blocks) taken.insert(id_of(b, "id"));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto& b = blocks[i];
    if (!b.is_object()) continue;
    if (!is_absent(b, "id")) {
      if (b.find("id")->is_number()) b = with_member(b, "id", id_of(b, "id"));
      continue;
    }
    const auto* type = b.find("type");
    const bool usable = type != nullptr && type->is_text() && type->as_text().size() <= 64 &&
                        is_usable_id(type->as_text());
    auto id = usable ? type->as_text() : std::string("block");
    id += "_" + std::to_string(i);
    while (!taken.insert(id).second) id += '_';
    report.problems.warning(pointer + "/blocks/" + std::to_string(i), id,
                            "the block has no id; it is called " + in_quotes(id),
                            "give it an id: a generated one changes when blocks are moved");
    b = with_member(b, "id", id);
  }
}

// ---- overrides

/// "BLOCK.PROPERTY": ids may hold dots, so the longest id that fits wins.
struct override_target {
  std::size_t block = 0;
  std::string property;
};

std::optional<override_target> find_target(const std::map<std::string, std::size_t>& blocks,
                                           const std::string& key) {
  for (auto dot = key.rfind('.'); dot != key.npos && dot > 0; dot = key.rfind('.', dot - 1)) {
    const auto found = blocks.find(key.substr(0, dot));
    if (found != blocks.end() && dot + 1 < key.size()) {
      return override_target{found->second, key.substr(dot + 1)};
    }
  }
  return std::nullopt;
}

/// Workflow, blocks, block and properties stand around a property's value.
constexpr std::size_t levels_above = 4;

void apply_overrides(value::list& blocks, const parse_options& options, form_report& report) {
  if (options.overrides.empty()) return;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < blocks.size(); ++i) places.emplace(id_of(blocks[i], "id"), i);
  places.erase(std::string());
  std::vector<std::string_view> ids;
  for (const auto& b : blocks) {
    if (const auto* id = b.find("id"); id != nullptr && id->is_text()) ids.push_back(id->as_text());
  }
  for (const auto& [key, text] : options.overrides) {
    const auto target = find_target(places, key);
    if (!target) {
      const auto block = key.substr(0, key.find('.'));
      report.problems.error({}, {},
                            key.find('.') == key.npos
                                ? "the setting " + in_quotes(key) + " is not BLOCK.PROPERTY"
                                : "the setting " + in_quotes(key) + " names no block of this file",
                            report.names.suggestion(block, ids, "the blocks are: " + listed(ids)));
      continue;
    }
    auto& b = blocks[target->block];
    const auto* properties = b.find("properties");
    if (properties != nullptr && !properties->is_null() && !properties->is_object()) continue;
    const bool none = properties == nullptr || properties->is_null();
    auto parsed = parse_json(text, limits::max_json_depth - levels_above);
    b = with_member(
        b, "properties",
        with_member(none ? value(value::object{}) : *properties, well_formed(target->property),
                    parsed.ok() ? std::move(*parsed) : value(well_formed(text))));
  }
}

// ---- whose workflow it is, and where it trades

value with_owner(value workflow, const parse_options& options) {
  if (!options.bot_id.empty())
    workflow = with_member(workflow, "bot_id", well_formed(options.bot_id));
  if (!options.strategy_id.empty())
    workflow = with_member(workflow, "strategy_id", well_formed(options.strategy_id));
  return workflow;
}

/// What is no object or no text is left to who reads the blocks.
void choose_venues(value::list& blocks, const std::map<std::string, std::string>& venues) {
  if (venues.empty()) return;
  for (auto& b : blocks) {
    if (!b.is_object()) continue;
    const auto* found = b.find("properties");
    if (found != nullptr && !found->is_null() && !found->is_object()) continue;
    const auto properties = found == nullptr || found->is_null() ? value(value::object{}) : *found;
    if (id_of(b, "category") == "providers") {
      const auto chosen = venues.find(id_of(b, "type"));
      const auto* profile = properties.find("profile_id");
      const bool none = profile == nullptr || profile->is_null() || *profile == value("");
      if (none && chosen != venues.end())
        b = with_member(b, "properties",
                        with_member(properties, "profile_id", well_formed(chosen->second)));
    } else if (const auto chosen = venues.find(id_of(properties, "venue"));
               chosen != venues.end()) {
      b = with_member(b, "properties",
                      with_member(properties, "venue", well_formed(chosen->second)));
    }
  }
}

}  // namespace

bool is_usable_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= longest_id && !has_control_characters(id);
}

std::optional<workflow_source> select_source(const value& file, const parse_options& options,
                                             form_report& report) {
  if (!file.is_object()) {
    report.problems.error({}, {}, "the file holds " + std::string(kind_in_words(file)),
                          "a workflow is an object with 'blocks' and 'connections'");
    return std::nullopt;
  }
  const bool collection =
      !is_absent(file, "templates") && (is_absent(file, "blocks") || !options.template_id.empty());
  std::optional<workflow_source> source;
  if (collection) {
    source = pick_template(file, options.template_id, report);
  } else if (!options.template_id.empty()) {
    report.problems.error(
        {}, {}, "the file is one workflow and has no template " + in_quotes(options.template_id),
        "leave the template out");
  } else {
    source = workflow_source{file, {}};
  }
  if (!source) return std::nullopt;

  source->workflow = with_owner(with_workflow_id(std::move(source->workflow), options), options);
  const auto* blocks = source->workflow.find("blocks");
  if (blocks != nullptr && blocks->is_list() && blocks->as_list().size() <= limits::max_blocks) {
    auto filled = blocks->as_list();
    fill_block_ids(filled, source->pointer, report);
    apply_overrides(filled, options, report);
    choose_venues(filled, options.venues);
    source->workflow = with_member(source->workflow, "blocks", value(std::move(filled)));
  }
  return source;
}

}  // namespace pitwall
