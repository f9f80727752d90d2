// Job: answers that the host owes: they come even where the actor that was asked ends first, and
//      where it matters only after what they speak of can be read.
// Threads: `then` runs on whichever thread drops or answers it.
// Tests: tests/host/waited_start_test.cpp, busy_scheduler_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "actors/journal_writer/protocol.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall {

/// An answer that is due. Whoever drops the message, and be it a dead actor's mailbox, answers it
/// with `otherwise`.
template <class T>
class answer_promise {
 public:
  answer_promise(control::completion<T> then, result<T> otherwise)
      : then_(std::move(then)), otherwise_(std::move(otherwise)) {}
  ~answer_promise() { answer_otherwise(); }
  answer_promise(const answer_promise&) = delete;
  answer_promise& operator=(const answer_promise&) = delete;

  void answer(result<T> a) {
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(a));
  }
  void answer_otherwise() { answer(std::move(otherwise_)); }

 private:
  control::completion<T> then_;
  result<T> otherwise_;
};

/// Answers once all that is durable now has been published: who is told of an end finds its events.
/// Where the host stops meanwhile, at once.
template <class T>
control::completion<T> after_publication(journal_writer_actor writer, control::completion<T> then) {
  return [writer = std::move(writer), then = std::move(then)](result<T> a) mutable {
    if (!a.ok()) return then(std::move(a));
    const auto late = std::make_shared<answer_promise<T>>(std::move(then), std::move(a));
    caf::anon_send(writer, put_word{std::make_shared<const std::function<void()>>(
                               [late] { late->answer_otherwise(); })});
  };
}

}  // namespace pitwall
