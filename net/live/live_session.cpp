#include "net/live/live_session.hpp"

#include <algorithm>
#include <utility>

#include "net/live/server_frames.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::live {
namespace {

value list_of(const std::vector<std::string>& texts) {
  return value(value::list(texts.begin(), texts.end()));
}

}  // namespace

void live_session::begin(timestamp now) {
  value::object members{{"connection_id", connection_id_},
                        {"auth_required", value(asks_)},
                        {"server_time", to_iso8601(now)},
                        {"epoch", epoch_},
                        {"last_seq", seq_value(recent_.head())}};
  if (!rules_.host.empty()) members.emplace_back("host", rules_.host);
  say("connected", {}, std::move(members));
}

void live_session::hear(std::string_view text, timestamp now) {
  if (closed_) return;
  if (!may_ && text.size() > max_first_frame_bytes)
    return close(unauthenticated, "send authenticate with a token first");
  auto heard = read_frame(text);
  if (auto* refused = std::get_if<refusal>(&heard)) return refuse(std::move(*refused));
  const auto& said = std::get<client_frame>(heard);
  if (!may_ && !std::holds_alternative<authenticate_op>(said.what))
    return close(unauthenticated, "send authenticate with a token first");
  std::visit([&](const auto& op) { on(said.id, op, now); }, said.what);
}

// ---- what a client may say

void live_session::on(const value& id, const authenticate_op& op, timestamp) {
  if (asks_) {
    const auto known = around_.recognize(op.token);
    if (!known.ok()) {
      const bool flood = known.error().code == errc::resource_exhausted;
      return close(flood ? too_many_requests : unauthenticated, known.error().to_string());
    }
    if (!known->read) return close(forbidden, "the token has no scope `read`");
    may_ = *known;
  }
  value::list scopes;
  for (const auto name : may_->names()) scopes.emplace_back(name);
  say("authenticated", id, {{"scopes", value(std::move(scopes))}});
}

void live_session::on(const value& id, const subscribe_op& op, timestamp) {
  const auto invalid = [&](const std::string& why) {
    refuse({id, "cursor_invalid", why, "after",
            "start again without `after`, or with `after` 0 and the epoch " + epoch_});
  };
  if (!op.epoch.empty() && op.epoch != epoch_) {
    return invalid("this is another journal than that of epoch '" + op.epoch + "'");
  }
  if (const auto head = around_.published_head(); op.after.value_or(0) > head) {
    return invalid("the cursor " + std::to_string(*op.after) + " is beyond the last event, " +
                   std::to_string(head));
  }
  std::vector<host_wish> wishes;
  if (auto unknown = find_hosts(id, op, wishes)) return refuse(std::move(*unknown));
  broke_off_.reset();
  sub_.emplace(subscription{});
  sub_->number = next_subscription_++;
  sub_->id = id;
  sub_->filter = std::make_shared<const event_filter>(op.filter);
  sub_->remembers = !op.after;
  if (!wishes.empty())
    sub_->hosts.emplace(*around_.others(), sub_->filter, wishes, rules_.remembered);
  if (op.after) return follow_from(*op.after);
  look_back();
}

void live_session::on(const value& id, const unsubscribe_op&, timestamp) {
  const value last = sub_ && sub_->announced ? seq_value(sub_->position) : value();
  sub_.reset();
  broke_off_.reset();
  say("unsubscribed", id, {{"last_seq", last}});
}

void live_session::on(const value& id, const stats_op&, timestamp) {
  const auto at = position();
  value::object members{
      {"connection_id", connection_id_},        {"subscribed", value(sub_.has_value())},
      {"live", value(sub_ && sub_->caught_up)}, {"position", at ? seq_value(*at) : value()},
      {"last_seq", seq_value(recent_.head())},  {"sent_events", seq_value(sent_events_)}};
  for (auto& figure : around_.figures()) members.push_back(std::move(figure));
  say("stats", id, std::move(members));
}

void live_session::on(const value& id, const ping_op&, timestamp now) {
  say("pong", id, {{"server_time", to_iso8601(now)}});
}

void live_session::on(const value& id, const state_op& op, timestamp) {
  bool needs_id = false;
  std::string path(path_of_state(op.kind, needs_id));
  if (needs_id) path += http::percent_encode(op.id);
  http::request what;
  what.method = "GET";
  auto to = http::parse_target(path);
  if (!to.ok()) return refuse({id, "bad_field", to.error().message, "id", to.error().remedy});
  what.to = std::move(*to);
  ask({id, "state", op.kind}, std::move(what));
}

