// Job: another host as its peer meets it: a real session of /ws, without a socket; and what a host
//      here keeps of it, as its own viewers see it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/peers/peer_feed.hpp"
#include "tests/net/live_fixture.hpp"

namespace pitwall::test {

/// One life of a journal, and whoever is connected to it.
class peer_world {
 public:
  explicit peer_world(std::string epoch, std::string name = "tokyo", std::size_t memory = 64)
      : epoch_(std::move(epoch)), recent_({memory, 1U << 20U, 1U << 20U}) {
    rules_.host = std::move(name);
    told_ = host.on_published([this](const committed_ref& c) { recent_.offer(c); });
  }

  void connect(std::optional<access::scopes> may = access::scopes::all()) {
    around = std::make_unique<scripted_surroundings>();
    around->host = &host;
    session_ = std::make_unique<live::live_session>(*around, recent_, rules_, may, "c1", epoch_);
    settle();
    session_->begin(now_);
  }
  void hear(const std::string& text) { session_->hear(text, now_); }
  void settle() {
    recent_.settle(true);
    if (session_) session_->pump();
  }
  void beat() { session_->beat(now_); }
  /// Looks into its journal, and answers what it was asked.
  void work() {
    if (!around->looks.empty()) {
      auto order = around->looks.front();
      around->looks.pop_front();
      session_->looked(live::look_into(host.log, order));
    }
    if (around->asked.empty()) return;
    const auto ticket = around->asked.front().first;
    around->asked.erase(around->asked.begin());
    http::reply r;
    r.body = health;
    session_->answered(ticket, r);
  }
  const std::string& epoch() const { return epoch_; }

  fake_control host;
  std::string health =
      R"({"status":"ok","version":"7","emergency":{"state":"normal","scopes":[]}})";
  std::unique_ptr<scripted_surroundings> around;

 private:
  const std::string epoch_;
  const timestamp now_{std::chrono::seconds(1'700'000'000)};
  live::session_rules rules_;
  live::recent_events recent_;
  std::unique_ptr<live::live_session> session_;
  std::shared_ptr<void> told_;
};

/// A feed of one peer, as viewers here see it.
class one_peer final : public live::relayed_hosts {
 public:
  explicit one_peer(const peers::feed_bounds& bounds) : feed("tokyo", bounds) {}
  std::vector<std::string> names() const override { return {"tokyo"}; }
  std::shared_ptr<void> join(const std::string& host, std::optional<std::uint64_t> after) override {
    if (host != "tokyo") return nullptr;
    if (wanted_++ > 0 && after) feed.rewind(*after);
    say(feed.want(after));
    return {this, [this](void*) {
              if (--wanted_ == 0) say(feed.unwant());
            }};
  }
  live::relayed_page read(const std::string&, std::uint64_t after,
                          std::size_t most) const override {
    return feed.read(after, most);
  }
  std::uint64_t before_last(const std::string&, const live::event_filter& wanted,
                            std::size_t count) const override {
    return feed.before_last(wanted, count);
  }
  /// What is to be sent to the peer.
  void say(std::vector<std::string> frames) {
    for (auto& f : frames) out.push_back(std::move(f));
  }

  peers::peer_feed feed;
  std::vector<std::string> out;

 private:
  std::size_t wanted_ = 0;
};

}  // namespace pitwall::test
