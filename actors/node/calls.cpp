// Job: calls for a venue's data, and to the web: the breaker first, then the call, then the breaker
//      is told.
#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "actors/node/actor.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

/// A header is ASCII; the ids in a key need not be. No two keys become one.
std::string as_header(std::string_view key) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(key.size());
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%') {
      out.push_back(c);
      continue;
    }
    out.push_back('%');
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 0xFU]);
  }
  return out;
}

/// The other side is not to blame: it was not asked, as this host had too many requests under way,
/// or it did answer, with what is no news.
bool blames_nobody(const wire_error& failure) {
  if (!failure.failed()) return false;
  const auto e = failure.to_error();
  constexpr unsigned not_modified = 304;
  return (e.code == errc::resource_exhausted && e.status == 0) || e.status == not_modified;
}

}  // namespace

void node::ask_market(token t, const market_request& request) {
  const auto* v = setup_.shared->venues.find(request.venue);
  if (v == nullptr) {
    auto it = pending_.find(t);
    const std::string what = "no venue '" + request.venue + "' is configured";
    fail(it->second, setup_.for_another_host
                         ? error{errc::not_found,
                                 what + " on the worker that this block runs on",
                                 {},
                                 "add venues." + request.venue + " to the file of its --config"}
                         : error{errc::not_found, what, {}, {}});
    pending_.erase(it);
    return;
  }
  const auto name = breaker_name_.empty() ? v->port->name() + "/data" : breaker_name_;
  with_breaker(name, [this, t](const breaker_actor& guard) {
    auto* p = find(t);
    if (p == nullptr) return;  // Abandoned meanwhile.
    p->guard = guard;
    send(guard, ask_call{t, p->attempt.retry, p->attempt.deadline});
  });
}

void node::with_breaker(const std::string& name, std::function<void(const breaker_actor&)> then) {
  if (const auto known = breakers_.find(name); known != breakers_.end()) return then(known->second);
  request(setup_.shared->breakers, caf::infinite, find_breaker{name})
      .then(
          [this, name, then = std::move(then)](const breaker_actor& found) {
            if (breakers_.emplace(name, found).second) monitor(found);
            then(found);
          },
          // The attempt's deadline ends it.
          [this, name](caf::error& e) {
            setup_.shared->log->write(log_level::error, "breaker",
                                      name + " cannot be had: " + home_system().render(e));
          });
}

void node::ask_web(token t, const web_request& request) {
  auto* p = find(t);
  const auto url = parse_web_url(request.url);
  if (!url.ok() || !setup_.shared->outside) {
    fail(*p, url.ok()
                 ? error{errc::failed_precondition, "no web server can be reached here", {}, {}}
                 : url.error());
    pending_.erase(t);
    return;
  }
  const auto name = breaker_name_.empty() ? "http/" + url->authority() : breaker_name_;
  with_breaker(name, [this, t](const breaker_actor& guard) {
    auto* waiting = find(t);
    if (waiting == nullptr) return;  // Abandoned meanwhile.
    waiting->guard = guard;
    // A notification is not dropped because the server's retries are used up.
    const bool retry = waiting->attempt.retry && !waiting->tells;
    send(guard, ask_call{t, retry, waiting->attempt.deadline});
  });
}

/// The intent is durable. Each attempt shows the same key, so that who has it already knows it.
void node::tell(token t) {
  auto* p = find(t);
  const auto* note = p != nullptr ? std::get_if<notification>(&p->asked) : nullptr;
  if (note == nullptr) return;
  if (note->url.empty()) return finish(t, pitwall::done{});
  const auto& scope = *p->attempt.scope.ref;
  const auto key = scope.execution_id + ":" + me().identity->id;
  const value::object body{{"text", note->message},
                           {"event_id", key},
                           {"execution_id", scope.execution_id},
                           {"workflow_id", scope.workflow_id},
                           {"bot_id", scope.bot_id},
                           {"strategy_id", scope.strategy_id},
                           {"node_id", me().identity->id}};
  web_request request{note->url, {{"Idempotency-Key", as_header(key)}}, to_json(value(body))};
  p->asked = request;
  p->tells = true;
  ask_web(t, request);
}

