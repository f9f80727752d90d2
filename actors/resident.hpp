// Job: the base of every actor of the house. It sees the mail that CAF drops without a word, and
//      counts it (runtime/ports/dead_letters.hpp): what comes after the actor has ended, what it
//      leaves unread when it ends, what its behaviour does not know, and answers to a question that
//      nobody asks any more.
// How: CAF 0.17.6 has no hook for dropped mail (its profiler is not built in on Debian), but
//      enqueue, consume and cleanup are virtual. What is sent in the very moment in which the
//      mailbox closes may be missed; nothing is counted twice. Exits, downs and timeouts are not
//      counted, nor are alarms and ticks: they come to the dead as a matter of course.
//      Of the actors that live long it also counts the mail that waits.
// Cost: one atomic read for each message; two relaxed additions where its mail is counted.
// Tests: tests/actors/dead_letters_test.cpp, tests/actors/mailbox_depths_test.cpp
#pragma once

#include <caf/all.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <memory>
#include <utility>

#include "actors/message_types.hpp"
#include "runtime/ports/dead_letters.hpp"
#include "runtime/ports/mailbox_depths.hpp"

namespace pitwall {

/// Of a message: as C++ spells its first type. Empty: not to be counted.
/// `too_late`: its receiver has ended.
std::string kind_of(const caf::mailbox_element& letter, bool too_late);

template <class Handle>
class resident : public Handle::base {
  using super = typename Handle::base;

 public:
  /// `counted`: the name under which its waiting mail is shown; null: it is not, as of executions
  /// and their nodes, which come and go too fast for it.
  explicit resident(caf::actor_config& cfg, const char* counted = nullptr) : super(cfg) {
    if (const auto* c = dynamic_cast<const house_config*>(&this->home_system().config())) {
      letters_ = c->letters;
      if (counted != nullptr) depth_ = c->mailboxes->open(counted);
    }
    this->set_default_handler(
        [this](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
          if (const auto* letter = this->current_mailbox_element()) dead(*letter, false);
          return caf::sec::unexpected_message;
        });
  }

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr letter, caf::execution_unit* unit) override {
    const bool too_late = this->mailbox().closed();
    if (letter && too_late) dead(*letter);
    if (depth_ && !too_late) depth_->came();
    super::enqueue(std::move(letter), unit);
  }

  using super::consume;
  caf::invoke_message_result consume(caf::mailbox_element& letter) override {
    const bool is_answer = letter.mid.is_response();
    const auto how = super::consume(letter);
    if (is_answer && how == caf::invoke_message_result::dropped) dead(letter);
    if (depth_ && how != caf::invoke_message_result::skipped) depth_->taken();
    return how;
  }

  bool cleanup(caf::error&& why, caf::execution_unit* unit) override {
    if (!this->mailbox().closed()) {
      // As CAF does it right after, but for the counting.
      this->mailbox().close();
      this->get_normal_queue().flush_cache();
      this->get_urgent_queue().flush_cache();
      leftovers visit{this, caf::detail::sync_request_bouncer(why)};
      while (this->mailbox().queue().new_round(1'000, visit).consumed_items > 0) continue;
    }
    if (depth_) depth_->closed();
    return super::cleanup(std::move(why), unit);
  }

 private:
  struct leftovers {
    resident* self;
    caf::detail::sync_request_bouncer bounce;

    void operator()(const caf::mailbox_element& letter) const {
      self->dead(letter);
      bounce(letter);
    }
    /// The queues of a mailbox are nested.
    template <class Key, class Queue, class... Rest>
    caf::intrusive::task_result operator()(const Key&, const Queue&, const Rest&... rest) const {
      (*this)(rest...);
      return caf::intrusive::task_result::resume;
    }
  };

  void dead(const caf::mailbox_element& letter, bool too_late = true) const {
    if (!letters_) return;
    if (const auto what = kind_of(letter, too_late); !what.empty())
      letters_->count(this->name(), what);
  }

  std::shared_ptr<dead_letters> letters_;
  std::shared_ptr<mailbox_depth> depth_;  ///< Null: not counted.
};

}  // namespace pitwall
