#include "actors/supervisor/actor.hpp"

#include <utility>

namespace pitwall {

supervisor::supervisor(caf::actor_config& cfg, supervisor_options options)
    : resident(cfg, "supervisor"), options_(std::move(options)) {}

supervisor::behavior_type supervisor::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) { on_down(message); });
  return {[this](supervise& message) {
            auto name = message.recipe->name;
            forget(name);
            auto it = children_.emplace(std::move(name), child{std::move(message.recipe), nullptr,
                                                               restart_intensity(options_.limits)});
            start(it.first->second);
          },
          [this](const restart_child& message) {
            auto it = children_.find(message.name);
            if (it != children_.end() && !it->second.handle) start(it->second);
          },
          [this](const let_go& message) { forget(message.name); }};
}

void supervisor::forget(const std::string& name) {
  const auto it = children_.find(name);
  if (it == children_.end()) return;
  if (it->second.handle) {  // Null: given up, or it waits to be restarted.
    demonitor(it->second.handle);
    const auto& replaced = it->second.recipe->replaced;
    if (replaced)
      replaced(it->second.handle);
    else
      send_exit(it->second.handle, caf::exit_reason::user_shutdown);
  }
  children_.erase(it);
}

void supervisor::on_exit() {
  for (auto& [name, c] : children_)
    if (c.handle) send_exit(c.handle, caf::exit_reason::user_shutdown);
  children_.clear();
  options_ = {};
}

void supervisor::start(child& c) {
  c.handle = c.recipe->start(home_system());
  monitor(c.handle);
  if (c.recipe->started) c.recipe->started(c.handle);
}

void supervisor::on_down(const caf::down_msg& message) {
  for (auto& [name, c] : children_) {
    if (!c.handle || c.handle.address() != message.source) continue;
    c.handle = nullptr;
    // An actor that ends without an error, or was told to, has done its work.
    if (!message.reason || message.reason == caf::exit_reason::user_shutdown) return;
    const auto why = home_system().render(message.reason);
    const auto wait = c.history.on_failure(options_.clock->now());
    if (wait) {
      options_.log->write(log_level::error, "supervisor", name + " died and is restarted: " + why);
      delayed_send(this, *wait, restart_child{name});
    } else {
      options_.log->write(log_level::error, "supervisor",
                          name + " died too often and is given up: " + why);
      if (c.recipe->given_up)
        c.recipe->given_up(error{errc::unavailable, name + " died too often: " + why, name,
                                 "deploy it again once the cause is gone"});
    }
    return;
  }
}

}  // namespace pitwall
