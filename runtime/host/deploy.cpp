// Job: workflow file text -> running workflow actor, and the same again for what was deployed
//      before a restart.
#include <filesystem>

#include "actors/workflow/actor.hpp"
#include "actors/workflow/retry_rules.hpp"
#include "runtime/host/order_venues.hpp"
#include "runtime/host/wiring.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/validate.hpp"

namespace pitwall {
namespace {

constexpr std::string_view deployed_prefix = "workflow/";

/// Where the relative file names of a definition start, kept as long as the definition.
std::string base_key(const std::string& workflow_id, const std::string& definition_id) {
  return "base/" + definition_id + "/" + workflow_id;
}

/// Dies at once, so that its supervisor sees the failure of a deployment that cannot be made again.
caf::behavior stillborn(caf::event_based_actor* self, const caf::error& why) {
  self->quit(why);
  return {};
}

std::string stored_form(const std::string& definition_id, const std::filesystem::path& base) {
  return to_json(value(value::object{{"definition_id", value(definition_id)},
                                     {"base_directory", value(base.string())}}));
}

/// What a plan is made for.
struct surroundings {
  const block_catalog& blocks;
  const retry_settings& retry;
  const std::vector<outside_venue>& venues;
  const bot_venues& of_bots;
  bool has_workers;
};

/// One warning for all blocks that ask for a worker where none can join.
void warn_of_placement(const workflow_definition& definition, std::vector<problem>& problems) {
  problem found{problem::severity::warning, {}, {}, {}, {}};
  std::size_t more = 0;
  for (std::size_t i = 0; i < definition.blocks.size(); ++i) {
    const auto& b = definition.blocks[i];
    if (b.placement.empty()) continue;
    if (!found.block_id.empty()) {
      ++more;
      continue;
    }
    found.pointer = definition.origin + "/blocks/" + std::to_string(i) + "/placement";
    found.block_id = b.id;
  }
  if (found.block_id.empty()) return;
  found.message = "no worker can join this host, so this block" +
                  (more == 0 ? std::string() : " and " + std::to_string(more) + " more") +
                  " will fail as unavailable";
  found.remedy = "set workers.listen and its certificates, or take `placement` out";
  problems.push_back(std::move(found));
}

result<std::shared_ptr<plan>> plan_of(const host::deployment_request& request,
                                      const surroundings& at, std::vector<problem>& problems) {
  auto parsed = parse_workflow(request.text, request.parsing);
  problems = std::move(parsed.problems);
  const error refused{
      errc::invalid_argument, "the workflow is not valid", {}, "correct the problems listed"};
  if (!parsed.definition || has_errors(problems)) return refused;
  auto definition = std::make_shared<const workflow_definition>(std::move(*parsed.definition));
  auto valid = validate(definition, at.blocks, request.base_directory);
  for (auto& p : valid.problems) problems.push_back(std::move(p));
  if (valid.result)
    for (auto& p : retry_problems(*valid.result, at.retry)) problems.push_back(std::move(p));
  for (auto& p : order_problems(*definition, at.venues)) problems.push_back(std::move(p));
  if (request.parsing.venues.empty())
    for (auto& p : bot_venue_problems(*definition, at.of_bots)) problems.push_back(std::move(p));
  if (!at.has_workers) warn_of_placement(*definition, problems);
  if (!valid.result || has_errors(problems)) return refused;
  return valid.result;
}

}  // namespace

void host::wiring::spawn_workflow(std::shared_ptr<const plan> p, deployed_workflow info,
                                  std::filesystem::path base_directory) {
  const auto id = info.id;
  const auto deployed_bot = p->definition->bot_id;
  {
    std::lock_guard lock(mutex);
    deployed[id].info = std::move(info);
    deployed[id].workflow = p;
    deployed[id].bot_id = p->definition->bot_id;
  }
  auto recipe = std::make_shared<child_recipe>();
  recipe->name = "workflow " + id;
  recipe->start = [shared_services = services_ref(shared), p = std::move(p),
                   base = std::move(base_directory), log = options.log](caf::actor_system& sys) {
    auto d = make_deployment(p, base);
    if (!d.ok()) {
      // Was made once when it was deployed; a file it reads has changed since.
      log->write(log_level::error, "workflow", d.error().to_string());
      return sys.spawn(stillborn, caf::make_error(caf::sec::invalid_argument));
    }
    return caf::actor_cast<caf::actor>(sys.spawn<workflow>(shared_services, std::move(*d)));
  };
  recipe->started = [this, id](const caf::actor& handle) {
    auto w = caf::actor_cast<workflow_actor>(handle);
    caf::anon_send(emergency_controller,
                   watch_emergency{caf::actor_cast<emergency_listener>(handle)});
    std::lock_guard lock(mutex);
    if (auto it = deployed.find(id); it != deployed.end()) it->second.handle = std::move(w);
  };
  recipe->given_up = [this, id, bot_id = deployed_bot](const error& why) {
    {
      std::lock_guard lock(mutex);
      const auto it = deployed.find(id);
      if (it == deployed.end()) return;
      it->second.handle = nullptr;
      it->second.info.given_up = why.message;
    }
    pause_bot(bot_id, why.message);  // Who hears of it finds the workflow given up.
  };
  recipe->replaced = [this, bot_id = deployed_bot](const caf::actor& old) {
    // What it runs keeps the definition it was started with.
    auto w = caf::actor_cast<workflow_actor>(old);
    caf::anon_send(w, retire{});
    retire_workflow(std::move(w), bot_id);
  };
  // The supervisor starts it; a start() right after this must find the handle.
  caf::scoped_actor self(*system);
  self->request(supervise_all, caf::infinite, supervise{recipe}).receive([] {}, [](caf::error&) {});
}

result<std::shared_ptr<plan>> host::wiring::plan_here(const deployment_request& request,
                                                      std::vector<problem>& problems) const {
  const auto of_bots = [&] {
    const std::lock_guard lock(mutex);
    return options.of_bots;
  }();
  return plan_of(request,
                 {options.blocks, options.resilience.retry, options.venues, of_bots,
                  options.workers.has_value()},
                 problems);
}

status host::check(const deployment_request& request, const std::vector<outside_venue>& venues,
                   std::vector<problem>& problems) {
  const auto blocks = make_builtin_registry();
  PITWALL_TRY(made, plan_of(request, {blocks, {}, venues, {}, true}, problems));
  return done{};
}

namespace {

host::deployment_request request_of(std::string text, std::string id, std::string template_id) {
  host::deployment_request request;
  request.text = std::move(text);
  request.parsing.template_id = std::move(template_id);
  request.parsing.default_id = id.empty() ? "workflow" : id;
  request.parsing.forced_id = std::move(id);
  request.base_directory = std::filesystem::current_path();
  return request;
}

problem names_a_file(const std::string& block, const std::string& id, const std::string& property) {
  return {problem::severity::error, block + "/properties/" + property, id,
          "names a file of the host's, which a client may not have read",
          "deploy it on the host from a file: `pitwall serve FILE`, or a bot of the configuration"};
}

/// A client may trade; what the host's account can read is not its business. So nothing that its
/// text names is opened: the file would go to a URL of its choice, or into a problem's text.
status names_no_files(const host::deployment_request& request, std::vector<problem>& problems) {
  const auto parsed = parse_workflow(request.text, request.parsing);
  if (!parsed.definition) return done{};  // What is wrong with it is told by who reads it next.
  const auto& blocks = parsed.definition->blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& b = blocks[i];
    const auto at = parsed.definition->origin + "/blocks/" + std::to_string(i);
    if (b.type == "replay" && b.properties.find("file") != nullptr)
      problems.push_back(names_a_file(at, b.id, "file"));
    const value* headers = b.type == "http" ? b.properties.find("headers") : nullptr;
    if (headers == nullptr || !headers->is_object()) continue;
    for (const auto& [name, given] : headers->as_object())
      if (!given.is_text())
        problems.push_back(names_a_file(at, b.id, "headers/" + pointer_token(name)));
  }
  if (problems.empty()) return done{};
  return error{
      errc::invalid_argument, "the workflow is not valid", {}, "correct the problems listed"};
}

}  // namespace

