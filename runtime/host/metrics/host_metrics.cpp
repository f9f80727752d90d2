// Job: the host's figures: what is counted all along (event_tally, meters), and what is asked for
//      when somebody looks.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "runtime/host/metrics/metrics_text.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {
namespace {

// A scrape must end: who does not answer by then is left out, and named.
constexpr std::chrono::seconds patience{2};
// Of names that a user gives: scopes, bots, breakers, venues.
constexpr std::size_t max_names = 100;

using labels = std::vector<std::pair<std::string, std::string>>;

class page {
 public:
  explicit page(metric_families& out) : out_(out) {}

  metric_family& open(std::string name, std::string help, metric_kind kind) {
    return out_.emplace_back(metric_family{std::move(name), std::move(help), kind, {}});
  }
  void gauge(std::string name, std::string help, double v, labels of = {}) {
    open(std::move(name), std::move(help), metric_kind::gauge)
        .samples.push_back({std::move(of), v});
  }
  void counter(std::string name, std::string help, double v) {
    open(std::move(name), std::move(help), metric_kind::counter).samples.push_back({{}, v});
  }
  void histogram(std::string name, std::string help, metric_sample reading) {
    open(std::move(name), std::move(help), metric_kind::histogram)
        .samples.push_back(std::move(reading));
  }

