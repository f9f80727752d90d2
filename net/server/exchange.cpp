#include <atomic>
#include <exception>

#include "net/server/engine.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

/// Holds no session: a completion that is never called keeps no connection open.
class live_exchange final : public exchange, public std::enable_shared_from_this<live_exchange> {
 public:
  live_exchange(std::shared_ptr<dispatch_gate> gate, std::weak_ptr<session_base> asker,
                std::uint64_t ticket, request asked)
      : gate_(std::move(gate)),
        asker_(std::move(asker)),
        ticket_(ticket),
        asked_(std::move(asked)) {}

  ~live_exchange() override {
    if (answered_) return;
    answer(problem_reply(error{errc::deadline_exceeded,
                               "the host dropped the request without an answer", asked_.to.path,
                               "look at the host's state before the request is repeated"}));
  }

  const request& asked() const noexcept override { return asked_; }

  void answer(reply r) override {
    answered_ = true;
    tell([ticket = ticket_, r = std::move(r)](session_base& s) mutable {
      s.on_answer(ticket, std::move(r));
    });
  }

  void stream(std::string content_type, std::shared_ptr<chunk_source> source) override {
    answered_ = true;
    tell([ticket = ticket_, type = std::move(content_type), source = std::move(source)](
             session_base& s) mutable { s.on_stream(ticket, std::move(type), std::move(source)); });
  }

  void answer_after(milliseconds patience, std::function<reply()> late) override {
    tell([ticket = ticket_, patience, late = std::move(late)](session_base& s) mutable {
      s.on_answer_after(ticket, patience, std::move(late));
    });
  }

  void work(std::function<void()> job) override {
    gate_->work([self = shared_from_this(), job = std::move(job)] {
      try {
        job();
      } catch (const std::exception& failure) {
        self->answer(
            problem_reply(error{errc::internal, failure.what(), self->asked_.to.path, {}}));
      }
    });
  }

 private:
  template <class F>
  void tell(F f) {
    gate_->post([asker = asker_, f = std::move(f)]() mutable {
      if (const auto s = asker.lock()) f(*s);
    });
  }

  const std::shared_ptr<dispatch_gate> gate_;
  const std::weak_ptr<session_base> asker_;
  const std::uint64_t ticket_;
  const request asked_;
  std::atomic<bool> answered_ = false;
};

}  // namespace

void dispatch(engine& home, const std::shared_ptr<session_base>& asker, std::uint64_t ticket,
              request asked) {
  home.routes().route(
      std::make_shared<live_exchange>(home.gate(), asker, ticket, std::move(asked)));
}

}  // namespace pitwall::http
