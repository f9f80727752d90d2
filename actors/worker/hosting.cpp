// Job: from a host's word to a node that runs here.
#include <algorithm>
#include <exception>
#include <utility>

#include "actors/worker/actor.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"

namespace pitwall {
namespace {

/// A property that names a file of the host's; empty: none does.
std::string file_property(const block_definition& b) {
  if (b.type == "replay" && b.properties.find("file") != nullptr) return "file";
  const value* headers = b.type == "http" ? b.properties.find("headers") : nullptr;
  if (headers == nullptr || !headers->is_object()) return {};
  for (const auto& [name, given] : headers->as_object())
    if (!given.is_text()) return "headers/" + name;
  return {};
}

const block_definition* block_of(const workflow_definition& d, const std::string& id) {
  for (const auto& b : d.blocks)
    if (b.id == id) return &b;
  return nullptr;
}

std::string first_of(const std::vector<problem>& problems) {
  for (const auto& p : problems)
    if (p.level == problem::severity::error) return p.to_string();
  return "it has no blocks";
}

result<std::shared_ptr<const block>> make_block(const plan& p, const plan_node& n) {
  const auto* written = block_of(*p.definition, n.identity->id);
  try {
    auto made = n.type->make(block_config{*written, n.input_names, {}});
    if (!made.ok()) return std::move(made).error();
    return std::shared_ptr<const block>(std::move(*made));
  } catch (const std::exception& e) {
    return error{errc::internal, std::string("the block could not be made: ") + e.what(), {}, {}};
  }
}

}  // namespace

result<std::shared_ptr<const plan>> worker::plan_of(const std::string& text) {
  if (const auto known = plans_.find(text); known != plans_.end()) return known->second;
  auto parsed = parse_workflow(text);
  if (!parsed.definition)
    return error{errc::invalid_argument,
                 "the workflow cannot be read here: " + first_of(parsed.problems),
                 {},
                 {}};
  for (const auto& b : parsed.definition->blocks)
    if (const auto property = file_property(b); !property.empty())
      return error{
          errc::failed_precondition,
          "block '" + b.id + "' reads a file (" + property + "), which a worker does not have",
          {},
          "take the `placement` out of this workflow, or the file"};
  auto valid = validate(std::make_shared<const workflow_definition>(std::move(*parsed.definition)),
                        *options_.blocks);
  if (!valid.result)
    return error{errc::invalid_argument,
                 "the workflow is not valid here: " + first_of(valid.problems),
                 {},
                 {}};
  plans_[text] = valid.result;
  return std::shared_ptr<const plan>(valid.result);
}

hosted worker::epoch_over() {
  hosted out;
  out.failure = wire_error(error{errc::aborted, "its epoch is over", {}, {}});
  return out;
}

hosted worker::host(host_node& m) {
  const auto failed = [](const error& why) {
    hosted out;
    out.failure = wire_error(why);
    return out;
  };
  if (m.epoch != epoch_ || epoch_ == 0) return epoch_over();
  auto found = plan_of(m.definition);
  if (!found.ok()) return failed(found.error());
  const auto& p = *found;
  for (const auto& n : p->nodes) {
    if (n.identity->id != m.block_id) continue;
    auto made = make_block(*p, n);
    if (!made.ok()) return failed(made.error());
    node_setup setup{shared_, p, n.index, std::move(*made), {m.version, std::move(m.state)}};
    setup.for_another_host = true;
    node_actor handle = spawn<pitwall::node, caf::monitored>(std::move(setup));
    nodes_[m.number] = handle;
    return {std::move(handle), {}};
  }
  return failed({errc::not_found, "the workflow has no block '" + m.block_id + "'", {}, {}});
}

void worker::open_desk(const std::string& venue) {
  auto& room =
      desks_.try_emplace(venue, desk_room{{}, restart_intensity(desk_restarts)}).first->second;
  // A thread of its own may not be had now.
  try {
    room.desk = options_.desks.at(venue)();
    monitor(room.desk);
    return;
  } catch (const std::exception& e) {
    room.desk = nullptr;
    room.trouble = std::string("could not be made: ") + e.what();
  }
  options_.log->write(log_level::error, "worker",
                      "the desk of venue '" + venue + "' " + room.trouble);
}

bool worker::desk_down(const caf::down_msg& m) {
  const auto it = std::find_if(desks_.begin(), desks_.end(), [&](const auto& d) {
    return d.second.desk && d.second.desk.address() == m.source;
  });
  if (it == desks_.end()) return false;
  auto& [venue, room] = *it;
  room.desk = nullptr;
  if (m.reason == caf::exit_reason::user_shutdown) return true;
  const bool again = room.deaths.on_failure(options_.clock->now()).has_value();
  room.given_up = !again;
  room.trouble = "died too often";
  options_.log->write(log_level::error, "worker",
                      "the desk of venue '" + venue + "' died and is " +
                          (again ? "replaced: " : "given up, as it does so too often: ") +
                          home_system().render(m.reason));
  if (again) open_desk(venue);
  return true;
}

hosted_desk worker::desk_for(const host_desk& m) {
  hosted_desk out;
  const auto at = desks_.find(m.venue);
  const bool is_ours = m.epoch == epoch_ && epoch_ != 0 && at != desks_.end();
  if (is_ours && !at->second.desk && !at->second.given_up) open_desk(m.venue);
  if (m.epoch != epoch_ || epoch_ == 0)
    out.failure = wire_error(error{errc::unavailable, "its epoch is over", {}, {}});
  else if (at == desks_.end())
    out.failure = wire_error(
        error{errc::unavailable,
              "it has no venue '" + m.venue + "' that takes orders",
              {},
              "configure venues." + m.venue + " there, or give other labels to one of them"});
  else if (!at->second.desk)
    out.failure =
        wire_error(error{errc::unavailable,
                         "its desk of venue '" + m.venue + "' " + at->second.trouble,
                         {},
                         at->second.given_up ? "look at the worker's log, and restart the worker"
                                             : "it is tried again; look at the worker's machine"});
  else
    out.desk = at->second.desk;
  return out;
}

}  // namespace pitwall
