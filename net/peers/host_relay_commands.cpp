// Job: what goes to every peer, and the figures of all.
#include <algorithm>
#include <utility>

#include "net/peers/host_relay_parts.hpp"
#include "net/peers/peer_call.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::peers {
namespace {

std::string_view word_of(emergency_action a) noexcept {
  switch (a) {
    case emergency_action::alert:
      return "alert";
    case emergency_action::resume:
      return "resume";
    case emergency_action::shutdown:
      return "shutdown";
    case emergency_action::halt:
      break;
  }
  return "halt";
}

/// Where it makes things safer, a host of an earlier version is told too, which cannot say whether
/// it is the one that was meant.
bool is_urgent(emergency_action a) noexcept {
  return a == emergency_action::halt || a == emergency_action::shutdown;
}

/// To one host alone: without a word of others it goes no further. `to`: another host that listens
/// at its URL refuses it; empty: whoever listens there does it.
std::string body_of(const emergency_command& c, const std::string& from, const std::string& to) {
  value::object body{{"action", word_of(c.action)}, {"scope", c.scope}};
  if (!c.reason.empty()) body.emplace_back("reason", c.reason);
  if (!c.operator_name.empty()) body.emplace_back("operator", c.operator_name);
  body.emplace_back("trigger", "all_hosts:" + from);
  if (!to.empty()) body.emplace_back("for_host", to);
  return to_json(value(std::move(body)));
}

/// As a host answers a command: what people are told of it is read from these.
bool is_answer(const value& a) {
  const auto text = [&](std::string_view name) {
    const value* m = a.find(name);
    return m != nullptr && m->is_text();
  };
  const auto texts = [&](std::string_view name) {
    const value* m = a.find(name);
    return m != nullptr && m->is_list() &&
           std::ranges::all_of(m->as_list(), [](const value& v) { return v.is_text(); });
  };
  return a.is_object() && text("scope") && text("previous_state") && text("state") &&
         text("result") && texts("unanswered_orders") && texts("warnings");
}

constexpr unsigned misdirected = 421;

bool knows_no_names(const result<http_reply>& reply) {
  return reply.ok() && reply->status == 400 &&
         from_problem(*reply).message.find("unknown member 'for_host'") != std::string::npos;
}

told_host outcome_of(std::string host, const result<http_reply>& reply) {
  told_host out;
  out.host = std::move(host);
  if (!reply.ok()) {
    out.outcome = reply.error().code == errc::unavailable ? told::unreachable : told::unknown;
    out.message = reply.error().to_string();
    return out;
  }
  if (!reply->ok()) {
    // By another host: the one that was meant was asked nothing.
    out.outcome = reply->status == misdirected ? told::unreachable : told::refused;
    out.message = from_problem(*reply).to_string();
    return out;
  }
  auto answer = parse_json(reply->body);
  out.outcome = answer.ok() && is_answer(*answer) ? told::done : told::unknown;
  if (out.outcome == told::done)
    out.answer = std::move(*answer);
  else
    out.message = "what answers is no host: its answer says nothing of an emergency state";
  return out;
}

}  // namespace

all_hosts_report host_relay::open_command(const emergency_command& command) {
  all_hosts_report asked{{}, std::string(word_of(command.action)), command.scope, {}};
  for (const auto& [name, one] : parts_->peers) {
    asked.hosts.emplace_back();
    asked.hosts.back().host = name;
    asked.hosts.back().url = one->setup.url;
  }
  const std::lock_guard lock(parts_->commanding);
  asked.id = parts_->ids.next(system_wall_clock().now());
  parts_->board.open(asked);
  return asked;
}

void host_relay::send_command(const std::string& id, const emergency_command& command) {
  for (const auto& [name, one] : parts_->peers)
    one->urgent.post([this, whom = one.get(), id, command] { ask(*whom, id, command); });
}

