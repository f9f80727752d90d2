#include "net/venues/rest_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "net/venues/rest_connection.hpp"

namespace pitwall {

namespace asio = boost::asio;

namespace {

rest_answer never_sent(std::string reason) {
  return {rest_fate::not_sent, 0, {}, {}, std::move(reason)};
}

constexpr const char* closing = "the venue's adapter is closing";
constexpr const char* unwanted = "nobody waits for the answer any more";

}  // namespace

std::shared_ptr<rest_client> rest_client::start(rest_options options) {
  std::shared_ptr<rest_client> made(new rest_client(std::move(options)));
  made->thread_ = std::thread([made] { made->loop(); });
  return made;
}

rest_client::rest_client(rest_options options)
    : options_(std::move(options)), keep_running_(io_.get_executor()) {}

rest_client::~rest_client() = default;

void rest_client::loop() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::exception&) {
      // A completion's own failure; the others are still owed their answers.
    }
  }
}

bool rest_client::post(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return false;
  asio::post(io_, std::move(call));
  return true;
}

rest_call rest_client::ask(rest_question asked, std::function<void(rest_answer)> then) {
  const auto patience = asked.patience;
  const std::shared_ptr<rest_job> job(
      new rest_job{std::move(asked), std::move(then), asio::steady_timer(io_, patience)});
  if (!post([self = shared_from_this(), job] { self->accept(job); })) {
    end(*job, never_sent(closing));
  }
  return job;
}

void rest_client::cancel(const rest_call& call) {
  const auto job = call.lock();
  if (!job || job->unwanted.exchange(true)) return;
  post([self = shared_from_this(), job] { self->drop(job, unwanted); });
}

void rest_client::every(milliseconds interval, std::function<void()> call) {
  post([self = shared_from_this(), interval, call = std::move(call)]() mutable {
    auto timer = std::make_shared<asio::steady_timer>(self->io_);
    self->timers_.push_back(timer);
    self->arm(timer, interval, std::move(call));
  });
}

std::shared_ptr<asio::steady_timer> rest_client::after(milliseconds wait,
                                                       std::function<void()> call) {
  auto timer = std::make_shared<asio::steady_timer>(io_, wait);
  timer->async_wait([timer, call = std::move(call)](boost::system::error_code ec) {
    if (!ec) call();
  });
  return timer;
}

void rest_client::arm(const std::shared_ptr<asio::steady_timer>& timer, milliseconds interval,
                      std::function<void()> call) {
  timer->expires_after(interval);
  timer->async_wait([self = shared_from_this(), timer, interval,
                     call = std::move(call)](boost::system::error_code ec) mutable {
    if (ec || self->shut_) return;
    self->arm(timer, interval, call);
    call();
  });
}

void rest_client::accept(const std::shared_ptr<rest_job>& job) {
  if (shut_) {
    end(*job, never_sent(closing));
    return;
  }
  job->deadline.async_wait([self = shared_from_this(), job](boost::system::error_code ec) {
    if (ec || job->ended) return;
    job->late = true;
    self->drop(job, "no answer within " + std::to_string(job->asked.patience.count()) + " ms");
  });
  waiting_[static_cast<std::size_t>(job->asked.rank)].push_back(job);
  dispatch();
}

/// Null where all that this rank may use are busy.
std::shared_ptr<rest_connection> rest_client::idle_connection(bool first) {
  const auto own = std::max<std::size_t>(options_.max_connections, 1);
  const auto for_first = options_.more_for_first;
  std::shared_ptr<rest_connection> idle;
  std::size_t with_first = 0, with_others = 0;
  for (const auto& c : connections_) {
    if (!c->busy()) {
      if (!idle) idle = c;
    } else if (for_first > 0 && c->job()->asked.rank == rest_rank::first) {
      ++with_first;
    } else {
      ++with_others;
    }
  }
  if (first && for_first > 0 ? with_first >= for_first : with_others >= own) return nullptr;
  if (idle) return idle;
  connections_.push_back(std::make_shared<rest_connection>(io_, options_));
  return connections_.back();
}

void rest_client::dispatch() {
  for (auto& queue : waiting_) {
    const bool first = &queue == waiting_.data();
    while (!queue.empty()) {
      const auto free = idle_connection(first);
      if (free == nullptr) break;
      const auto job = queue.front();
      queue.pop_front();
      free->run(job, [self = shared_from_this(), job](rest_answer answer) {
        // Later, so that a connection which ends at once does not call back into this loop.
        asio::post(self->io_, [self] { self->dispatch(); });
        end(*job, std::move(answer));
      });
    }
  }
}

void rest_client::drop(const std::shared_ptr<rest_job>& job, const std::string& reason) {
  if (job->ended) return;
  const auto its = std::find_if(connections_.begin(), connections_.end(),
                                [&](const auto& c) { return c->job() == job.get(); });
  if (its != connections_.end()) {
    // Not used again: handlers of what it was at may still be on their way to it.
    const auto cut = *its;
    connections_.erase(its);
    cut->cut(reason);
    return;
  }
  std::erase(waiting_[static_cast<std::size_t>(job->asked.rank)], job);
  end(*job, never_sent(job->late ? reason + ": it waited for a connection all the time" : reason));
}

void rest_client::end(rest_job& job, rest_answer answer) {
  if (std::exchange(job.ended, true)) return;
  job.deadline.cancel();
  answer.late = job.late;
  const auto then = std::exchange(job.then, nullptr);
  // Whatever the question holds must not outlive its answer.
  job.asked.target = nullptr;
  then(std::move(answer));
}

void rest_client::shut_down() {
  shut_ = true;
  for (const auto& t : timers_) t->cancel();
  timers_.clear();
  for (auto& queue : waiting_) {
    for (const auto& job : std::exchange(queue, {})) end(*job, never_sent(closing));
  }
  for (const auto& c : std::exchange(connections_, {})) c->cut(closing);
  keep_running_.reset();
}

void rest_client::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    // Behind everything that was posted before.
    if (std::this_thread::get_id() != thread_.get_id()) {
      asio::post(io_, [self = shared_from_this()] { self->shut_down(); });
    }
  }
  if (std::this_thread::get_id() != thread_.get_id()) {
    thread_.join();
    return;
  }
  shut_down();
  thread_.detach();
}

}  // namespace pitwall
