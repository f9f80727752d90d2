// Job: the configuration of every actor system of the house: all its message types, and where the
//      mail is counted that waits, and that nobody takes.
#pragma once

#include <caf/actor_system_config.hpp>
#include <memory>

#include "runtime/ports/dead_letters.hpp"
#include "runtime/ports/mailbox_depths.hpp"

namespace pitwall {

void add_message_types(caf::actor_system_config& config);

struct house_config : caf::actor_system_config {
  house_config() { pitwall::add_message_types(*this); }
  std::shared_ptr<dead_letters> letters = std::make_shared<dead_letters>();
  std::shared_ptr<mailbox_depths> mailboxes = std::make_shared<mailbox_depths>();
};

}  // namespace pitwall
