#include "net/venues/binance_link.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/base/retry_after.hpp"

namespace pitwall {

namespace {

constexpr const char* time_path = "/api/v3/time";

std::string target_of(const std::string& path, const std::string& parameters) {
  return parameters.empty() ? path : path + "?" + parameters;
}

// Rounded up: whoever waits so long does not come too early.
std::uint32_t read_wait(const std::string& retry_after, timestamp now) {
  const auto wait = parse_retry_after(retry_after, now);
  if (!wait) return 0;
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(std::chrono::ceil<milliseconds>(*wait).count(), most));
}

}  // namespace

void binance_reply::read_refusal(timestamp now) {
  if (raw.fate != rest_fate::answered || ok()) return;
  refused = binance::parse_refusal(raw.body);
  retry_after_ms = read_wait(raw.retry_after, now);
}

std::string binance_reply::explain() const {
  if (raw.fate != rest_fate::answered) return raw.reason;
  std::string out = "the venue answered " + std::to_string(raw.status);
  if (refused) out += " (" + std::to_string(refused->code) + "): " + refused->text.substr(0, 200);
  if (retry_after_ms > 0) {
    out += "; it asks to wait for " + std::to_string((retry_after_ms + 999ULL) / 1'000) + " s";
  }
  return out;
}

error binance_reply::to_error(const std::string& where) const {
  error out{errc::unavailable, explain(), where, "look at the venue's state, and ask again"};
  if (raw.fate != rest_fate::answered) {
    if (raw.late) out.code = errc::deadline_exceeded;
    if (!kept_back) return out;
    out.code = errc::resource_exhausted;
    out.retry_after_ms = retry_after_ms;
    out.remedy = "ask less often";
    return out;
  }
  out.status = raw.status;
  out.retry_after_ms = retry_after_ms;
  constexpr unsigned request_timeout = 408;
  if (rate_limited() || (refused && refused->word() == "rate_limited")) {
    out.code = errc::resource_exhausted;
    out.remedy = "ask less often";
  } else if (refused_with(binance::unknown_symbol)) {
    out.code = errc::invalid_argument;
    out.remedy = "give a symbol that the venue lists";
  } else if (raw.status / 100 == 4 && raw.status != request_timeout &&
             !refused_with(binance::clock_refused)) {
    out.code = errc::invalid_argument;
    out.remedy = "look at the request, and at the venue's URL";
  }
  return out;
}

std::vector<std::string> budget_headers() {
  return {"X-MBX-USED-WEIGHT-1M", "X-MBX-USED-WEIGHT", "X-MBX-ORDER-COUNT-10S",
          "X-MBX-ORDER-COUNT-1D"};
}

binance_link::binance_link(const binance_options& options, std::shared_ptr<rest_client> client,
                           std::shared_ptr<const wall_clock> clock)
    : options_(options), client_(std::move(client)), clock_(std::move(clock)) {}

rest_call binance_link::send(rest_question question, completion then, request_use use,
                             unsigned weight) {
  const bool always = question.rank == rest_rank::first;
  if (!always) {
    if (auto held = keeps_back(use, weight)) {
      then(std::move(*held));
      return {};
    }
  }
  // What waited for a connection when the venue asked for a pause does not leave either.
  const auto held = std::make_shared<std::optional<binance_reply>>();
  const auto left = std::make_shared<bool>(false);
  question.target = [self = shared_from_this(), held, left, always, use, weight,
                     target = std::move(question.target)]() -> std::optional<std::string> {
    if (!always) *held = self->keeps_back(use, weight);
    if (*held) return std::nullopt;
    auto out = target();
    const std::lock_guard lock(self->mutex_);
    *left = out.has_value();
    if (*left) self->budget_.begin(weight, use == request_use::order);
    return out;
  };
  return client_->ask(std::move(question), [self = shared_from_this(), held, left, use, weight,
                                            then = std::move(then)](rest_answer raw) {
    if (*left) self->settle(raw, weight, use);
    const bool withheld = raw.fate == rest_fate::withheld && *held;
    binance_reply reply = withheld ? std::move(**held) : binance_reply{std::move(raw), {}};
    reply.read_refusal(self->clock_->now());
    self->heed(reply);
    then(std::move(reply));
  });
}

// ---- pauses

void binance_link::heed(const binance_reply& reply) {
  if (!reply.rate_limited()) return;
  constexpr unsigned banned = 418;
  const bool ban = reply.raw.status == banned;
  const milliseconds wait = reply.retry_after_ms > 0 ? milliseconds(reply.retry_after_ms)
                            : ban                    ? options_.ban
                                                     : options_.pause;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = steady::now();
    is_new = closed_until_ <= now;
    if (is_new || now + wait > closed_until_) closed_by_ = reply.raw.status;
    closed_until_ = std::max(closed_until_, now + wait);
  }
  if (is_new && options_.paused) options_.paused(keeps_back().value_or(reply).explain());
}

// ---- what the venue allows

void binance_link::learn_limits(std::string_view exchange_info) {
  const auto limits = parse_rate_limits(exchange_info);
  if (!limits.ok()) return;
  const std::lock_guard lock(mutex_);
  budget_.learn_limits(*limits);
}