void host::deploy(std::string text, std::string id, std::string template_id,
                  std::function<void(result<deployed_workflow>, std::vector<problem>)> then) {
  std::vector<problem> problems;
  auto request = request_of(std::move(text), std::move(id), std::move(template_id));
  const auto noted = w_->bind_as_given(request);
  if (auto asked = names_no_files(request, problems); !asked.ok())
    return then(std::move(asked).error(), std::move(problems));
  auto outcome = deploy_now(request, problems);
  if (noted && outcome.ok()) outcome->warnings.push_back(*noted);
  then(std::move(outcome), std::move(problems));
}

void host::validate(std::string text, std::string id, std::string template_id,
                    std::function<void(result<deployed_workflow>, std::vector<problem>)> then) {
  std::vector<problem> problems;
  auto request = request_of(std::move(text), std::move(id), std::move(template_id));
  const auto noted = w_->bind_as_given(request);
  if (auto asked = names_no_files(request, problems); !asked.ok())
    return then(std::move(asked).error(), std::move(problems));
  const auto made = w_->plan_here(request, problems);
  if (!made.ok()) return then(made.error(), std::move(problems));
  const auto& definition = *(*made)->definition;
  if (noted) problems.push_back(*noted);
  deployed_workflow info{definition.id, definition.name, {}, (*made)->nodes.size(), problems};
  then(std::move(info), std::move(problems));
}

