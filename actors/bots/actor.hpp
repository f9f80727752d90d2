// Job: the bots actor (protocol.hpp). `decided_` is the state as of the events sent to the journal;
//      the board is what workflows go by.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "actors/bots/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/bot_board.hpp"

namespace pitwall {

struct bots_options {
  std::shared_ptr<bot_board> board;  ///< With what was restored in it.
  std::shared_ptr<const wall_clock> clock;
  journal_writer_actor writer;
};

class bots : public resident<bots_actor> {
 public:
  bots(caf::actor_config& cfg, bots_options options);

  const char* name() const override { return "bots"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct waiting {
    std::string bot_id;
    bot_condition opens;  ///< What the board shows once it is durable, where it opens.
    std::uint64_t generation = 0;
    caf::typed_response_promise<bot_outcome> promise;
    bot_outcome outcome;
  };
  struct decided {
    bot_state state = bot_state::running;
    std::uint64_t generation = 0;
    std::string operator_name{};  ///< Who said so last.
  };

  caf::result<bot_outcome> steer(const steer_bot& message);
  void on_durable(const durable& message);

  bots_options options_;
  std::map<std::string, decided> decided_;
  std::map<std::uint64_t, waiting> waiting_;  ///< By ticket.
  std::uint64_t last_ticket_ = 0;
};

}  // namespace pitwall