void binance_link::settle(const rest_answer& answer, unsigned weight, request_use use) {
  const auto venue_ms = last_ ? std::optional(venue_now()) : std::nullopt;
  const std::lock_guard lock(mutex_);
  budget_.end(weight, use == request_use::order);
  if (answer.fate != rest_fate::answered || answer.wanted.size() != budget_headers().size()) return;
  const auto& w = answer.wanted;
  budget_.learn({w[0].empty() ? w[1] : w[0], w[2], w[3]}, steady::now(), venue_ms);
}

std::optional<binance_reply> binance_link::keeps_back(request_use use, unsigned weight) {
  if (auto pause = keeps_back()) return pause;
  binance_reply out;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = steady::now();
    const auto held = use == request_use::market  ? budget_.holds_market(weight, now)
                      : use == request_use::order ? budget_.holds_order(now)
                                                  : std::nullopt;
    if (!held) return std::nullopt;
    out.kept_back = true;
    out.retry_after_ms = static_cast<std::uint32_t>(
        std::min<std::int64_t>(held->wait.count(), std::numeric_limits<std::uint32_t>::max()));
    out.raw.reason = held->why;
    is_new = told_until_ <= now;
    if (is_new) told_until_ = now + std::max(held->wait, milliseconds(10'000));
  }
  if (is_new && options_.paused) options_.paused(out.raw.reason);
  return out;
}

std::optional<binance_reply> binance_link::keeps_back() const {
  const std::lock_guard lock(mutex_);
  const auto left = std::chrono::ceil<milliseconds>(closed_until_ - steady::now());
  if (left.count() <= 0) return std::nullopt;
  binance_reply out;
  out.kept_back = true;
  out.retry_after_ms = static_cast<std::uint32_t>(
      std::min<std::int64_t>(left.count(), std::numeric_limits<std::uint32_t>::max()));
  out.raw.reason = "the venue has asked for a pause (" + std::to_string(closed_by_) +
                   "), which lasts for another " + std::to_string((left.count() + 999) / 1'000) +
                   " s; until then it is sent cancels alone";
  return out;
}

rest_call binance_link::get(const std::string& path, const std::string& parameters,
                            completion then) {
  return send({"GET", [target = target_of(path, parameters)] { return std::optional(target); },
               options_.timeout, rest_rank::last},
              std::move(then), request_use::market, weight_of(path, parameters));
}

void binance_link::ask(const char* method, const std::string& path, const std::string& parameters,
                       rest_rank rank, completion then) {
  if (auto held = rank == rest_rank::first ? std::nullopt : keeps_back()) {
    return then(std::move(*held));
  }
  with_time(
      [self = shared_from_this(), method, path, parameters, rank,
       then = std::move(then)](status known) {
        if (!known.ok()) {
          then({{rest_fate::not_sent, 0, {}, {}, known.error().message}, {}});
          return;
        }
        self->ask_now(method, path, parameters, rank, then);
      },
      rank);
}

rest_call binance_link::ask_now(const char* method, const std::string& path,
                                const std::string& parameters, rest_rank rank, completion then,
                                request_use use) {
  auto target = [self = shared_from_this(), path, parameters] {
    return std::optional(
        target_of(path, binance::stamped(parameters, self->venue_now(), self->options_.recv_window,
                                         self->options_.key)));
  };
  return send({method, std::move(target), options_.timeout, rank}, std::move(then), use,
              weight_of(path, parameters));
}

void binance_link::learn(std::int64_t venue_ms) {
  last_ = reading{venue_ms, steady::now()};
  if (!first_) first_ = venue_ms;
}

void binance_link::read_time(std::function<void(result<std::int64_t>)> then, rest_rank rank) {
  tried_ = steady::now();
  send({"GET", [] { return std::optional<std::string>(time_path); }, options_.timeout, rank},
       [self = shared_from_this(), then = std::move(then)](const binance_reply& reply) {
         if (!reply.ok()) {
           then(reply.to_error(self->options_.name));
           return;
         }
         auto time = binance::parse_time(reply.raw.body);
         if (time.ok()) self->learn(*time);
         then(std::move(time));
       });
}

std::uint64_t binance_link::with_time(std::function<void(status)> then, rest_rank rank) {
  if (last_) {
    then(done{});
    return 0;
  }
  const auto mine = ++last_waiting_;
  waiting_for_time_.emplace(mine, std::move(then));
  if (std::exchange(asked_time_, true)) return mine;
  const auto tell = [self = shared_from_this()](const result<std::int64_t>& time) {
    self->asked_time_ = false;
    status known = done{};
    if (!time.ok()) {
      error e = time.error();
      e.message.insert(0, "the venue's clock could not be read: ");
      known = std::move(e);
    }
    for (const auto& waiting : std::exchange(self->waiting_for_time_, {})) waiting.second(known);
  };
  read_time(tell, rank);
  return mine;
}

std::int64_t binance_link::venue_now() const {
  return last_->venue_ms +
         std::chrono::duration_cast<milliseconds>(steady::now() - last_->received).count();
}

std::chrono::nanoseconds binance_link::reading_age() const {
  return steady::now() - last_->received;
}

void binance_link::keep_time() {
  if (!last_ || steady::now() - tried_ < options_.clock_interval || keeps_back()) return;
  read_time([](const result<std::int64_t>&) {});
}

}  // namespace pitwall