void host::remove(std::string workflow_id, completion<done> then) {
  const std::lock_guard turn(w_->deploying);
  if (const auto known = w_->known(workflow_id); !known.ok()) return then(known.error());
  // First for good: a start must not bring back what was answered as gone.
  const auto erased =
      w_->storage.states->erase(std::string(deployed_prefix) + workflow_id, w_->options.mode);
  if (!erased.ok()) return then(erased.error());
  // Behind the last start that was taken; what runs keeps its actor until it has ended.
  caf::scoped_actor self(*w_->system);
  self->request(w_->supervise_all, caf::infinite, let_go{"workflow " + workflow_id})
      .receive([] {}, [](caf::error&) {});
  {
    std::lock_guard lock(w_->mutex);
    w_->deployed.erase(workflow_id);
  }
  w_->rebind();
  then(done{});
}

result<deployed_workflow> host::deploy_now(const deployment_request& request,
                                           std::vector<problem>& problems) {
  const std::lock_guard turn(w_->deploying);
  PITWALL_TRY(made, w_->plan_here(request, problems));
  const auto& definition = made->definition;
  const auto mode = w_->options.mode;
  PITWALL_TRY(definition_id, w_->storage.states->put_definition(definition->source, mode));
  made->definition_id = definition_id;
  if (auto same = w_->already_runs(definition->id, definition_id, request.base_directory)) {
    w_->warn_of_rest(*definition, problems);
    same->warnings = problems;
    return std::move(*same);
  }
  PITWALL_CHECK(w_->storage.states->put(base_key(definition->id, definition_id),
                                        request.base_directory.string(), mode));
  PITWALL_CHECK(w_->storage.states->put(std::string(deployed_prefix) + definition->id,
                                        stored_form(definition_id, request.base_directory), mode));
  deployed_workflow info;
  info.id = definition->id;
  info.name = definition->name;
  info.definition_id = std::move(definition_id);
  info.node_count = made->nodes.size();
  info.warnings = problems;
  if (const auto& by = request.parsing; !by.bot_id.empty()) {
    const std::lock_guard lock(w_->mutex);
    w_->given[definition->id] = {by.bot_id, by.strategy_id, by.venues};
  }
  w_->spawn_workflow(made, info, request.base_directory);
  w_->rebind();
  w_->warn_of_rest(*definition, problems);
  info.warnings = problems;
  return info;
}

std::optional<deployed_workflow> host::wiring::already_runs(
    const std::string& workflow_id, const std::string& definition_id,
    const std::filesystem::path& base_directory) const {
  const auto base = storage.states->get(base_key(workflow_id, definition_id));
  std::lock_guard lock(mutex);
  const auto it = deployed.find(workflow_id);
  const bool same = it != deployed.end() && it->second.handle &&
                    it->second.info.definition_id == definition_id && base.ok() &&
                    *base == base_directory.string();
  return same ? std::optional(it->second.info) : std::nullopt;
}

result<std::shared_ptr<plan>> host::wiring::stored_plan(const std::string& workflow_id,
                                                        const std::string& definition_id,
                                                        std::filesystem::path& base_directory) {
  PITWALL_TRY(source, storage.states->get("definition/" + definition_id));
  auto base = storage.states->get(base_key(workflow_id, definition_id));
  base_directory = base.ok() ? *base : ".";
  auto parsed = parse_workflow(source, {{}, workflow_id, workflow_id, {}});
  if (!parsed.definition)
    return error{errc::failed_precondition,
                 "its definition is no longer accepted: " + parsed.first_error(), definition_id,
                 "put right what it says, or deploy it anew"};
  auto definition = std::make_shared<const workflow_definition>(std::move(*parsed.definition));
  auto valid = pitwall::validate(definition, options.blocks, base_directory);
  if (!valid.result)
    return error{errc::failed_precondition,
                 valid.problems.empty() ? "its definition is no longer valid"
                                        : valid.problems.front().to_string(),
                 definition_id, "put right what it says, or deploy it anew"};
  valid.result->definition_id = definition_id;
  return valid.result;
}

