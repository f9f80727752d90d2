#include "actors/breakers/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

breakers::breakers(caf::actor_config& cfg, breakers_options options)
    : resident(cfg, "breakers"), options_(std::move(options)) {}

breakers::behavior_type breakers::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) {
    for (auto& [name, handle] : known_) {
      if (handle.address() != message.source) continue;
      options_.log->write(log_level::error, "breaker",
                          name + " died and is made anew: " + home_system().render(message.reason));
      handle = make(name);
      return;
    }
  });
  for (const auto& name : options_.at_start) known_[name] = make(name);
  return {[this](const find_breaker& m) { return find(m); },
          [this](list_breakers) { return list(); },
          [this](const steer_named& m) { return steer(m); }};
}

void breakers::on_exit() {
  for (auto& [name, handle] : known_) send_exit(handle, caf::exit_reason::user_shutdown);
  known_.clear();
  options_ = {};
}

breaker_actor breakers::make(const std::string& name) {
  value restored;
  if (auto stored = options_.history->breaker_states(); !stored.ok()) {
    options_.log->write(
        log_level::error, "breaker",
        name + " starts closed, its state cannot be read: " + stored.error().to_string());
  } else {
    for (auto& s : *stored)
      if (s.breaker == name) restored = std::move(s.snapshot);
  }
  return spawn<breaker, caf::monitored>(
      breaker_options{name, options_.limits(name), std::move(restored),
                      options_.seed ^ std::hash<std::string>{}(name), options_.clock, options_.log,
                      options_.writer});
}

caf::result<breaker_actor> breakers::find(const find_breaker& message) {
  auto& handle = known_[message.name];
  if (handle) return handle;
  if (known_.size() > max_breakers) {
    known_.erase(message.name);
    return caf::make_error(caf::sec::runtime_error, "there are too many circuit breakers");
  }
  handle = make(message.name);
  return handle;
}

caf::result<std::vector<breaker_report>> breakers::list() {
  auto promise = make_response_promise<std::vector<breaker_report>>();
  auto all = std::make_shared<std::vector<breaker_report>>();
  auto missing = std::make_shared<std::size_t>(known_.size());
  auto one_less = [all, missing, promise]() mutable {
    if (--*missing > 0) return;
    std::sort(all->begin(), all->end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    promise.deliver(std::move(*all));
  };
  for (const auto& [name, handle] : known_)
    request(handle, caf::infinite, ask_breaker{})
        .then(
            [all, one_less](breaker_report& r) mutable {
              all->push_back(std::move(r));
              one_less();
            },
            [one_less](caf::error&) mutable { one_less(); });
  if (known_.empty()) promise.deliver(std::vector<breaker_report>{});
  return promise;
}

caf::result<breaker_report> breakers::steer(const steer_named& message) {
  const auto known = known_.find(message.name);
  if (known == known_.end())
    return caf::make_error(caf::sec::runtime_error,
                           "there is no circuit breaker '" + message.name + "'");
  auto promise = make_response_promise<breaker_report>();
  request(known->second, caf::infinite, message.how)
      .then([promise](breaker_report& r) mutable { promise.deliver(std::move(r)); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

}  // namespace pitwall
