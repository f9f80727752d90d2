#include "net/venues/market_rest.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "net/venues/rest_url.hpp"
#include "runtime/base/retry_after.hpp"

namespace pitwall {

namespace {

using steady = std::chrono::steady_clock;

std::uint32_t whole_ms(steady::duration d) {
  const auto ms = std::chrono::ceil<milliseconds>(d).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, 86'400'000));
}

/// The second that a `Date` names.
std::optional<timestamp> date_of(const rest_answer& answer) {
  if (answer.date.find("GMT") == std::string::npos) return std::nullopt;
  const auto since_1970 = parse_retry_after(answer.date, timestamp{});
  return since_1970 ? std::optional(timestamp(*since_1970)) : std::nullopt;
}

/// When what an answer says was so: never after it came, for a clock that is ahead makes nothing
/// younger. What came from a cache says by `Age` or, without a word of the venue's, by `Date`.
timestamp observed_at(timestamp seen, const told_times& times, const rest_answer& answer) {
  timestamp at = times.told ? std::min(seen, *times.told) : seen;
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.size() <= 9 &&
           text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (is_number(answer.age)) at = std::min(at, seen - std::chrono::seconds(std::stoul(answer.age)));
  if (times.told || !times.date) return at;
  // It may have been at the second's end.
  return std::min(at, timestamp(*times.date + std::chrono::seconds(1)));
}

}  // namespace

/// One call of ask(), until it is answered.
struct market_rest::waiter {
  const std::string symbol;
  const bool price, book;
  completion then;                      // null: it has ended
  std::atomic<bool> abandoned = false;  // any thread
  inquiry_ptr of = {};                  // on the I/O thread

  void end(result<market_data> answer) {
    of = nullptr;
    if (then) std::exchange(then, nullptr)(std::move(answer));
  }
};

/// What all who wait for the same are waiting for.
struct market_rest::inquiry {
  const std::string symbol;
  const bool price, book;
  const time latest;
  std::vector<std::shared_ptr<waiter>> waiting = {};
  std::vector<rest_call> calls = {};
  std::vector<std::shared_ptr<boost::asio::steady_timer>> timers = {};
  std::size_t missing = 0;
  market_reading got = {};
  timestamp seen = timestamp::max();
  std::optional<error> failure = {};
  bool over = false;

  // Of several failures the one that asks to wait longest.
  void fail(const error& e) {
    if (!failure || e.retry_after_ms > failure->retry_after_ms) failure = e;
  }
};

result<std::shared_ptr<market_rest>> market_rest::open(
    market_options options, std::shared_ptr<const market_dialect> dialect,
    std::shared_ptr<const wall_clock> clock) {
  PITWALL_TRY(rest, read_rest_url(options.url.empty() ? dialect->rest_url() : options.url,
                                  options.ca_file));
  rest.max_connections = options.max_connections;
  rest.headers = dialect->rest_headers();
  rest.max_body_bytes = 4U << 20U;
  return std::shared_ptr<market_rest>(new market_rest(std::move(options), std::move(dialect),
                                                      std::move(clock),
                                                      rest_client::start(std::move(rest))));
}

market_rest::market_rest(market_options options, std::shared_ptr<const market_dialect> dialect,
                         std::shared_ptr<const wall_clock> clock,
                         std::shared_ptr<rest_client> client)
    : options_(std::move(options)),
      dialect_(std::move(dialect)),
      clock_(std::move(clock)),
      client_(std::move(client)),
      window_(dialect_->limit()),
      polls_(options_.stale_after) {}

feed_time market_rest::now() const { return {clock_->now(), steady::now()}; }

feed_health market_rest::health() const {
  const std::lock_guard lock(mutex_);
  return polls_.health(now());
}

void market_rest::stop() {
  client_->post([self = shared_from_this()] {
    const error closing{
        errc::unavailable, "the venue's adapter is closing", self->options_.name, {}};
    for (const auto& [key, all] : std::exchange(self->asked_, {})) self->end(all, closing);
  });
  client_->stop();
}

// ---- who waits

cancel_call market_rest::ask(const std::string& symbol, bool price, bool book, completion then) {
  const std::shared_ptr<waiter> mine(new waiter{symbol, price, book, std::move(then)});
  if (!client_->post([self = shared_from_this(), mine] { self->join(mine); })) return {};
  // Holds nothing: a call that has ended, or an adapter that is gone, is nothing to end.
  return [self = weak_from_this(), call = std::weak_ptr(mine)] {
    const auto rest = self.lock();
    const auto left = call.lock();
    if (!rest || !left || left->abandoned.exchange(true)) return;
    rest->client_->post([rest, left] { rest->leave(left); });
  };
}

void market_rest::join(const std::shared_ptr<waiter>& mine) {
  if (mine->abandoned) return leave(mine);
  auto& known = asked_[{mine->symbol, mine->price, mine->book}];
  const bool first = known == nullptr;
  if (first)
    known = inquiry_ptr(
        new inquiry{mine->symbol, mine->price, mine->book, steady::now() + options_.timeout});
  mine->of = known;
  known->waiting.push_back(mine);
  // A copy: the answer may be there, and the entry gone, before start() returns.
  if (first) start(inquiry_ptr(known));
}

