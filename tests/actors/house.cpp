#include "tests/actors/house.hpp"

#include <algorithm>

namespace pitwall::test {

house::house(std::uint64_t shuffle_seed, estate from)
    : system(config),
      sched(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())),
      clock(std::move(from.clock)),
      storage(std::move(from.storage)),
      journal_port(std::make_shared<faulty_journal>(storage.events)),
      states(std::make_shared<mortal_store>(storage.states)),
      gate(std::move(from.gate)),
      paper(std::move(from.paper)),
      mode_(from.mode),
      random_(shuffle_seed),
      shuffle_(shuffle_seed != 0) {
  clock->follow(sched);
  const bool restarted = paper != nullptr;
  if (!restarted) {
    paper_options options;
    options.seed = 7;
    paper = std::make_shared<paper_venue>(options, gate, clock);
  }
  door = std::make_shared<mortal_venue>(paper);
  shared = std::make_shared<services>();
  shared->clock = clock;
  shared->history = journal_port;
  shared->gate = gate;
  shared->board = board;
  shared->log = log;
  shared->seed = 42 + static_cast<std::uint64_t>(clock->now().time_since_epoch().count());
  broadcast = system.spawn<broadcaster>();
  caf::anon_send(broadcast, add_sink{events});
  shared->writer = system.spawn<journal_writer>(
      journal_port, journal_writer_options{from.mode, broadcast, [this](const error& e) {
                                             journal_failures.push_back(e);
                                             door->closed = true;
                                           }});
  shared->breakers =
      system.spawn<breakers>(breakers_options{[this](const std::string&) { return guard_limits; },
                                              {},
                                              7,
                                              journal_port,
                                              clock,
                                              log,
                                              shared->writer});
  order_router_options way{door,  gate, clock,     shared->writer,
                           board, log,  restarted, shared->breakers};
  way.cancels_on_halt = from.cancel_on_halt;
  auto router =
      open_desk(system, std::move(way), [this](const std::string& venue, std::uint32_t term) {
        caf::anon_send(recovery_of, take_over{venue, term});
      });
  shared->venues.add(paper->name(), {door, router});
  shared->venues.set_fallback(paper->name());
  auto state = risk::restore(*journal_port, *storage.states);
  REQUIRE(state.ok());
  controller = system.spawn<emergency>(
      emergency_options{{}, gate, clock, log, shared->writer, {paper}, marker, {}, host_boot});
  if (from.cancel_on_halt)
    caf::anon_send(controller, watch_emergency{cancel_what_halts(system, {router})});
  shared->risk = system.spawn<risk>(risk_options{
      std::move(*state), shared->venues, clock, from.rules, states, gate, shared->writer,
      [this](emergency_command c) { caf::anon_send(controller, std::move(c)); }});
  caf::anon_send(broadcast, add_sink{risk_sink()});
  run();
}

bool house::run_some(std::size_t jobs) {
  for (; jobs > 0 && sched.has_job(); --jobs) {
    if (shuffle_ && sched.jobs.size() > 1) {
      const auto i = random_() % sched.jobs.size();
      std::swap(sched.jobs.front(), sched.jobs[i]);
    }
    sched.run_once();
  }
  return sched.has_job();
}

estate house::kill(microseconds down) {
  journal_port->dead = true;
  states->dead = true;
  door->dead = true;
  paper->on_report(nullptr);
  clock->leave(down);
  return {storage, gate, clock, paper, mode_};
}

