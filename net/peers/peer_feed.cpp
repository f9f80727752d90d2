#include "net/peers/peer_feed.hpp"

#include <algorithm>
#include <utility>

#include "net/live/server_frames.hpp"
#include "net/peers/event_head.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::peers {
namespace {

// About what an event takes besides its frame.
constexpr std::size_t envelope = 256;
// A peer is believed, but not without end.
constexpr std::size_t most_scopes = 4'096, longest_text = 512;
constexpr std::string_view changes = "emergency_state_changed";

std::string text_at(const value& v, std::string_view name) {
  const value* m = v.find(name);
  return m != nullptr && m->is_text() ? m->as_text().substr(0, longest_text) : std::string();
}

std::optional<std::uint64_t> seq_at(const value& v, std::string_view name) {
  const value* m = v.find(name);
  if (m == nullptr || !m->is_number()) return {};
  const auto whole = m->as_number().to_int();
  if (!whole.ok() || *whole < 0) return {};
  return static_cast<std::uint64_t>(*whole);
}

constexpr std::string_view state_id = "state";

}  // namespace

live::message relayed_frame(std::string_view json, const std::string& host,
                            const std::string& epoch, std::uint64_t seq) {
  std::string out = R"({"op":"event","event":)";
  out.reserve(json.size() + host.size() + epoch.size() + 96);
  out += json.substr(0, json.size() - 1);
  out += R"(,"origin":{"host":)";
  append_json_string(host, out);
  out += R"(,"epoch":)";
  append_json_string(epoch, out);
  out += R"(,"seq":)" + std::to_string(seq) + "}}}";
  return std::make_shared<const std::string>(std::move(out));
}

error peer_feed::nonsense(std::string message) const {
  return {errc::unavailable, std::move(message), name_,
          "look whether it is a host of this version"};
}

result<peer_feed::frames> peer_feed::hear(std::string_view text, steady_time now,
                                          const token_source& token) {
  is_.heard = now;
  // Most of what comes.
  if (live::is_event_frame(text) && text.ends_with("}}")) return on_event(live::event_json(text));
  const auto said = parse_json(text);
  if (!said.ok() || !said->is_object()) return nonsense("it says what is no JSON object");
  const auto op = text_at(*said, "op");
  if (op == "connected") return on_connected(*said, token);
  if (op == "authenticated") return greet();
  if (op == "subscribed") return on_subscribed(*said);
  if (op == "caught_up") return on_caught_up(*said);
  if (op == "state") return on_state(*said);
  if (op == "error") return on_error(*said);
  if (op == "event" && said->find("event") != nullptr)
    return on_event(to_json(*said->find("event")));
  if (op == "heartbeat" && greeted_) {
    is_.last_seq = std::max(is_.last_seq, seq_at(*said, "last_seq").value_or(0));
    return ask_state();
  }
  return frames{};
}

result<peer_feed::frames> peer_feed::on_connected(const value& said, const token_source& token) {
  const auto host = text_at(said, "host");
  if (host != name_)
    return error{
        errc::failed_precondition,
        host.empty() ? "it does not say what it is called" : "there it calls itself '" + host + "'",
        name_, "name it in `peers` as its own `host.name` says, and look at the URL"};
  const auto epoch = text_at(said, "epoch");
  const auto head = seq_at(said, "last_seq");
  if (epoch.empty() || !head) return nonsense("it does not say where its journal is");
  // Another journal; or, against its promise, one that went back.
  if (epoch != is_.epoch || *head < last_) begin_anew();
  is_.epoch = epoch;
  is_.last_seq = *head;
  const auto* asks = said.find("auth_required");
  if (asks == nullptr || !asks->is_bool() || !asks->as_bool()) return greet();
  if (!token)
    return error{errc::failed_precondition, "it asks for a token", name_,
                 "give peers." + name_ + ".token_file"};
  PITWALL_TRY(shown, token());
  return frames{live::frame("authenticate", {}, value(value::object{{"token", shown}}))};
}

peer_feed::frames peer_feed::greet() {
  greeted_ = true;
  is_.link = "connected";
  is_.trouble.clear();
  frames out{subscribe()};
  for (auto& f : ask_state()) out.push_back(std::move(f));
  return out;
}