result<resume_route> host::wiring::route(const std::string& workflow_id,
                                         const std::string& definition_id) {
  {
    std::lock_guard lock(mutex);
    const auto it = deployed.find(workflow_id);
    if (it != deployed.end() && it->second.info.definition_id == definition_id) {
      if (it->second.handle) return resume_route{it->second.handle, it->second.workflow};
      return error{errc::unavailable, "its workflow died too often and was given up", workflow_id,
                   "deploy it again, then `pitwall executions resume`"};
    }
  }
  std::filesystem::path base_directory;
  PITWALL_TRY(made, stored_plan(workflow_id, definition_id, base_directory));
  PITWALL_TRY(older, make_deployment(made, base_directory));
  auto handle = system->spawn<workflow>(services_ref(shared), std::move(older));
  caf::anon_send(emergency_controller,
                 watch_emergency{caf::actor_cast<emergency_listener>(handle)});
  retire_workflow(handle, made->definition->bot_id);
  return resume_route{std::move(handle), std::move(made), true};
}

void host::wiring::not_restored(deployed_workflow info, const std::string& why) {
  options.log->write(log_level::error, "workflow",
                     "'" + info.id + "' is not deployed again: " + why);
  deployed_entry entry;
  if (const auto source = storage.states->get("definition/" + info.definition_id); source.ok())
    if (const auto parsed = parse_workflow(*source, {{}, info.id, info.id, {}}); parsed.definition)
      entry.bot_id = parsed.definition->bot_id;
  pause_bot(entry.bot_id, "workflow '" + info.id + "' is not deployed again: " + why);
  entry.info = std::move(info);
  entry.info.given_up = why;
  std::lock_guard lock(mutex);
  auto id = entry.info.id;
  deployed.insert_or_assign(std::move(id), std::move(entry));
}

status host::wiring::revive(const std::string& bot_id) {
  const std::lock_guard turn(deploying);
  std::vector<deployed_workflow> given_up;
  {
    std::lock_guard lock(mutex);
    for (const auto& [id, entry] : deployed)
      if (entry.bot_id == bot_id && !entry.info.given_up.empty()) given_up.push_back(entry.info);
  }
  for (auto& info : given_up) {
    std::filesystem::path base_directory;
    PITWALL_TRY(made, stored_plan(info.id, info.definition_id, base_directory));
    PITWALL_CHECK(check_orders(*made->definition, options.venues));
    info.given_up.clear();
    info.name = made->definition->name;
    info.node_count = made->nodes.size();
    spawn_workflow(made, std::move(info), base_directory);
  }
  return done{};
}

status host::wiring::restore_deployments() {
  PITWALL_TRY(stored, storage.states->scan(deployed_prefix));
  for (const auto& [key, text] : stored) {
    const auto id = key.substr(deployed_prefix.size());
    deployed_workflow info;
    info.id = id;
    auto entry = parse_json(text);
    const value* definition_id = entry.ok() ? entry->find("definition_id") : nullptr;
    const value* base = entry.ok() ? entry->find("base_directory") : nullptr;
    if (definition_id == nullptr || !definition_id->is_text() || base == nullptr) {
      not_restored(std::move(info), "its entry in the store is damaged");
      continue;
    }
    info.definition_id = definition_id->as_text();
    std::filesystem::path base_directory;
    auto made = stored_plan(id, definition_id->as_text(), base_directory);
    const auto usable =
        !made.ok() ? status(made.error()) : check_orders(*(*made)->definition, options.venues);
    if (!usable.ok()) {
      not_restored(std::move(info), usable.error().to_string());
      continue;
    }
    info.name = (*made)->definition->name;
    info.node_count = (*made)->nodes.size();
    spawn_workflow(*made, std::move(info), base->is_text() ? base->as_text() : ".");
  }
  return done{};
}

}  // namespace pitwall
