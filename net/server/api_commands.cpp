// Job: emergency states and commands, of this host and of all.
#include <future>

#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/peer_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

using peers_ref = std::shared_ptr<peers::host_relay>;

// Longer than a peer has for its answer.
constexpr std::uint64_t longest_wait_seconds = 60;

struct asked_command {
  emergency_command what;
  std::string action;
  bool all_hosts = false;
  std::string for_host;  ///< Empty: whoever is asked.
};

result<asked_command> command_of(const request& asked) {
  PITWALL_TRY(body,
              object_body(asked, {"action", "scope", "reason", "operator", "trigger", "for_host"},
                          {"all_hosts"}));
  if (body.find("action") == nullptr) {
    return {errc::invalid_argument, "the body names no action", asked.to.path,
            R"(send {"action": "halt", "scope": "global", "reason": "...", "operator": "..."})"};
  }
  PITWALL_TRY(action, emergency_action_from_string(text_member(body, "action", {})));
  const value* all = body.find("all_hosts");
  return asked_command{
      {action, text_member(body, "scope", "global"), text_member(body, "reason", {}),
       text_member(body, "operator", {}), text_member(body, "trigger", "manual")},
      text_member(body, "action", {}),
      all != nullptr && all->as_bool(),
      text_member(body, "for_host", {})};
}

/// It was sent to another host than the one that it is for: nothing is done.
reply misdirected(const std::string& meant, const std::string& here) {
  constexpr unsigned misdirected_request = 421;
  return problem_reply(
      error{errc::failed_precondition,
            "the command is for host '" + meant + "', and this one " +
                (here.empty() ? "has no name" : "calls itself '" + here + "'"),
            "for_host", "look at the URL, and at `host.name` of both; nothing was done here"},
      misdirected_request);
}

/// Where it makes things safer, others are told whatever becomes of it here.
bool is_urgent(emergency_action a) {
  return a == emergency_action::halt || a == emergency_action::shutdown;
}

/// What the emergency state machine would refuse of it anywhere: then nobody is told.
status check(const emergency_command& c) {
  PITWALL_CHECK(emergency_book::check_scope(c.scope));
  if (c.action == emergency_action::resume) {
    const auto decided = emergency_book{}.decide(c);
    if (!decided.ok() && decided.error().code == errc::invalid_argument) return decided.error();
  }
  return done{};
}

reply answer_of(const emergency_answer& own, const peers::all_hosts_report& others) {
  auto members = view_of(own).as_object();
  members.emplace_back("all_hosts", view_of(others));
  return json_reply(value(std::move(members)));
}

void command_all(control& host, const peers_ref& peers, const exchange_ref& ex,
                 const asked_command& asked) {
  const auto& c = asked.what;
  if (const auto good = check(c); !good.ok()) return ex->answer(problem_reply(good.error()));
  const bool urgent = peers && is_urgent(c.action);
  const auto none = peers::all_hosts_report{{}, asked.action, c.scope, {}};
  std::promise<peers::all_hosts_report> opened;
  // This host is on its way first: it waits for no other host, and for no book about them.
  host.emergency(c, [ex, peers, c, urgent, none,
                     told = opened.get_future().share()](const result<emergency_answer>& r) {
    if (!peers) return ex->answer(r.ok() ? answer_of(*r, none) : problem_reply(r.error()));
    ex->work([ex, peers, c, urgent, told, own = r] {
      if (urgent) {
        const auto others = told.get();
        if (own.ok()) return ex->answer(answer_of(*own, others));
        error why = own.error();
        why.remedy += "; the others were told: GET /api/v1/emergency/all-hosts/" + others.id;
        return ex->answer(problem_reply(why));
      }
      if (!own.ok()) return ex->answer(problem_reply(own.error()));
      const auto now = peers->open_command(c);
      peers->send_command(now.id, c);
      ex->answer(answer_of(*own, now));
    });
  });
  if (!urgent) return;
  const auto others = peers->open_command(c);
  peers->send_command(others.id, c);
  opened.set_value(others);
}

void get_report(const peers_ref& peers, const exchange_ref& ex, const std::string& id) {
  const auto& to = ex->asked().to;
  if (auto known = to.allow_only({"wait"}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  const auto wait = to.number("wait", 0, 0, longest_wait_seconds);
  if (!wait.ok()) return ex->answer(problem_reply(wait.error()));
  const auto now = peers ? peers->report(id) : std::nullopt;
  if (!now)
    return ex->answer(problem_reply(error{errc::not_found, "no command to all hosts has this id",
                                          to.path, "only the last 64 of this life are kept"}));
  if (*wait == 0 || now->finished()) return ex->answer(json_reply(peers::view_of(*now)));
  ex->answer_after(std::chrono::seconds(*wait), [peers, id, then = *now] {
    return json_reply(peers::view_of(peers->report(id).value_or(then)));
  });
  peers->when_finished(
      id, [ex](const peers::all_hosts_report& r) { ex->answer(json_reply(peers::view_of(r))); });
}

void get_states(control& host, const peers_ref& peers, const exchange_ref& ex) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  ex->work([&host, peers, ex] {
    auto members = emergency_view(host.health()).as_object();
    if (peers) {
      value::list others;
      for (const auto& p : peers->all()) others.push_back(peers::emergency_view(p));
      members.emplace_back("hosts", value(std::move(others)));
    }
    ex->answer(json_reply(value(std::move(members))));
  });
}

}  // namespace

void add_command_routes(router& to, control& host, const server_figures& own) {
  to.add("GET", "/api/v1/emergency",
         [&host, peers = own.peers](const exchange_ref& ex, const auto&) {
           get_states(host, peers, ex);
         });
  to.add("POST", "/api/v1/emergency",
         [&host, peers = own.peers, name = own.name](const exchange_ref& ex, const auto&) {
           auto command = command_of(ex->asked());
           if (!command.ok()) return ex->answer(problem_reply(command.error()));
           if (!command->for_host.empty() && command->for_host != name)
             return ex->answer(misdirected(command->for_host, name));
           if (command->all_hosts) return command_all(host, peers, ex, *command);
           host.emergency(std::move(command->what), [ex](result<emergency_answer> r) {
             ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error()));
           });
         });
  to.add("GET", "/api/v1/emergency/all-hosts/{id}",
         [peers = own.peers](const exchange_ref& ex, const auto& captured) {
           get_report(peers, ex, captured[0]);
         });
}

}  // namespace pitwall::http