void live_session::on(const value& id, const emergency_op& op, timestamp) {
  if (!may_->control) {
    return refuse(
        {id, "forbidden", "the token has no scope `control`", "op", "use one that has it"});
  }
  value::object body{{"action", op.action}};
  if (op.scope) body.emplace_back("scope", *op.scope);
  if (!op.reason.empty()) body.emplace_back("reason", op.reason);
  if (!op.operator_name.empty()) body.emplace_back("operator", op.operator_name);
  if (op.all_hosts) body.emplace_back("all_hosts", value(true));
  http::request what;
  what.method = "POST";
  what.to = http::parse_target("/api/v1/emergency").value();
  what.body = to_json(value(std::move(body)));
  ask({id, "emergency", {}}, std::move(what));
}

void live_session::ask(command c, http::request what) {
  // A halt waits for no place behind questions.
  const auto under_way = std::count_if(commands_.begin(), commands_.end(), [&](const auto& one) {
    return (one.second.op == "emergency") == (c.op == "emergency");
  });
  if (static_cast<std::size_t>(under_way) >= rules_.max_commands) {
    return refuse({c.id,
                   "resource_exhausted",
                   std::to_string(under_way) + " commands of this connection are under way",
                   {},
                   "wait for an answer first"});
  }
  const auto ticket = next_ticket_++;
  commands_.emplace(ticket, std::move(c));
  around_.ask(ticket, std::move(what));
}

void live_session::answered(std::uint64_t ticket, const http::reply& r) {
  const auto at = commands_.find(ticket);
  if (at == commands_.end() || closed_) return;
  const command c = std::move(at->second);
  commands_.erase(at);
  // The kind stands before what it is the state of.
  const bool is_state = c.op == "state";
  auto text = answer_frame(c.op, c.id, is_state ? "state" : "", r);
  if (is_state && r.status < 400) {
    text.pop_back();
    text += ",\"kind\":";
    append_json_string(c.nested, text);
    text += '}';
  }
  around_.send(std::make_shared<const std::string>(std::move(text)), {});
}

void live_session::say(std::string_view op, const value& id, value::object members,
                       std::optional<std::uint64_t> position) {
  if (closed_) return;
  around_.send(std::make_shared<const std::string>(frame(op, id, value(std::move(members)))),
               position);
}

void live_session::refuse(refusal r) {
  if (closed_) return;
  around_.send(std::make_shared<const std::string>(error_frame(r)), {});
}

void live_session::close(close_code code, std::string reason) {
  if (std::exchange(closed_, true)) return;
  sub_.reset();
  commands_.clear();
  around_.close(code, std::move(reason));
}

// ---- what it follows

void live_session::look_back() {
  sub_->state = phase::looking_back;
  sub_->sought = rules_.remembered;
  sub_->window = rules_.first_window;
  const auto walked = std::min(rules_.first_walk, recent_.head() + 1 - recent_.first());
  sub_->below = recent_.head() - walked;
  for (auto seq = recent_.head(); seq > sub_->below; --seq) {
    const auto& e = recent_.at(seq);
    if (sub_->filter->wants(*e.scope, e.type) && --sub_->sought == 0) return follow_from(seq - 1);
  }
  pump();
}

void live_session::on_looked_back(const journal_answer& answer) {
  if (answer.seqs.size() >= sub_->sought) {
    return follow_from(answer.seqs[answer.seqs.size() - sub_->sought] - 1);
  }
  sub_->sought -= answer.seqs.size();
  const bool at_the_beginning = answer.began_at > sub_->below - std::min(sub_->below, sub_->window);
  sub_->below = answer.began_at;
  sub_->window = std::min(sub_->window * 4, rules_.widest_window);
  if (at_the_beginning) return follow_from(sub_->below);
  pump();
}

void live_session::follow_from(std::uint64_t position) {
  sub_->state = phase::following;
  sub_->position = position;
  pump();
}

void live_session::announce() {
  if (std::exchange(sub_->announced, true)) return;
  const auto& f = *sub_->filter;
  value::object members{{"workflow_ids", list_of(f.workflow_ids)},
                        {"bot_ids", list_of(f.bot_ids)},
                        {"strategy_ids", list_of(f.strategy_ids)},
                        {"types", list_of(f.types)},
                        {"all", value(f.all)},
                        {"after", seq_value(sub_->position)},
                        {"epoch", epoch_}};
  if (sub_->hosts) members.emplace_back("hosts", list_of(sub_->hosts->names()));
  say("subscribed", sub_->id, std::move(members), sub_->position);
}