void node::call(token t) {
  auto* p = find(t);
  if (p == nullptr) return;  // Ended before it was granted; the breaker has been told.
  p->under_way = true;
  if (const auto* page = std::get_if<web_request>(&p->asked)) return call_web(t, *p, *page);
  call_market(t, *p, std::get<market_request>(p->asked));
}

void node::on_market(market_answer& message) {
  if (auto* p = find(message.token)) {
    p->cancel = nullptr;
    end_of_call(
        *p, message.token,
        blames_nobody(message.failure) ? call_outcome::ignored : outcome_of(message.failure));
  }
  settle(
      message.token, message.failure,
      market_data{std::move(message.price_feed), std::move(message.balance),
                  std::move(message.positions), std::move(message.orderbook), message.observed_at});
}

void node::on_refused(const call_refused& message) {
  const auto it = pending_.find(message.token);
  if (it == pending_.end()) return;
  const auto& p = it->second;
  send(caf::actor_cast<attempt_listener>(p.client),
       attempt_failed{setup_.index, p.attempt.attempt, message.message, message.type, 0,
                      message.retry_after_us});
  pending_.erase(it);
}

void node::on_web(web_answer& message) {
  auto* p = find(message.token);
  if (p == nullptr) return;
  p->cancel = nullptr;
  end_of_call(*p, message.token,
              blames_nobody(message.failure) ? call_outcome::ignored : outcome_of(message.failure));
  if (p->tells) return settle(message.token, message.failure, pitwall::done{});
  settle(message.token, message.failure,
         web_reply{message.status, std::move(message.body), message.observed_at});
}

void node::call_web(token t, pending& p, const web_request& wanted) {
  const auto left =
      std::chrono::ceil<milliseconds>(p.attempt.deadline - setup_.shared->clock->now());
  p.cancel = setup_.shared->outside->send(wanted, std::max(left, milliseconds(1)),
                                          [self = node_actor(this), t](result<web_reply> got) {
                                            web_answer a;
                                            a.token = t;
                                            if (got.ok()) {
                                              a.status = got->status;
                                              a.body = std::move(got->body);
                                              a.observed_at = got->observed_at;
                                            } else {
                                              a.failure = wire_error(got.error());
                                            }
                                            caf::anon_send(self, std::move(a));
                                          });
}

void node::call_market(token t, pending& p, const market_request& wanted) {
  const auto* v = setup_.shared->venues.find(wanted.venue);
  p.cancel =
      v->port->fetch_market(wanted, [self = node_actor(this), t](result<market_data> outcome) {
        market_answer a;
        a.token = t;
        if (outcome.ok()) {
          a.price_feed = std::move(outcome->price_feed);
          a.balance = std::move(outcome->balance);
          a.positions = std::move(outcome->positions);
          a.orderbook = std::move(outcome->orderbook);
          a.observed_at = outcome->observed_at;
        } else {
          a.failure = wire_error(outcome.error());
        }
        caf::anon_send(self, std::move(a));
      });
}

call_outcome node::outcome_of(const wire_error& failure) {
  if (!failure.failed()) return call_outcome::success;
  switch (failure.to_error().code) {
    case errc::unavailable:
    case errc::resource_exhausted:
    case errc::io_error:
      return call_outcome::failure;
    case errc::deadline_exceeded:
      return call_outcome::timeout;
    default:  // The request was wrong, or ended by us: nothing is said about the other side.
      return call_outcome::ignored;
  }
}

/// Its place at the breaker is given back; what is still under way at the venue ends for real.
void node::end_of_call(pending& p, token t, call_outcome outcome) {
  if (!p.guard) return;
  send(std::exchange(p.guard, nullptr), end_call{t, outcome});
  if (p.cancel) std::exchange(p.cancel, nullptr)();
}

}  // namespace pitwall
