// Job: what a session has to do with other hosts.
#include <algorithm>
#include <utility>

#include "net/live/live_session.hpp"

namespace pitwall::live {

std::optional<refusal> live_session::find_hosts(const value& id, const subscribe_op& op,
                                                std::vector<host_wish>& wishes) {
  auto* others = around_.others();
  const auto known = others == nullptr ? std::vector<std::string>() : others->names();
  if (op.all_hosts)
    for (const auto& name : known) wishes.push_back({name});
  for (const auto& w : op.hosts) {
    if (std::find(known.begin(), known.end(), w.host) == known.end()) {
      std::string there;
      for (const auto& name : known) there.append(there.empty() ? "" : ", ").append(name);
      return refusal{id, "bad_field", "this host has no peer '" + w.host + "'", "hosts",
                     there.empty() ? "it has none: name them in its configuration, as `peers`"
                                   : "there are: " + there};
    }
    wishes.push_back(w);
  }
  return {};
}

void live_session::pass_on(const relayed_event& e) {
  ++sent_events_;
  around_.send(e.frame, {});
}

void live_session::tell(std::string_view op, value::object members) {
  say(op, {}, std::move(members));
}

}  // namespace pitwall::live