std::uint64_t peer_feed::beginning() const {
  const auto head = is_.last_seq;
  if (!wanted_) return head;
  if (back_to_) return *back_to_;
  if (begun_) return last_;
  if (exactly_) return *exactly_;
  const auto usual = head - std::min(head, bounds_.backlog);
  const auto furthest = head - std::min<std::uint64_t>(head, bounds_.events);
  return std::max(std::min(hint_.value_or(usual), usual), furthest);
}

std::string peer_feed::subscribe() {
  const auto after = beginning();
  exactly_.reset();
  synced_ = rewound_ = false;
  from_ = after;
  const value types = wanted_ ? value() : value(value::list{value(changes)});
  return live::frame("subscribe", live::seq_value(++asked_),
                     value(value::object{{"epoch", is_.epoch},
                                         {"all", value(wanted_)},
                                         {"types", types},
                                         {"after", live::seq_value(after)}}));
}

peer_feed::frames peer_feed::ask_state() {
  if (std::exchange(asking_, true)) return {};
  return {live::frame("state", value(state_id), value(value::object{{"kind", "host"}}))};
}

result<peer_feed::frames> peer_feed::on_subscribed(const value& said) {
  const auto which = seq_at(said, "id");
  const auto after = seq_at(said, "after");
  if (!which || !after) return nonsense("it answers no subscription of ours");
  if (*which != asked_ || rewound_) return frames{};  // Another was asked for, or will be.
  answered_ = *which;
  if (!wanted_) return frames{};
  if (begun_ && *after == last_) return frames{};
  begin_anew();
  begun_ = true;
  begin_ = last_ = *after;
  return frames{};
}

result<peer_feed::frames> peer_feed::on_event(std::string_view json) {
  // Of a subscription that another has taken the place of.
  if (!greeted_ || answered_ != asked_) return frames{};
  auto head = read_event_head(json);
  if (!head) return nonsense("it tells of an event that is none");
  const bool change = head->type == changes;
  if (begun_) {
    // 0 stands for the first that is kept there.
    if (last_ == 0 && head->seq > 0) begin_ = last_ = head->seq - 1;
    if (head->seq != last_ + 1) {
      ++is_.gaps;
      return nonsense("after event " + std::to_string(last_) + " it tells of event " +
                      std::to_string(head->seq));
    }
    auto made = std::make_shared<live::relayed_event>();
    made->seq = head->seq;
    made->scope = std::move(head->scope);
    made->type = std::move(head->type);
    made->frame = relayed_frame(json, name_, is_.epoch, head->seq);
    const auto bytes = envelope + made->frame->size();
    ++is_.events;
    keep(head->seq, std::move(made), bytes);
  }
  is_.last_seq = std::max(is_.last_seq, head->seq);
  if (change) on_change(json);
  return frames{};
}

void peer_feed::on_change(std::string_view json) {
  // What is being told of its state may be older.
  ask_again_ = asking_;
  const auto event = parse_json(json);
  if (!event.ok() || !is_.emergency) return;
  const auto scope = text_at(*event, "scope"), state = text_at(*event, "new_state");
  if (state == "normal")
    is_.emergency->erase(scope);
  else if (is_.emergency->size() >= most_scopes)
    is_.emergency.reset();
  else
    is_.emergency->insert_or_assign(scope, state);
}

void peer_feed::keep(std::uint64_t seq, live::relayed_ref event, std::size_t bytes) {
  ring_.push_back({std::move(event), bytes});
  bytes_ += bytes;
  last_ = seq;
  while (ring_.size() > bounds_.events || (bytes_ > bounds_.bytes && ring_.size() > 1)) {
    bytes_ -= ring_.front().bytes;
    begin_ = ring_.front().event->seq;
    ring_.pop_front();
  }
}

result<peer_feed::frames> peer_feed::on_caught_up(const value& said) {
  const auto seq = seq_at(said, "seq");
  if (!greeted_ || answered_ != asked_ || !begun_ || !seq) return frames{};
  if (last_ == 0) begin_ = last_ = *seq;
  if (*seq != last_) {
    ++is_.gaps;
    return nonsense("it has told of all events up to " + std::to_string(*seq) +
                    ", and of none after " + std::to_string(last_));
  }
  synced_ = true;
  return frames{};
}