void market_rest::leave(const std::shared_ptr<waiter>& mine) {
  const auto all = mine->of;
  mine->end(error{errc::cancelled, "nobody waits for the answer any more", options_.name, {}});
  if (!all || all->over) return;
  std::erase(all->waiting, mine);
  if (all->waiting.empty()) end(all, market_data{});
}

void market_rest::end(const inquiry_ptr& all, result<market_data> answer) {
  if (std::exchange(all->over, true)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!answer.ok()) {
      polls_.fail(all->symbol, answer.error());
    } else if (all->missing > 0) {
      polls_.leave(all->symbol);
    } else {
      polls_.succeed(all->symbol, answer->observed_at, now());
    }
  }
  const auto it = asked_.find({all->symbol, all->price, all->book});
  if (it != asked_.end() && it->second == all) asked_.erase(it);
  for (const auto& timer : std::exchange(all->timers, {})) timer->cancel();
  for (const auto& call : std::exchange(all->calls, {})) client_->cancel(call);
  for (const auto& w : std::exchange(all->waiting, {})) w->end(answer);
}

// ---- what they wait for

void market_rest::start(const inquiry_ptr& all) {
  const auto questions = dialect_->ask(all->symbol, all->price, all->book, options_.depth);
  {
    const std::lock_guard lock(mutex_);
    polls_.begin(all->symbol, this->now());
  }
  const auto now = steady::now();
  all->missing = questions.size() + 1;  // Some may be answered before the last is asked.
  for (const auto& question : questions) {
    const auto at = window_.take(question.weight, now, all->latest);
    if (!at) return end(all, kept_back(window_.next(question.weight, now)));
    if (*at <= now) {
      send(all, question);
      continue;
    }
    all->timers.push_back(
        client_->after(std::chrono::ceil<milliseconds>(*at - now),
                       [self = shared_from_this(), all, question] { self->send(all, question); }));
  }
  finish_part(all);
}

error market_rest::kept_back(time until) const {
  const auto now = steady::now();
  const bool asked = window_.closed_until() > now;
  error e{errc::resource_exhausted,
          asked ? "the venue has asked for a pause, which is not over; it was not asked"
                : "so much is asked of the venue that this would not leave in time; it was not "
                  "asked",
          options_.name, "ask less often"};
  e.retry_after_ms = whole_ms(until - now);
  return e;
}

void market_rest::send(const inquiry_ptr& all, const market_question& question) {
  if (all->over) return;
  // Nothing to ask for any more: another part has failed meanwhile.
  if (all->failure) return end(all, *all->failure);
  const auto left = std::chrono::ceil<milliseconds>(all->latest - steady::now());
  // Meanwhile the venue may have asked for a pause.
  if (window_.closed_until() > steady::now()) return end(all, kept_back(window_.closed_until()));
  all->calls.push_back(
      client_->ask({"GET", [target = question.target] { return std::optional(target); },
                    std::max(left, milliseconds(1)), rest_rank::last},
                   [self = shared_from_this(), all, question](rest_answer answer) {
                     self->on_answer(all, question, std::move(answer));
                   }));
}

status market_rest::read(const market_question& question, const rest_answer& answer,
                         market_reading& into) {
  if (answer.fate != rest_fate::answered)
    return error{answer.late ? errc::deadline_exceeded : errc::unavailable,
                 answer.reason,
                 {},
                 "look at the venue's state, and ask again"};
  if (answer.status / 100 == 2) return dialect_->read(question, answer.body, into);
  return dialect_->refusal(answer.status, answer.body, answer.retry_after, clock_->now());
}

void market_rest::on_answer(const inquiry_ptr& all, const market_question& question,
                            rest_answer answer) {
  if (all->over) return;
  all->got.told_at.reset();
  auto outcome = read(question, answer, all->got);
  if (outcome.ok()) outcome = is_news(all, question, answer);
  if (!outcome.ok()) {
    auto e = std::move(outcome).error();
    e.where = options_.name + " " + all->symbol + (e.where.empty() ? "" : ": " + e.where);
    if (e.code == errc::resource_exhausted) {
      if (e.retry_after_ms == 0) e.retry_after_ms = whole_ms(options_.pause);
      window_.close_until(steady::now() + milliseconds(e.retry_after_ms));
    }
    all->fail(e);
  }
  finish_part(all);
}

status market_rest::is_news(const inquiry_ptr& all, const market_question& question,
                            const rest_answer& answer) {
  const auto seen = now();
  const told_times times{all->got.told_at, date_of(answer)};
  const auto observed = observed_at(seen.wall, times, answer);
  // Of several parts the oldest counts.
  all->seen = std::min(all->seen, observed);
  const std::lock_guard lock(mutex_);
  return polls_.judge(all->symbol, question.target, times, observed, seen);
}

void market_rest::finish_part(const inquiry_ptr& all) {
  if (all->over || --all->missing > 0) return;
  if (all->failure) return end(all, *all->failure);
  market_data data;
  data.observed_at = all->seen;
  if (all->got.price) data.price_feed = value(*all->got.price);
  if (all->got.book) {
    auto& book = *all->got.book;
    for (auto* side : {&book.bids, &book.asks})
      if (side->size() > options_.depth) side->resize(options_.depth);
    data.orderbook = book_value(book.bids, book.asks, all->seen);
  }
  end(all, std::move(data));
}

}  // namespace pitwall