void host_relay::ask(peer& whom, const std::string& id, const emergency_command& command) {
  const auto began = std::chrono::steady_clock::now();
  const auto finish = [this, id, began, name = whom.setup.name](const result<http_reply>& reply) {
    auto what = outcome_of(name, reply);
    what.after = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    on_told_host(id, what);
  };
  const auto& own = parts_->options.own_name;
  peer_question question{
      "POST", "/api/v1/emergency", body_of(command, own, whom.setup.name), whom.place.name, {}};
  if (whom.setup.token) {
    auto token = whom.setup.token();
    if (!token.ok()) {
      auto why = std::move(token).error();
      why.code = errc::unavailable;  // Nothing was asked.
      return finish(why);
    }
    question.token = std::move(*token);
  }
  auto without_name = question;
  without_name.body = body_of(command, own, {});
  const auto patience = parts_->options.command_patience;
  peer_call::start(whom.urgent.io(), whom.place.at, question, patience,
                   [&whom, finish, began, patience, urgent = is_urgent(command.action),
                    without_name](const result<http_reply>& reply) {
                     if (!urgent || !knows_no_names(reply)) return finish(reply);
                     // What is left of it: who waits was told of one.
                     const auto took = std::chrono::duration_cast<milliseconds>(
                         std::chrono::steady_clock::now() - began);
                     peer_call::start(whom.urgent.io(), whom.place.at, without_name,
                                      std::max(patience - took, milliseconds(1)), finish);
                   });
}

void host_relay::on_told_host(const std::string& id, const told_host& what) {
  std::vector<all_hosts_board::waiter> waited;
  std::optional<all_hosts_report> report;
  {
    const std::lock_guard lock(parts_->commanding);
    waited = parts_->board.tell(id, what);
    if (const auto* found = parts_->board.find(id)) report = *found;
  }
  const bool done = what.outcome == told::done;
  if (report)
    parts_->options.log->write(done ? log_level::info : log_level::error, "peers",
                               report->action + " of " + report->scope + " at " + what.host + ": " +
                                   std::string(to_string(what.outcome)) +
                                   (done ? "" : ": " + what.message));
  for (const auto& then : waited) then(*report);
}

std::optional<all_hosts_report> host_relay::report(const std::string& id) const {
  const std::lock_guard lock(parts_->commanding);
  const auto* found = parts_->board.find(id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

void host_relay::when_finished(const std::string& id, all_hosts_board::waiter then) {
  std::optional<all_hosts_report> finished;
  {
    const std::lock_guard lock(parts_->commanding);
    const auto* found = parts_->board.find(id);
    if (found != nullptr && !found->finished())
      return parts_->board.when_finished(id, std::move(then));
    if (found != nullptr) finished = *found;
  }
  if (finished) then(*finished);
}

metric_families host_relay::figures() const {
  metric_family connected{
      "pitwall_peer_connected", "1 where the peer is connected.", metric_kind::gauge, {}};
  metric_family events{"pitwall_peer_events_total",
                       "Events of the peer that were relayed.",
                       metric_kind::counter,
                       {}};
  metric_family losses{"pitwall_peer_disconnects_total",
                       "Connections to the peer that were lost.",
                       metric_kind::counter,
                       {}};
  metric_family gaps{"pitwall_peer_gaps_total",
                     "Events that were missing, and were asked for again.",
                     metric_kind::counter,
                     {}};
  metric_family heard{"pitwall_peer_heard_age_seconds",
                      "Since anything was heard of the peer.",
                      metric_kind::gauge,
                      {}};
  for (const auto& p : all()) {
    const auto add = [&](metric_family& to, double figure) {
      to.samples.push_back({{{"peer", p.name}}, figure});
    };
    add(connected, p.is.link == "connected" ? 1 : 0);
    add(events, static_cast<double>(p.is.events));
    add(losses, static_cast<double>(p.is.losses));
    add(gaps, static_cast<double>(p.is.gaps));
    if (p.heard_ago) add(heard, static_cast<double>(p.heard_ago->count()) / 1'000.0);
  }
  metric_families out;
  for (auto* f : {&connected, &heard, &events, &losses, &gaps})
    if (!f->samples.empty()) out.push_back(std::move(*f));
  return out;
}

}  // namespace pitwall::peers
