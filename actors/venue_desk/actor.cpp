#include "actors/venue_desk/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

order_report refused(const std::string& id, std::string reason, timestamp at) {
  order_report r;
  r.client_order_id = id;
  r.state = order_state::rejected;
  r.code = "not_sent";
  r.reason = std::move(reason);
  r.at = at;
  return r;
}

constexpr const char* no_lease =
    "its worker holds no trading lease from the host now; nothing was sent";

constexpr milliseconds longest_sweep_wait{10'000};

std::string cancelled_text(std::size_t orders, const std::string& venue) {
  return "cancelled " + std::to_string(orders) + " orders at '" + venue +
         "' that were open when the host was lost";
}

milliseconds rounded_up(boot_time t) { return std::chrono::ceil<milliseconds>(t); }

}  // namespace

venue_desk::venue_desk(caf::actor_config& cfg, venue_desk_options options)
    : resident(cfg),
      options_(std::move(options)),
      memory_(options_.memory),
      generation_(options_.gate->term()) {}

venue_desk::behavior_type venue_desk::make_behavior() {
  set_down_handler([this](const caf::down_msg& m) {
    if (!owner_ || owner_.address() != m.source) return;
    owner_ = nullptr;
    void_all();  // What waits here must not leave after whoever it was for has gone.
  });
  const venue_desk_actor self = this;
  options_.to->on_report(
      [self](order_report r) { caf::anon_send(self, adapter_told{std::move(r)}); });
  options_.to->on_regained([self] { caf::anon_send(self, adapter_regained{}); });
  if (trusted_until_ > boot_time::zero()) beat({openings_});  // The desk before it had traded.
  return {[this](const take_book& m) { return take(m); },
          [this](open_desk_for& m) { open_for(m); },
          [this](desk_order& m) { submit(m); },
          [this](desk_question& m) { question(m); },
          [this](const desk_cancel& m) { cancel(m); },
          [this](const desk_list& m) { list(m); },
          [this](const desk_fetch& m) { fetch(m); },
          [this](const desk_forget& m) {
            if (const auto left = fetches_.extract(m.token); !left.empty() && left.mapped())
              left.mapped()();
          },
          [this](const desk_settled& m) {
            open_.erase(m.client_order_id);
            under_way_.erase(m.client_order_id);
            options_.to->settled_elsewhere(m.client_order_id);
          },
          [this](adapter_said& m) { said(m); },
          [this](adapter_told& m) {
            follow(m.report);
            if (stopped_ && m.report.state == order_state::canceled) {
              canceled_.insert(m.report.client_order_id);  // Also where others could not be.
              m.report.reason =
                  "worker '" + options_.worker + "' was cut off from this host, and cancelled it";
            }
            if (owner_) send(owner_, desk_report{name_.place, std::move(m.report)});
          },
          [this](adapter_regained) {
            if (owner_) send(owner_, desk_regained{name_.place});
          },
          [this](const adapter_swept& m) { swept(m); },
          [this](const desk_beat& m) { beat(m); },
          [this](const sweep_open& m) { sweep(m.round); }};
}

void venue_desk::on_exit() {
  options_.gate->lend_until(boot_time::zero());
  options_.to->on_report(nullptr);
  options_.to->on_regained(nullptr);
  fetches_.clear();
  owner_ = nullptr;
  options_ = {};
}

// ---- the lease

void venue_desk::void_all() {
  options_.gate->lend_until(boot_time::zero());
  options_.gate->void_before(++generation_);
}

