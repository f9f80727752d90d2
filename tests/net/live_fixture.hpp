// Job: a session of /ws without a socket: what it says is kept, what it asks for waits for the
// test.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/live/live_session.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/net/fake_control.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

struct said_frame {
  std::string text;
  std::optional<std::uint64_t> position;
};

class scripted_surroundings final : public live::surroundings {
 public:
  void send(live::message text, std::optional<std::uint64_t> position) override {
    queue.push_back({*text, position});
  }
  bool has_room() const override { return queue.size() < room; }
  bool wants_more() const override { return has_room(); }
  std::optional<std::uint64_t> delivered() const override { return read_up_to; }
  std::uint64_t published_head() const override { return host->published_head(); }
  value::object figures() const override { return {}; }
  void look(live::journal_order order) override { looks.push_back(std::move(order)); }
  void ask(std::uint64_t ticket, http::request what) override {
    asked.emplace_back(ticket, std::move(what));
  }
  result<access::scopes> recognize(const std::string& token) override {
    if (token == "flood") return error{errc::resource_exhausted, "too many", {}, "wait"};
    const auto known = tokens.find(token);
    if (known == tokens.end()) return error{errc::not_found, "the token is unknown", {}, {}};
    return known->second;
  }
  void close(live::close_code code, std::string reason) override {
    closed_with = code;
    closed_why = std::move(reason);
  }

  /// The socket takes so many frames.
  std::vector<said_frame> read(std::size_t count = ~std::size_t{0}) {
    std::vector<said_frame> out;
    for (; count > 0 && !queue.empty(); --count) {
      if (queue.front().position) read_up_to = queue.front().position;
      out.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return out;
  }

  const fake_control* host = nullptr;
  std::map<std::string, access::scopes> tokens;
  std::deque<said_frame> queue;
  std::size_t room = 1'000'000;
  std::deque<live::journal_order> looks;
  std::vector<std::pair<std::uint64_t, http::request>> asked;
  std::optional<std::uint64_t> read_up_to;
  unsigned closed_with = 0;
  std::string closed_why;
};

/// A host whose published events reach memory, a session, and what it says.
struct live_fixture {
  explicit live_fixture(live::recent_bounds bounds = {}, live::session_rules how = {},
                        std::optional<access::scopes> may = access::scopes::all())
      : rules(std::move(how)), recent(bounds), session(around, recent, rules, may, "c1", "epoch1") {
    around.host = &host;
    told = host.on_published([this](const committed_ref& c) { recent.offer(c); });
  }

  void begin() { session.begin(now); }
  void publish(std::uint64_t count = 1, const event_scope& scope = {"exec_a", "a", "", ""}) {
    host.publish(count, scope);
    settle();
  }
  void settle() {
    recent.settle(wanted);
    session.pump();
  }
  void hear(const std::string& text) { session.hear(text, now); }
  /// Carries out what it wants to look up, until it wants nothing more.
  void look_all() {
    while (!around.looks.empty()) look_once();
  }
  void look_once() {
    auto order = around.looks.front();
    around.looks.pop_front();
    session.looked(live::look_into(host.log, order));
  }
  /// All that was said and not taken yet, parsed.
  std::vector<value> frames() {
    std::vector<value> out;
    for (const auto& f : around.read()) out.push_back(parse_json(f.text).value());
    return out;
  }
  value only_frame() {
    auto all = frames();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  /// "subscribed 1 2 3 caught_up": ops, and the seqs of events.
  std::string story() {
    std::string out;
    for (const auto& f : frames()) {
      const auto& op = f.find("op")->as_text();
      if (!out.empty()) out += ' ';
      out += op == "event" ? f.find("event")->find("seq")->as_number().to_string() : op;
    }
    return out;
  }

  fake_control host;
  timestamp now{std::chrono::seconds(1'700'000'000)};
  live::session_rules rules;
  live::recent_events recent;
  bool wanted = true;
  scripted_surroundings around;
  live::live_session session;
  std::shared_ptr<void> told;
};

}  // namespace pitwall::test
