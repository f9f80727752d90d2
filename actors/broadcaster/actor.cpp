#include "actors/broadcaster/actor.hpp"

#include <algorithm>

namespace pitwall {

broadcaster::behavior_type broadcaster::make_behavior() {
  return {[this](const publish& message) {
            std::erase_if(sinks_,
                          [&](const event_sink_ref& s) { return !s->offer(message.commit); });
          },
          [this](add_sink& message) { sinks_.push_back(std::move(message.sink)); },
          [this](remove_sink message) {
            std::erase_if(sinks_, [&](const event_sink_ref& s) { return s.get() == message.sink; });
          },
          [](put_word& message) { (*message.then)(); }};
}

void broadcaster::on_exit() { sinks_.clear(); }

}  // namespace pitwall
