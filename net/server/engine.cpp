#include "net/server/engine.hpp"

#include <time.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "net/server/problem_reply.hpp"
#include "net/thread_turn.hpp"

namespace pitwall::http {

namespace {

/// Of the calling thread.
std::chrono::nanoseconds busy_so_far() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Of a stranger nothing is read beyond the header.
bool has_body(const wire_request& head) {
  using boost::beast::http::field;
  return head.count(field::transfer_encoding) > 0 ||
         (head.count(field::content_length) > 0 && head[field::content_length] != "0");
}

}  // namespace

standing standing_of(const caller& from, const pass& in, bool done, bool silent) noexcept {
  if (from.by == door::open && silent && in.may == access::scopes{}) return standing::stranger;
  if (!done) return standing::busy;
  return from.by == door::open ? standing::guest : standing::owner;
}

engine::engine(router routes, publications published, const server_options& options, log_port* log)
    : options_(options),
      published_(std::move(published)),
      log_(log),
      routes_(std::move(routes)),
      pace_(options.pace),
      io_(1),
      wake_timer_(io_),
      workers_(std::max<std::size_t>(options.workers, 1)),
      gate_(std::make_shared<dispatch_gate>(io_, workers_)),
      keep_running_(io_.get_executor()) {}

engine::~engine() { stop(); }

void engine::log(log_level level, std::string_view message) const {
  if (log_ != nullptr) log_->write(level, "http", message);
}

void engine::add(std::unique_ptr<listener_base> l) { listeners_.push_back(std::move(l)); }

void engine::run() {
  if (published_) {
    publication_ = published_([this, gate = gate_] {
      // One wake in the queue is enough however fast events come.
      if (wake_pending_.exchange(true)) return;
      gate->post([this] { pace_wake(); });
    });
  }
  for (const auto& l : listeners_) gate_->post([&l] { l->start(); });
  thread_ = std::thread([this] { loop(); });
}

void engine::loop() {
  if (options_.yields) yield_to_trading();
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::exception& failure) {
      log(log_level::error, failure.what());
    }
  }
}

void engine::pace_wake() {
  const auto wait = pace_.wait(busy_so_far());
  if (wait.count() == 0) return wake_streams();
  wake_timer_.expires_after(wait);
  wake_timer_.async_wait([this](auto cancelled) {
    if (!cancelled) wake_streams();
  });
}

void engine::wake_streams() {
  pace_.round_begins(busy_so_far());
  // An exchange, not a store: what was published before the flag was set must be seen below.
  wake_pending_.exchange(false);
  for (const auto& s : live()) s->on_wake();
}

void engine::begin_drain() {
  for (const auto& l : listeners_) l->close();
  // What was published before waits no more; who drains is told nothing else.
  wake_timer_.cancel();
  if (wake_pending_) wake_streams();
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    if (sessions_.empty()) emptied_.notify_all();
  }
  for (const auto& s : live()) s->drain();
}

void engine::cut() {
  for (const auto& s : live()) s->abort();
  io_.stop();
}

void engine::begin_stop() {
  std::call_once(begun_to_stop_, [this] {
    publication_.reset();
    cut_at_ = std::chrono::steady_clock::now() + options_.stop_grace;
    gate_->post([this] { begin_drain(); });
  });
}

void engine::stop() {
  begin_stop();
  std::call_once(stopped_, [this] {
    if (thread_.joinable()) {
      std::unique_lock lock(mutex_);
      const bool in_time =
          emptied_.wait_until(lock, cut_at_, [this] { return draining_ && sessions_.empty(); });
      lock.unlock();
      if (!in_time) log(log_level::warning, "requests that did not end in time were cut off");
      gate_->post([this] { cut(); });
      gate_->close();
      thread_.join();
    }
    gate_->close();
    workers_.join();
  });
}

std::size_t engine::places(door where) const noexcept {
  const std::size_t kept = std::min(options_.private_connections, options_.max_connections / 4);
  return options_.max_connections - (where == door::open ? kept : 0);
}

bool engine::make_room(door where) {
  if (sessions_.size() < places(where)) return true;
  auto least = where == door::open ? standing::owner : standing::busy;
  session_base* goes = nullptr;
  for (const auto& [number, s] : sessions_) {
    if (s->stands() >= least) continue;
    least = s->stands();
    goes = s;
  }
  if (goes == nullptr) return false;
  goes->abort();
  return true;
}

std::variant<pass, reply> engine::admit(const wire_request& head, const caller& from) const {
  if (guard_ == nullptr || from.by == door::for_owner) return pass{};
  const bool is_head = head.method() == boost::beast::http::verb::head;
  const auto to = parse_target(head.target());
  const auto method = is_head ? "GET" : head.method_string();
  auto admitted =
      guard_->admit(head, from, to.ok() ? routes_.needed(method, *to) : access::scope::read);
  const auto* in = std::get_if<pass>(&admitted);
  if (in == nullptr || in->may != access::scopes{} || !has_body(head)) return admitted;
  return problem_reply(
      error{errc::resource_exhausted, "this takes no body", {}, "send it without one"}, 413);
}

bool engine::still_admits(const pass& p, const caller& from) const {
  return guard_ == nullptr || from.by == door::for_owner || guard_->is_good(p);
}

void engine::recheck() {
  for (const auto& s : live()) s->recheck();
}

milliseconds engine::idle_timeout(bool served) const noexcept {
  return served ? options_.idle_timeout : std::min(options_.idle_timeout, options_.request_timeout);
}

std::uint64_t engine::enter(session_base& s) {
  const std::lock_guard lock(mutex_);
  sessions_.emplace(++entered_, &s);
  return entered_;
}

void engine::leave(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(number);
  if (sessions_.empty()) emptied_.notify_all();
}

std::size_t engine::connections() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void engine::count_cut(cut_kind who, cut_reason why) noexcept {
  cuts_[static_cast<std::size_t>(who)][static_cast<std::size_t>(why)].fetch_add(1);
}

std::vector<cut_count> engine::cuts() const {
  constexpr std::array<std::string_view, 4> reasons{"too_slow", "too_many_requests", "silent",
                                                    "refused"};
  std::vector<cut_count> all;
  for (std::size_t i = 0; i < reasons.size(); ++i)
    all.push_back({"websocket", reasons[i], cuts_[0][i]});
  // A stream of events says nothing that could be refused later.
  all.push_back({"sse", reasons[0], cuts_[1][0]});
  return all;
}

bool engine::enter_stream() noexcept {
  if (streams_ >= options_.max_streams) return false;
  ++streams_;
  return true;
}

std::vector<std::shared_ptr<session_base>> engine::live() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<session_base>> all;
  all.reserve(sessions_.size());
  for (const auto& [number, s] : sessions_) {
    if (auto alive = s->weak_from_this().lock()) all.push_back(std::move(alive));
  }
  return all;
}

}  // namespace pitwall::http