 private:
  metric_families& out_;
};

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

void add_process(page& p, const std::string& host, timestamp started_at, timestamp now) {
  const auto in_seconds = [](microseconds us) { return static_cast<double>(us.count()) * 1e-6; };
  p.gauge("pitwall_build_info", "Always 1; the version is a label.", 1,
          {{"version", std::string(version())}});
  p.gauge("pitwall_host_info", "Always 1; what the host calls itself is a label.", 1,
          {{"host", host}});
  p.gauge("process_start_time_seconds", "When the host began, in seconds since 1970.",
          in_seconds(started_at.time_since_epoch()));
  p.gauge("pitwall_uptime_seconds", "Since the host began.", in_seconds(now - started_at));
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    p.counter("process_cpu_seconds_total", "Processor time of the process, user and system.",
              seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  if (statm >> all >> resident)
    p.gauge("process_resident_memory_bytes", "Memory of the process that is in use.",
            resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

/// One sample a state, 1 for the one that holds.
template <std::size_t N>
void add_states(metric_family& to, const labels& of, const std::string& now,
                const std::array<std::string_view, N>& states) {
  for (const auto& state : states) {
    labels full = of;
    full.emplace_back("state", state);
    to.samples.push_back({std::move(full), now == state ? 1.0 : 0.0});
  }
}

void add_emergency(page& p, const emergency_book& book) {
  constexpr std::array<std::string_view, 4> states{"normal", "alert", "halt", "shutdown"};
  auto& f = p.open("pitwall_emergency_state",
                   "1 for the state of each scope: global, and those that are or were not normal.",
                   metric_kind::gauge);
  add_states(f, {{"scope", "global"}}, std::string(to_string(book.level("global"))), states);
  std::size_t shown = 1;
  for (const auto& [scope, entry] : book.scopes()) {
    if (scope == "global" || shown == max_names) continue;
    add_states(f, {{"scope", scope}}, std::string(to_string(entry.level)), states);
    ++shown;
  }
}

void add_breakers(page& p, const std::vector<breaker_report>& all) {
  constexpr std::array<std::string_view, 6> states{"closed",      "open",          "half_open",
                                                   "forced_open", "forced_closed", "metrics_only"};
  metric_family state{"pitwall_circuit_breaker_state", "1 for the state of each breaker.",
                      metric_kind::gauge};
  metric_family calls{"pitwall_circuit_breaker_calls_total",
                      "Calls by what became of them, since the breaker was made or reset.",
                      metric_kind::counter};
  metric_family opened{"pitwall_circuit_breaker_opened_total",
                       "How often each breaker opened, since it was made or reset.",
                       metric_kind::counter};
  metric_family under_way{"pitwall_circuit_breaker_calls", "Calls under way, and waiting.",
                          metric_kind::gauge};
  std::size_t shown = 0;
  for (const auto& b : all) {
    if (shown++ == max_names) break;
    const auto count = [&](metric_family& to, const char* label, const char* what,
                           std::uint64_t n) {
      to.samples.push_back({{{"breaker", b.name}, {label, what}}, static_cast<double>(n)});
    };
    add_states(state, {{"breaker", b.name}}, b.state, states);
    count(calls, "outcome", "success", b.successes);
    count(calls, "outcome", "failure", b.failures);
    count(calls, "outcome", "refused", b.refused);
    count(under_way, "phase", "under_way", b.under_way);
    count(under_way, "phase", "waiting", b.waiting);
    opened.samples.push_back({{{"breaker", b.name}}, static_cast<double>(b.opened)});
  }
  for (auto* f : {&state, &calls, &opened, &under_way})
    p.open(f->name, f->help, f->kind).samples = std::move(f->samples);
}

void add_limits(metric_family& to, const value& of, const std::string& scope) {
  const auto* limits = of.find("limits");
  if (limits == nullptr || !limits->is_list()) return;
  for (const auto& row : limits->as_list()) {
    const auto* name = row.find("limit");
    const auto* used = row.find("utilization_percent");
    // One that is checked order by order has no figure in between.
    if (name == nullptr || used == nullptr || !used->is_number()) continue;
    to.samples.push_back(
        {{{"scope", scope}, {"limit", name->as_text()}}, used->as_number().to_double() / 100});
  }
}

void add_risk(page& p, const value& view) {
  auto& used = p.open("pitwall_risk_limit_utilization_ratio",
                      "Of each limit, for the host (scope global) and each bot: 1 is all of it.",
                      metric_kind::gauge);
  const auto* of_host = view.find("host");
  if (of_host != nullptr) add_limits(used, *of_host, "global");
  if (const auto* bots = view.find("bots"); bots != nullptr && bots->is_list()) {
    std::size_t shown = 0;
    for (const auto& bot : bots->as_list()) {
      if (shown++ == max_names) break;
      const auto* id = bot.find("bot_id");
      add_limits(used, bot, "bot:" + (id != nullptr && id->is_text() ? id->as_text() : ""));
    }
  }
  const auto* open = of_host != nullptr ? of_host->find("open_orders") : nullptr;
  if (open != nullptr && open->is_number())
    p.gauge("pitwall_open_orders", "Orders without a final word.", open->as_number().to_double());
}

/// In risk.currency, of each that has filled orders; one whose worth is not known now has none.
void add_profit(page& p, const value& view) {
  const std::pair<const char*, const char*> groups[] = {
      {"bots", "bot:"}, {"strategies", "strategy:"}, {"venues", "venue:"}};
  std::vector<std::pair<std::string, const value*>> rows;
  if (const auto* of_host = view.find("host")) rows.emplace_back("global", of_host);
  for (const auto& [group, prefix] : groups) {
    const auto* all = view.find(group);
    if (all == nullptr || !all->is_list()) continue;
    std::size_t shown = 0;
    for (const auto& row : all->as_list()) {
      const auto* id = row.find("id");
      if (id != nullptr && id->is_text() && shown++ < max_names)
        rows.emplace_back(prefix + id->as_text(), &row);
    }
  }
  const auto add = [&](const char* name, const char* help, std::string_view member) {
    auto& f = p.open(name, help, metric_kind::gauge);
    for (const auto& [scope, row] : rows)
      if (const auto* n = row->find(member); n != nullptr && n->is_number())
        f.samples.push_back({{{"scope", scope}}, n->as_number().to_double()});
  };
  add("pitwall_profit_today", "Made since 00:00 UTC, with what is not realized yet.", "daily_pnl");
  add("pitwall_profit_realized", "Made in all by what was bought and sold again, less fees.",
      "realized");
  add("pitwall_profit_unrealized", "What is held, at the latest prices, against its entry.",
      "unrealized");
  add("pitwall_drawdown", "Below the most that was ever made.", "drawdown");
}

void add_workers(page& p, const std::vector<worker_row>& all) {
  constexpr std::array<std::string_view, 4> states{"joined", "suspect", "lost", "left"};
  const auto in_seconds = [](std::int64_t us) { return static_cast<double>(us) * 1e-6; };
  metric_family state{"pitwall_worker_state", "1 for the state of each worker.",
                      metric_kind::gauge};
  metric_family lease{"pitwall_worker_lease_seconds", "What is left of a worker's lease.",
                      metric_kind::gauge};
  metric_family heard{"pitwall_worker_heard_age_seconds", "Since a worker's last heartbeat.",
                      metric_kind::gauge};
  metric_family nodes{"pitwall_worker_nodes", "Nodes that run at a worker.", metric_kind::gauge};
  std::size_t shown = 0;
  for (const auto& w : all) {
    if (shown++ == max_names) break;
    const labels of{{"worker", w.name}};
    const bool here = w.state == "joined" || w.state == "suspect";
    add_states(state, of, w.state, states);
    lease.samples.push_back({of, here ? in_seconds(w.lease_us_left) : 0});
    heard.samples.push_back({of, in_seconds(w.heard_us_ago)});
    nodes.samples.push_back({of, here ? static_cast<double>(w.nodes) : 0});
  }
  for (auto* f : {&state, &lease, &heard, &nodes})
    p.open(f->name, f->help, f->kind).samples = std::move(f->samples);
}

void add_times(metric_family& to, const std::map<std::string, std::shared_ptr<time_tally>>& all) {
  for (const auto& [name, times] : all) {
    auto reading = times->read();
    reading.labels = {{"venue", name}};
    to.samples.push_back(std::move(reading));
  }
}

void add_venues(page& p, const std::map<std::string, venue_condition>& all,
                const std::map<std::string, std::shared_ptr<time_tally>>& answers) {
  auto& open = p.open("pitwall_venue_open", "1 where the venue takes orders.", metric_kind::gauge);
  std::vector<metric_sample> unsettled;
  for (const auto& [name, v] : all) {
    open.samples.push_back({{{"venue", name}}, v.open ? 1.0 : 0.0});
    unsettled.push_back({{{"venue", name}}, static_cast<double>(v.unsettled)});
  }
  p.open("pitwall_venue_unsettled_orders", "Orders whose fate the venue is asked for.",
         metric_kind::gauge)
      .samples = std::move(unsettled);
  auto& took =
      p.open("pitwall_venue_answer_seconds",
             "Time from an order's way to the venue to the first answer.", metric_kind::histogram);
  add_times(took, answers);
}

void add_feeds(page& p, const std::map<std::string, std::function<feed_health()>>& feeds) {
  std::vector<metric_sample> open, live, others, ages, gaps, reconnects;
  for (const auto& [name, read] : feeds) {
    const feed_health h = read();
    const labels of{{"venue", name}};
    open.push_back({of, static_cast<double>(h.open)});
    live.push_back({{{"venue", name}, {"state", "live"}}, static_cast<double>(h.live)});
    live.push_back(
        {{{"venue", name}, {"state", "other"}}, static_cast<double>(h.symbols - h.live)});
    if (h.last_news) ages.push_back({of, static_cast<double>(h.last_news->count()) / 1'000.0});
    gaps.push_back({of, static_cast<double>(h.gaps)});
    reconnects.push_back({of, static_cast<double>(h.reconnects)});
  }
  p.open("pitwall_feed_connections", "Open connections to a venue's market streams.",
         metric_kind::gauge)
      .samples = std::move(open);
  p.open("pitwall_feed_symbols", "Symbols of market streams; a live one may be traded on.",
         metric_kind::gauge)
      .samples = std::move(live);
  p.open("pitwall_feed_age_seconds", "Since the newest of what a venue's market streams told.",
         metric_kind::gauge)
      .samples = std::move(ages);
  p.open("pitwall_feed_gaps_total", "Losses that were seen in a venue's market streams.",
         metric_kind::counter)
      .samples = std::move(gaps);
  p.open("pitwall_feed_reconnects_total", "Connections to market streams that were opened again.",
         metric_kind::counter)
      .samples = std::move(reconnects);
}

}  // namespace

void host::metrics(metrics_form form, metric_families more, completion<std::string> then) {
  metric_families all;
  page p(all);
  add_process(p, w_->name, w_->started_at, w_->clock->now());
  p.gauge("pitwall_actors", "Actors that run.",
          static_cast<double>(w_->system->registry().running()));
  // First how far publication was: all of that is in the counts read after it.
  w_->add_journal_metrics(all);
  w_->tally->read(all);
  const auto breakers =
      w_->ask_within<std::vector<breaker_report>>(patience, w_->shared->breakers, list_breakers{});
  const auto risk = w_->ask_within<risk_answer>(patience, w_->shared->risk, ask_risk{});
  add_emergency(p, *w_->gate->read());
  if (breakers.ok()) add_breakers(p, *breakers);
  if (risk.ok()) {
    add_risk(p, risk->view);
    if (const auto* profit = risk->view.find("profit")) add_profit(p, *profit);
  }
  add_venues(p, w_->board->all(), w_->answers);
  add_times(p.open("pitwall_venue_market_seconds",
                   "Time from a question for prices, books or balances to its answer.",
                   metric_kind::histogram),
            w_->market_answers);
  add_feeds(p, w_->feeds);
  bool workers_known = true;
  if (w_->shared->workers) {
    const auto rows =
        w_->ask_within<std::vector<worker_row>>(patience, w_->shared->workers, list_workers{});
    workers_known = rows.ok();
    if (workers_known) add_workers(p, *rows);
  }
  auto& missing =
      p.open("pitwall_metrics_missing", "1 where a part of this page could not be had in time.",
             metric_kind::gauge);
  missing.samples = {{{{"part", "circuit_breakers"}}, breakers.ok() ? 0.0 : 1.0},
                     {{{"part", "risk"}}, risk.ok() ? 0.0 : 1.0},
                     {{{"part", "workers"}}, workers_known ? 0.0 : 1.0}};
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  then(metrics_text(all, form));
}

void host::wiring::add_journal_metrics(metric_families& out) const {
  page p(out);
  p.gauge("pitwall_executions_in_flight", "Executions that run, wait or are queued.",
          static_cast<double>(shared->slots->in_use()));
  p.gauge("pitwall_executions_in_flight_limit", "How many there may be.",
          static_cast<double>(shared->slots->most()));
  p.histogram("pitwall_journal_commit_seconds",
              "Time of a commit, with the disk's answer; none in memory.",
              journal_figures->commits.read());
  p.histogram("pitwall_journal_fdatasync_seconds",
              "Time that commits waited for the disk; none in memory and async.",
              journal_figures->syncs.read());
  p.gauge("pitwall_journal_queue_batches", "Batches that wait for the next commit.",
          static_cast<double>(journal_figures->waiting.load(std::memory_order_relaxed)));
  const auto told = published->head();
  const auto durable = storage.events->head();
  p.gauge("pitwall_journal_last_seq", "The last durable event.", static_cast<double>(durable));
  p.gauge("pitwall_broadcast_queue_events", "Durable events that are not published yet.",
          static_cast<double>(durable > told ? durable - told : 0));
  auto& mail = p.open("pitwall_mailbox_messages", "Messages that wait for actors of that name.",
                      metric_kind::gauge);
  for (const auto& [actor, depth] : config->mailboxes->read())
    mail.samples.push_back({{{"actor", actor}}, static_cast<double>(depth)});
  double letters = 0;
  for (const auto& l : config->letters->all()) letters += static_cast<double>(l.count);
  p.counter("pitwall_dead_letters_total", "Messages that no actor took.", letters);
  p.counter("pitwall_log_lines_dropped_total", "Lines that came faster than they were written.",
            static_cast<double>(options.log->dropped()));
}

}  // namespace pitwall