void house::recover() {
  recovery_of = system.spawn<recovery>(recovery_options{
      shared,
      [this](const std::string&, const std::string& definition) -> result<resume_route> {
        const auto known = routes.find(definition);
        if (known == routes.end()) return error{errc::not_found, "no such definition", {}, {}};
        return known->second;
      },
      1'000, [this] { return workflows; }});
  shared->recover = recovery_of;
  caf::anon_send(recovery_of, scan_more{});
  run();
}

house::~house() {
  caf::anon_send_exit(recovery_of, caf::exit_reason::user_shutdown);
  for (auto& w : workflows) caf::anon_send_exit(w, caf::exit_reason::user_shutdown);
  run();
  for (const auto& [name, v] : shared->venues.all())
    caf::anon_send_exit(v.router, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(shared->risk, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(shared->breakers, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(controller, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(shared->writer, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(broadcast, caf::exit_reason::user_shutdown);
  run();
  // Delayed messages that are still in the clock would keep dead actors' addresses: let them out.
  sched.trigger_timeouts();
  run();
}

void house::run() {
  while (run_some(1'000)) continue;
}

void house::pass(std::chrono::milliseconds time) {
  run();
  for (auto left = time; left.count() > 0; left -= limits::deadline_tick) {
    sched.advance_time(std::min<std::chrono::milliseconds>(left, limits::deadline_tick));
    run();
  }
}

workflow_actor house::deploy(std::string_view json, const std::string& id) {
  parse_options options;
  options.forced_id = id;
  auto parsed = parse_workflow(json, options);
  for (const auto& p : parsed.problems) INFO(p.to_string());
  REQUIRE(parsed.definition);
  auto valid =
      validate(std::make_shared<const workflow_definition>(std::move(*parsed.definition)), blocks);
  std::string problems;
  for (const auto& p : valid.problems) problems += p.to_string() + "\n";
  INFO(problems);
  REQUIRE(valid.result);
  const auto definition_id = "definition of " + id;
  valid.result->definition_id = definition_id;
  auto made = make_deployment(valid.result, ".");
  REQUIRE(made.ok());
  auto w = system.spawn<workflow>(services_ref(shared), std::move(*made));
  caf::anon_send(controller, watch_emergency{caf::actor_cast<emergency_listener>(w)});
  workflows.push_back(w);
  routes[definition_id] = resume_route{w, valid.result};
  run();
  return w;
}

event_sink_ref house::risk_sink() {
  struct sink final : event_sink {
    explicit sink(risk_actor a) : to(std::move(a)) {}
    bool offer(const committed_ref& commit) override {
      caf::anon_send(to, publish{commit});
      return true;
    }
    risk_actor to;
  };
  return std::make_shared<sink>(shared->risk);
}

std::vector<execution_summary> house::executions() {
  execution_query everything;
  everything.limit = 1'000;
  auto page = storage.events->executions(everything);
  REQUIRE(page.ok());
  return std::move(page->executions);
}

value house::risk_view() {
  auto view = std::make_shared<value>();
  system.spawn(
      [](caf::event_based_actor* self, const risk_actor& to, const std::shared_ptr<value>& into) {
        self->request(to, caf::infinite, ask_risk{})
            .then([into](risk_answer& a) { *into = std::move(a.view); }, [](caf::error&) {});
      },
      shared->risk, view);
  run();
  return *view;
}

decimal house::held(const std::string& asset) {
  decimal out;
  paper->set_deferred(false);
  paper->fetch_market({"paper", asset + "/USDT", false, false, true, false},
                      [&](result<market_data> m) {
                        REQUIRE(m.ok());
                        out = m->balance.find(asset)->as_number();
                      });
  return out;
}

caf::actor_addr house::next_named(std::string_view name) {
  for (; sched.has_job(); sched.run_once()) {
    auto* next = dynamic_cast<caf::scheduled_actor*>(sched.jobs.front());
    if (next != nullptr && name == next->name()) return next->address();
  }
  return {};
}

std::shared_ptr<started> house::start(const workflow_actor& w, value trigger, bool wait) {
  auto s = std::make_shared<started>();
  caf::anon_send(w,
                 start_execution{std::move(trigger), wait,
                                 std::make_shared<const start_completion>(
                                     [s](result<start_answer> a) { s->answer = std::move(a); })});
  return s;
}

std::shared_ptr<started> house::run_once(std::string_view json) {
  auto s = start(deploy(json));
  run();
  return s;
}

std::shared_ptr<std::optional<emergency_outcome>> house::send_command(emergency_command c) {
  auto answer = std::make_shared<std::optional<emergency_outcome>>();
  // Handed over as arguments: CAF 0.17.6 dereferences null for a function without any.
  system.spawn(
      [](caf::event_based_actor* self, const emergency_actor& to, const emergency_command& command,
         const std::shared_ptr<std::optional<emergency_outcome>>& into) {
        self->request<caf::message_priority::high>(to, caf::infinite, command)
            .then([into](emergency_outcome& o) { *into = std::move(o); }, [](caf::error&) {});
      },
      controller, c, answer);
  return answer;
}

emergency_outcome house::command(emergency_action action, const std::string& scope,
                                 const std::string& reason) {
  auto answer = send_command({action, scope, reason, "tester", "manual"});
  run();
  REQUIRE(*answer);
  return **answer;
}

}  // namespace pitwall::test