void live_session::look(std::uint64_t after, std::uint64_t up_to, std::size_t last) {
  looking_ = true;
  around_.look({sub_->number, sub_->filter, after, up_to, last});
}

void live_session::looked(journal_answer answer) {
  looking_ = false;
  if (!sub_ || closed_) return;
  // A subscription that came meanwhile waited for its turn.
  if (answer.number != sub_->number) return pump();
  if (answer.failure) return on_failed_look(answer);
  if (sub_->state == phase::looking_back) return on_looked_back(answer);
  announce();
  sub_->found.assign(std::make_move_iterator(answer.events.begin()),
                     std::make_move_iterator(answer.events.end()));
  sub_->found_up_to = answer.looked_at;
  pump();
}

void live_session::on_failed_look(const journal_answer& answer) {
  const error& e = *answer.failure;
  // Where it begins was ours to say, and nothing was promised yet.
  if (answer.first_seq > 0 && sub_->remembers && !sub_->announced) return look_back();
  const value id = sub_->id;
  broke_off_ = position();
  sub_.reset();
  if (e.code != errc::out_of_range) {
    return refuse({id, std::string(to_string(e.code)), e.message, {}, e.remedy});
  }
  refuse({id, "cursor_expired", e.message, "after",
          "the first kept event is " + std::to_string(answer.first_seq) + ": go on with `after` " +
              std::to_string(answer.first_seq - std::min<std::uint64_t>(answer.first_seq, 1)),
          answer.first_seq});
}

void live_session::pump() {
  pump_own();
  if (sub_ && !closed_ && sub_->announced && sub_->hosts) sub_->hosts->pump(*this);
}

void live_session::pump_own() {
  if (!sub_ || looking_ || closed_) return;
  if (sub_->state == phase::looking_back) {
    if (sub_->below == 0) return follow_from(0);
    return look(sub_->below - std::min(sub_->below, sub_->window), sub_->below, sub_->sought);
  }
  if (!send_found()) return;
  if (sub_->position + 1 >= recent_.first()) {
    announce();
    send_recent();
    if (sub_->position < recent_.head() || std::exchange(sub_->caught_up, true)) return;
    return say("caught_up", {}, {{"seq", seq_value(sub_->position)}}, sub_->position);
  }
  // Memory does not wait for those who do not read.
  if (sub_->caught_up && !around_.wants_more()) return stall();
  if (around_.has_room()) look(sub_->position, recent_.head(), 0);
}

bool live_session::send_found() {
  while (!sub_->found.empty()) {
    if (!around_.has_room()) return false;
    found_event& e = sub_->found.front();
    sub_->position = e.seq;
    ++sent_events_;
    around_.send(std::move(e.frame), e.seq);
    sub_->found.pop_front();
  }
  sub_->position = std::max(sub_->position, std::exchange(sub_->found_up_to, 0));
  return true;
}

void live_session::send_recent() {
  while (sub_->position < recent_.head() && around_.wants_more()) {
    const auto& e = recent_.at(++sub_->position);
    if (!sub_->filter->wants(*e.scope, e.type)) continue;
    ++sent_events_;
    around_.send(recent_.frame(sub_->position), sub_->position);
  }
}

std::optional<std::uint64_t> live_session::position() const {
  if (!sub_) return broke_off_ ? *broke_off_ : std::optional(recent_.head());
  if (sub_->state == phase::looking_back) return {};
  return sub_->position;
}

void live_session::beat(timestamp now) {
  if (closed_ || !may_) return;
  // A queue that is full needs no sign of life; and one whose seq is no cursor would mislead.
  const auto last = position();
  if (!last || !around_.has_room()) return;
  value::object members{{"last_seq", seq_value(*last)}, {"server_time", to_iso8601(now)}};
  if (sub_ && sub_->hosts) members.emplace_back("hosts", sub_->hosts->positions());
  say("heartbeat", {}, std::move(members), sub_ ? last : std::nullopt);
}

void live_session::expect_authenticated() {
  if (!may_) close(unauthenticated, "no authenticate came in time");
}

void live_session::expel(std::string why) { close(unauthenticated, std::move(why)); }

void live_session::stall() {
  const auto last = around_.delivered();
  close(too_slow, last ? "too slow: resume with after " + std::to_string(*last)
                       : "too slow: nothing was read");
}

}  // namespace pitwall::live