void venue_desk::open_for(open_desk_for& m) {
  if (!m.owner) return;
  if (owner_) demonitor(owner_.address());
  void_all();
  options_.gate->publish(nullptr);
  version_ = 0;
  owner_ = std::move(m.owner);
  monitor(owner_);
  name_ = {m.epoch, m.place, 1};
  length_ = std::chrono::microseconds(std::max<std::int64_t>(m.lease_us, 1'000));
  lease_.reset();
  fetches_.clear();
  ready_ = false;
  beat({++openings_});
}

void venue_desk::beat(const desk_beat& m) {
  if (m.opening != openings_) return;
  const auto now = options_.boot->now();
  const bool traded = trusted_until_ > boot_time::zero() && !stopped_;
  if (traded && now >= trusted_until_) cut_off();
  if (lease_ && !lease_->holds(now)) {
    lease_.reset();
    ++name_.round;
  }
  ask();
  auto next = trading_lease::beat_of(length_);
  if (traded && !stopped_) next = std::min(next, trusted_until_ - now);
  delayed_send(venue_desk_actor(this), std::max(rounded_up(next), milliseconds(1)),
               desk_beat{openings_});
}

void venue_desk::ask() {
  if (!owner_) return;
  request(owner_, rounded_up(length_), ask_lease{name_, options_.boot->now().count(), version_})
      .then([this](const lease_answer& a) { answered(a); },
            [](caf::error&) {});  // What is not renewed ends.
}

void venue_desk::answered(const lease_answer& a) {
  if (!a.granted || a.lease != name_) return;
  const auto now = options_.boot->now();
  take_state(a.version, a.state);
  if (lease_)
    lease_->granted(boot_time(a.asked_ns), now);
  else
    lease_.emplace(length_, boot_time(a.asked_ns));
  if (!lease_->may_trade(now)) return;
  trusted_until_ = lease_->trades_until();
  options_.gate->lend_until(trusted_until_);
  if (stopped_ || !ready_) ready();
}

book_taken venue_desk::take(const take_book& m) {
  // Under the lease of another place nothing leaves any more.
  if (m.lease.epoch == name_.epoch && m.lease.place == name_.place) take_state(m.version, m.state);
  return {m.version};
}

void venue_desk::take_state(std::uint64_t version, const told_book& state) {
  if (version <= version_) return;
  version_ = version;
  options_.gate->publish(state.book);
}

void venue_desk::ready() {
  desk_ready m{name_.place, {}, {}};
  if (std::exchange(stopped_, false)) {
    ++sweeps_;
    m.canceled.assign(canceled_.begin(), canceled_.end());
    m.told = "worker '" + options_.worker + "' was cut off from this host at " +
             to_iso8601(cut_off_at_) + ": it stopped trading on '" + options_.to->name() +
             "' and cancelled " + std::to_string(canceled_.size()) + " open orders";
    canceled_.clear();
    options_.log->write(
        log_level::warning, "desk",
        "the host is there again: orders may leave for '" + options_.to->name() + "'");
  }
  ready_ = true;
  send(owner_, std::move(m));
}

// ---- cut off

std::set<std::string> venue_desk::may_rest() const {
  auto all = open_;
  all.insert(under_way_.begin(), under_way_.end());
  return all;
}

void venue_desk::cut_off() {
  stopped_ = true;
  void_all();
  sweeps_until_ = trusted_until_ + length_ * 2 / 5;
  cut_off_at_ = options_.clock->now();
  last_failure_.clear();
  failed_sweeps_ = 0;
  told_ = false;
  options_.log->write(log_level::error, "desk",
                      "cut off from the host: no order leaves for '" + options_.to->name() +
                          "' any more; to be cancelled: " + std::to_string(may_rest().size()));
  sweep(++sweeps_);
}

void venue_desk::sweep(std::uint64_t round) {
  if (round != sweeps_ || !stopped_) return;
  const auto ids = may_rest();
  if (ids.empty()) {
    // What a try before had cancelled without saying so, its reports have told.
    if (!canceled_.empty()) tell_canceled();
    return;
  }
  options_.to->cancel({options_.to->name(), {}}, {ids.begin(), ids.end()},
                      [self = venue_desk_actor(this), round](result<cancel_report> done) {
                        adapter_swept m{round, {}, {}};
                        if (done.ok())
                          m.canceled = std::move(done->canceled);
                        else
                          m.failure = wire_error(done.error());
                        caf::anon_send(self, std::move(m));
                      });
}

void venue_desk::tell_canceled() {
  if (std::exchange(told_, true)) return;
  options_.log->write(log_level::warning, "desk",
                      cancelled_text(canceled_.size(), options_.to->name()));
}

void venue_desk::swept(const adapter_swept& m) {
  for (const auto& id : m.canceled) {
    open_.erase(id);
    under_way_.erase(id);
    if (stopped_) canceled_.insert(id);
  }
  if (m.round != sweeps_ || !stopped_) return;
  const auto left = may_rest();
  auto wait = std::max(rounded_up(length_ / 20), milliseconds(1));
  if (m.failure.failed()) {
    // The first tries fall within the lease; a venue that refuses them is not driven to a ban.
    wait = std::min(wait * (1 << std::min(failed_sweeps_++, 6U)), longest_sweep_wait);
    if (std::exchange(last_failure_, m.failure.message) != m.failure.message)
      options_.log->write(log_level::error, "desk",
                          "open orders at '" + options_.to->name() +
                              "' could not all be cancelled: " + m.failure.message);
  } else if (left.empty() || options_.boot->now() >= settled_after(sweeps_until_)) {
    // Whatever left under the lease, the venue has shown by now.
    return tell_canceled();
  }
  if (!m.failure.failed()) failed_sweeps_ = 0;
  delayed_send(venue_desk_actor(this), wait, sweep_open{sweeps_});
}

// ---- what the host asks for

void venue_desk::follow(const order_report& r) {
  if (r.state == order_state::in_doubt) return;
  under_way_.erase(r.client_order_id);
  if (r.state == order_state::accepted || r.state == order_state::partially_filled)
    open_.insert(r.client_order_id);
  else
    open_.erase(r.client_order_id);
}

void venue_desk::reply(desk_answer a) {
  if (owner_ && a.place == name_.place) send(owner_, std::move(a));
}

void venue_desk::submit(desk_order& m) {
  if (m.place != name_.place) return;
  desk_answer out;
  out.place = m.place;
  out.token = m.token;
  if (!lease_ || !lease_->may_trade(options_.boot->now())) {
    out.report = refused(m.client_order_id, no_lease, options_.clock->now());
    return reply(std::move(out));
  }
  under_way_.insert(m.client_order_id);
  m.permit.term = generation_;
  options_.to->submit(m.client_order_id, m.order, m.permit,
                      [self = venue_desk_actor(this), out](order_report r) mutable {
                        out.report = std::move(r);
                        caf::anon_send(self, adapter_said{std::move(out), true});
                      });
}

void venue_desk::question(desk_question& m) {
  if (m.place != name_.place) return;
  desk_answer out;
  out.place = m.place;
  out.token = m.token;
  options_.to->query(
      m.client_order_id, m.order,
      [self = venue_desk_actor(this), out, id = m.client_order_id](result<order_report> r) mutable {
        if (r.ok())
          out.report = std::move(*r);
        else
          out.failure = wire_error(r.error());
        out.report.client_order_id = id;
        caf::anon_send(self, adapter_said{std::move(out), true});
      });
}

void venue_desk::cancel(const desk_cancel& m) {
  if (m.place != name_.place) return;
  desk_answer out;
  out.place = m.place;
  out.token = m.token;
  options_.to->cancel(m.request, m.ids,
                      [self = venue_desk_actor(this), out](result<cancel_report> r) mutable {
                        if (r.ok())
                          out.ids = std::move(r->canceled);
                        else
                          out.failure = wire_error(r.error());
                        caf::anon_send(self, adapter_said{std::move(out), false});
                      });
}

void venue_desk::list(const desk_list& m) {
  if (m.place != name_.place) return;
  desk_answer out;
  out.place = m.place;
  out.token = m.token;
  options_.to->open_orders(
      [self = venue_desk_actor(this), out](result<std::vector<std::string>> r) mutable {
        if (r.ok())
          out.ids = std::move(*r);
        else
          out.failure = wire_error(r.error());
        caf::anon_send(self, adapter_said{std::move(out), false});
      });
}

void venue_desk::fetch(const desk_fetch& m) {
  if (m.place != name_.place) return;
  desk_answer out;
  out.place = m.place;
  out.token = m.token;
  fetches_[m.token] = options_.to->fetch_market(
      m.request, [self = venue_desk_actor(this), out, to = options_.to,
                  symbol = m.request.symbol](result<market_data> r) mutable {
        if (r.ok()) {
          out.market = std::move(*r);
          out.quantity_step = to->quantity_step(symbol);
        } else {
          out.failure = wire_error(r.error());
        }
        caf::anon_send(self, adapter_said{std::move(out), false});
      });
}

void venue_desk::said(adapter_said& m) {
  auto& a = m.answer;
  fetches_.erase(a.token);
  if (m.of_order) {
    const auto& id = a.report.client_order_id;
    if (!a.failure.failed())
      follow(a.report);
    else if (static_cast<errc>(a.failure.code) == errc::not_found)
      under_way_.erase(id);
    const bool rejected = a.report.state == order_state::rejected;
    // Permits are void here where a lease has ended, and for nothing else.
    const bool outlived = rejected && a.report.code == "permit_void";
    const bool withheld = rejected && a.report.code == "halted" &&
                          !(lease_ && lease_->may_trade(options_.boot->now()));
    if (outlived || withheld) a.report = refused(id, no_lease, a.report.at);
  }
  reply(std::move(a));
}

}  // namespace pitwall
