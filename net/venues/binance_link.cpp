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

binance_link::binance_link(const binance_options& options, std::shared_ptr<rest_client> client,
                           std::shared_ptr<const wall_clock> clock)
    : options_(options), client_(std::move(client)), clock_(std::move(clock)) {}

rest_call binance_link::send(rest_question question, completion then) {
  return client_->ask(std::move(question),
                      [clock = clock_, then = std::move(then)](rest_answer raw) {
                        binance_reply reply{std::move(raw), {}};
                        reply.read_refusal(clock->now());
                        then(std::move(reply));
                      });
}

rest_call binance_link::get(const std::string& path, const std::string& parameters,
                            completion then) {
  return send({"GET", [target = target_of(path, parameters)] { return std::optional(target); },
               options_.timeout, rest_rank::last},
              std::move(then));
}

void binance_link::ask(const char* method, const std::string& path, const std::string& parameters,
                       rest_rank rank, completion then) {
  with_time([self = shared_from_this(), method, path, parameters, rank,
             then = std::move(then)](status known) {
    if (!known.ok()) {
      then({{rest_fate::not_sent, 0, {}, {}, known.error().message}, {}});
      return;
    }
    self->ask_now(method, path, parameters, rank, then);
  });
}

rest_call binance_link::ask_now(const char* method, const std::string& path,
                                const std::string& parameters, rest_rank rank, completion then) {
  auto target = [self = shared_from_this(), path, parameters] {
    return std::optional(
        target_of(path, binance::stamped(parameters, self->venue_now(), self->options_.recv_window,
                                         self->options_.key)));
  };
  return send({method, std::move(target), options_.timeout, rank}, std::move(then));
}

void binance_link::learn(std::int64_t venue_ms) {
  last_ = reading{venue_ms, steady::now()};
  if (!first_) first_ = venue_ms;
}

void binance_link::read_time(std::function<void(result<std::int64_t>)> then) {
  tried_ = steady::now();
  send({"GET", [] { return std::optional<std::string>(time_path); }, options_.timeout,
        rest_rank::normal},
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

std::uint64_t binance_link::with_time(std::function<void(status)> then) {
  if (last_) {
    then(done{});
    return 0;
  }
  const auto mine = ++last_waiting_;
  waiting_for_time_.emplace(mine, std::move(then));
  if (std::exchange(asked_time_, true)) return mine;
  read_time([self = shared_from_this()](const result<std::int64_t>& time) {
    self->asked_time_ = false;
    status known = done{};
    if (!time.ok()) {
      error e = time.error();
      e.message.insert(0, "the venue's clock could not be read: ");
      known = std::move(e);
    }
    for (const auto& waiting : std::exchange(self->waiting_for_time_, {})) waiting.second(known);
  });
  return mine;
}

std::int64_t binance_link::venue_now() const {
  return last_->venue_ms +
         std::chrono::duration_cast<milliseconds>(steady::now() - last_->received).count();
}

void binance_link::keep_time() {
  if (!last_ || steady::now() - tried_ < options_.clock_interval) return;
  read_time([](const result<std::int64_t>&) {});
}

}  // namespace pitwall
