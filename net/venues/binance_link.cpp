#include "net/venues/binance_link.hpp"

#include <utility>

namespace pitwall {

namespace {

constexpr const char* time_path = "/api/v3/time";

std::string target_of(const std::string& path, const std::string& parameters) {
  return parameters.empty() ? path : path + "?" + parameters;
}

}  // namespace

std::string binance_reply::explain() const {
  if (raw.fate != rest_fate::answered) return raw.reason;
  std::string out = "the venue answered " + std::to_string(raw.status);
  if (refused) out += " (" + std::to_string(refused->code) + "): " + refused->text.substr(0, 200);
  if (!raw.retry_after.empty()) out += "; it asks to wait for " + raw.retry_after + " s";
  return out;
}

error binance_reply::to_error(const std::string& where) const {
  if (rate_limited() || (refused && refused->word() == "rate_limited")) {
    return {errc::resource_exhausted, explain(), where, "ask less often"};
  }
  if (refused_with(binance::unknown_symbol)) {
    return {errc::invalid_argument, explain(), where, "give a symbol that the venue lists"};
  }
  return {errc::unavailable, explain(), where, "look at the venue's state, and ask again"};
}

binance_link::binance_link(const binance_options& options, std::shared_ptr<rest_client> client)
    : options_(options), client_(std::move(client)) {}

void binance_link::send(rest_question question, completion then) {
  client_->ask(std::move(question), [then = std::move(then)](rest_answer raw) {
    binance_reply reply{std::move(raw), {}};
    if (reply.raw.fate == rest_fate::answered && !reply.ok()) {
      reply.refused = binance::parse_refusal(reply.raw.body);
    }
    then(std::move(reply));
  });
}

void binance_link::get(const std::string& path, const std::string& parameters, completion then) {
  send({"GET", [target = target_of(path, parameters)] { return std::optional(target); },
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
    self->send({method,
                [self, path, parameters] {
                  return std::optional(target_of(
                      path, binance::stamped(parameters, self->venue_now(),
                                             self->options_.recv_window, self->options_.key)));
                },
                self->options_.timeout, rank},
               then);
  });
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

void binance_link::with_time(std::function<void(status)> then) {
  if (last_) {
    then(done{});
    return;
  }
  waiting_for_time_.push_back(std::move(then));
  if (waiting_for_time_.size() > 1) return;
  read_time([self = shared_from_this()](const result<std::int64_t>& time) {
    for (const auto& call : std::exchange(self->waiting_for_time_, {})) {
      call(time.ok() ? status(done{})
                     : status(errc::unavailable,
                              "the venue's clock could not be read: " + time.error().message,
                              self->options_.name));
    }
  });
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
