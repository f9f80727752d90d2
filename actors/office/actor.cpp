#include "actors/office/actor.hpp"

#include <utility>

namespace pitwall {
namespace {

/// To itself: the back-off of this term's holder is over.
struct settle_in {
  std::uint32_t term = 0;
};

}  // namespace
}  // namespace pitwall

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::settle_in)

namespace pitwall {

office::office(caf::actor_config& cfg, office_options options)
    : caf::event_based_actor(cfg), options_(std::move(options)), history_(options_.limits) {}

caf::behavior office::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) {
    if (!holder_ || holder_.address() != message.source) return;
    holder_ = nullptr;
    if (message.reason && message.reason != caf::exit_reason::user_shutdown)
      vacated(home_system().render(message.reason));
  });
  set_default_handler([this](caf::scheduled_actor*, caf::message_view&) { return pass_on(); });
  appoint();
  return {[this](const settle_in& m) {
    if (m.term == term_ && holder_ && options_.settled_in) options_.settled_in(m.term);
  }};
}

void office::on_exit() {
  if (holder_) send_exit(holder_, caf::exit_reason::user_shutdown);
  holder_ = nullptr;
  options_ = {};
}

void office::appoint() {
  auto next = options_.appoint(home_system(), term_);
  if (!next.ok()) return vacated(next.error().to_string());
  holder_ = std::move(*next);
  monitor(holder_);
}

void office::vacated(std::string why) {
  const auto wait = history_.on_failure(options_.clock->now());
  if (!wait) {
    options_.log->write(log_level::error, "supervisor",
                        options_.name + " died too often and is given up: " + why);
    holder_ = options_.given_up(home_system(),
                                error{errc::unavailable, options_.name + " died too often: " + why,
                                      options_.name, "restart the host once the cause is gone"});
    return;
  }
  options_.log->write(log_level::error, "supervisor",
                      options_.name + " died and is replaced: " + why);
  ++term_;
  const auto term = term_;
  delayed_send(this, std::chrono::duration_cast<std::chrono::milliseconds>(*wait), settle_in{term});
  appoint();
}

caf::result<caf::message> office::pass_on() {
  if (!holder_) return caf::make_error(caf::sec::request_receiver_down, options_.name);
  auto& letter = *current_mailbox_element();
  const auto id = letter.mid;
  letter.mid.mark_as_answered();  // By the holder.
  caf::actor_cast<caf::abstract_actor*>(holder_)->enqueue(
      letter.sender, id, letter.move_content_to_message(), context());
  return caf::delegated<caf::message>{};
}

}  // namespace pitwall