result<peer_feed::frames> peer_feed::on_state(const value& said) {
  asking_ = false;
  const value* state = said.find("state");
  if (text_at(said, "kind") == "host" && state != nullptr && state->is_object()) {
    is_.version = text_at(*state, "version");
    is_.status = text_at(*state, "status");
    const value* e = state->find("emergency");
    const value* scopes = e == nullptr ? nullptr : e->find("scopes");
    if (scopes != nullptr && scopes->is_list() && !ask_again_) {
      is_.emergency.emplace();
      for (const auto& s : scopes->as_list())
        if (s.is_object() && is_.emergency->size() < most_scopes)
          is_.emergency->insert_or_assign(text_at(s, "scope"), text_at(s, "state"));
    }
  }
  return std::exchange(ask_again_, false) ? ask_state() : frames{};
}

result<peer_feed::frames> peer_feed::on_error(const value& said) {
  const auto code = text_at(said, "code");
  if (text_at(said, "id") == state_id) {
    asking_ = false;  // With its next sign of life it is asked again.
    return frames{};
  }
  const auto which = seq_at(said, "id");
  if (which && *which != asked_) return frames{};
  const auto first = seq_at(said, "first_seq");
  if (code == "cursor_expired" && first && *first > 0) {
    if (back_to_ && begun_ && *first - 1 <= last_) {
      // What is here stays, with what the host still has of what was before.
      back_to_ = *first - 1 < begin_ ? std::optional(*first - 1) : std::nullopt;
      return frames{subscribe()};
    }
    begin_anew();
    exactly_ = *first - 1;
    is_.last_seq = std::max(is_.last_seq, *first - 1);
    return frames{subscribe()};
  }
  if (code == "cursor_invalid") begin_anew();
  return nonsense("it refuses: " + text_at(said, "message"));
}

void peer_feed::lost(const error& why) {
  if (greeted_) ++is_.losses;
  is_.link = "unreachable";
  is_.trouble = why.message;
  greeted_ = synced_ = asking_ = ask_again_ = false;
  answered_ = 0;
  ++asked_;
}

peer_feed::frames peer_feed::want(std::optional<std::uint64_t> after) {
  if (std::exchange(wanted_, true))
    return std::exchange(rewound_, false) && greeted_ ? frames{subscribe()} : frames{};
  hint_ = after;
  return greeted_ ? frames{subscribe()} : frames{};
}

peer_feed::frames peer_feed::unwant() {
  if (!std::exchange(wanted_, false)) return {};
  hint_.reset();
  rewound_ = false;
  begin_anew();
  return greeted_ ? frames{subscribe()} : frames{};
}

void peer_feed::rewind(std::uint64_t after) {
  // 0 stands for the first that is here.
  if (!wanted_ || after == 0) return;
  if (!begun_ && !greeted_) {  // Where it begins is said once it is connected.
    hint_ = std::min(hint_.value_or(after), after);
    if (back_to_) back_to_ = std::min(*back_to_, after);
    exactly_.reset();
    return;
  }
  if (after >= back_to_.value_or(begun_ ? begin_ : from_)) return;
  const auto count = std::max(is_.last_seq, last_) - after;
  const auto each = ring_.empty() ? envelope : bytes_ / ring_.size();
  if (count > bounds_.events || count > bounds_.bytes / each) return;
  back_to_ = after;
  rewound_ = true;
}

void peer_feed::begin_anew() {
  ring_.clear();
  bytes_ = 0;
  begin_ = last_ = 0;
  begun_ = synced_ = false;
  exactly_.reset();
  back_to_.reset();
}

live::relayed_page peer_feed::read(std::uint64_t after, std::size_t most) const {
  // Else who waits for it would be told that it is gone.
  const bool is_coming = back_to_ && after >= *back_to_ && after < begin_;
  live::relayed_page page{is_.link, is_.trouble, begun_ && !is_coming, synced_, is_.epoch, begin_,
                          last_,    {}};
  if (!page.begun || after >= last_) return page;
  // Seqs have no gap.
  for (auto i = std::max(after, begin_) - begin_; i < ring_.size() && most > 0; ++i, --most)
    page.events.push_back(ring_[i].event);
  return page;
}

std::uint64_t peer_feed::before_last(const live::event_filter& wanted, std::size_t count) const {
  for (auto i = ring_.size(); i > 0; --i) {
    const auto& e = *ring_[i - 1].event;
    if (wanted.wants(e.scope, e.type) && --count == 0) return e.seq - 1;
  }
  return begin_;
}

}  // namespace pitwall::peers
