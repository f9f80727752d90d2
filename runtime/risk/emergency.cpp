#include "runtime/risk/emergency.hpp"

#include <algorithm>
#include <array>

#include "runtime/base/scope_name.hpp"

namespace pitwall {

namespace {

// A scope as two parts: looking it up allocates nothing, for the venue's I/O thread asks too.
struct scope_key {
  std::string_view prefix, name;

  int compare(std::string_view text) const noexcept {
    const int front = prefix.compare(text.substr(0, prefix.size()));
    return front != 0 ? front : name.compare(text.substr(prefix.size()));
  }
};
bool operator<(const scope_key& a, const std::string& b) noexcept { return a.compare(b) < 0; }
bool operator<(const std::string& a, const scope_key& b) noexcept { return b.compare(a) > 0; }

constexpr std::string_view global = "global";
constexpr std::array<std::string_view, 3> prefixes = {venue_scope, bot_scope, strategy_scope};

// The book's entries that apply, at most four; null where nothing was ever said.
std::array<const emergency_book::entry*, 4> applying(
    const std::map<std::string, emergency_book::entry, std::less<>>& scopes, std::string_view venue,
    std::string_view bot, std::string_view strategy) noexcept {
  const auto find = [&](std::string_view prefix, std::string_view name) {
    const auto it = scopes.find(scope_key{prefix, name});
    return it == scopes.end() ? nullptr : &it->second;
  };
  const auto named = [&](std::string_view prefix, std::string_view name) {
    return name.empty() ? nullptr : find(prefix, name);
  };
  return {find(global, ""), named(prefixes[0], venue), named(prefixes[1], bot),
          named(prefixes[2], strategy)};
}

error misspelled(const char* what, std::string_view text, const char* remedy) {
  return {errc::invalid_argument,
          "'" + std::string(text.substr(0, 40)) + "' is not an emergency " + what,
          {},
          remedy};
}

emergency_level target(emergency_action action) noexcept {
  switch (action) {
    case emergency_action::alert:
      return emergency_level::alert;
    case emergency_action::halt:
      return emergency_level::halt;
    case emergency_action::shutdown:
      return emergency_level::shutdown;
    case emergency_action::resume:
      break;
  }
  return emergency_level::normal;
}

}  // namespace

std::string_view to_string(emergency_level l) noexcept {
  switch (l) {
    case emergency_level::normal:
      return "normal";
    case emergency_level::alert:
      return "alert";
    case emergency_level::halt:
      return "halt";
    case emergency_level::shutdown:
      return "shutdown";
  }
  return "shutdown";
}

result<emergency_level> emergency_level_from_string(std::string_view text) {
  for (auto l : {emergency_level::normal, emergency_level::alert, emergency_level::halt,
                 emergency_level::shutdown}) {
    if (text == to_string(l)) return l;
  }
  return misspelled("state", text, "use normal, alert, halt or shutdown");
}

result<emergency_action> emergency_action_from_string(std::string_view text) {
  if (text == "alert") return emergency_action::alert;
  if (text == "halt") return emergency_action::halt;
  if (text == "resume") return emergency_action::resume;
  if (text == "shutdown") return emergency_action::shutdown;
  return misspelled("action", text, "use alert, halt, resume or shutdown");
}

status emergency_book::check_scope(std::string_view scope) {
  bool good = scope == global;
  for (const auto prefix : prefixes)
    good =
        good || (scope.starts_with(prefix) && can_name_scope(prefix, scope.substr(prefix.size())));
  if (!good) {
    return misspelled("scope", has_control_characters(scope) ? std::string_view() : scope,
                      "use global, venue:<name>, bot:<id> or strategy:<id>, at most 256 bytes");
  }
  return done{};
}

result<emergency_change> emergency_book::decide(const emergency_command& command) const {
  PITWALL_CHECK(check_scope(command.scope));
  const bool resumes = command.action == emergency_action::resume;
  if (resumes && is_blank(command.operator_name)) {
    return {errc::invalid_argument, "resume without an operator", command.scope,
            "say who resumes trading"};
  }
  if (resumes && is_blank(command.reason)) {
    return {errc::invalid_argument, "resume without a reason", command.scope,
            "say why trading may go on"};
  }

  const auto previous = level(command.scope);
  emergency_change change{command.scope, previous, target(command.action)};
  if (command.action == emergency_action::halt && !can_trade(previous)) {
    change.next = previous;  // Stopped already, and a shutdown stays one.
    return change;
  }
  if (previous == emergency_level::shutdown && change.next != previous) {
    return {errc::failed_precondition, "this scope is shut down", command.scope,
            "start the host anew with `pitwall serve --leave-shutdown`"};
  }
  if (previous == emergency_level::halt && command.action == emergency_action::alert) {
    return {errc::failed_precondition, "an alert does not lift a halt", command.scope,
            "use resume, with operator and reason"};
  }
  return change;
}

void emergency_book::apply(const emergency_change& change) {
  if (level(change.scope) == change.next) return;
  auto& e = scopes_[change.scope];
  e.level = change.next;
  if (!can_trade(change.next)) e.closed_epoch = ++epoch_;
}

emergency_level emergency_book::level(std::string_view scope) const noexcept {
  const auto it = scopes_.find(scope);
  return it == scopes_.end() ? emergency_level::normal : it->second.level;
}

emergency_level emergency_book::effective(std::string_view venue, std::string_view bot,
                                          std::string_view strategy) const noexcept {
  auto strictest = emergency_level::normal;
  for (const auto* e : applying(scopes_, venue, bot, strategy)) {
    if (e != nullptr) strictest = std::max(strictest, e->level);
  }
  return strictest;
}

order_permit emergency_book::grant(std::string venue, std::string bot, std::string strategy) const {
  const bool open = can_trade(effective(venue, bot, strategy));
  return {open ? epoch_ : 0, std::move(venue), std::move(bot), std::move(strategy)};
}

bool emergency_book::allows(const order_permit& permit) const noexcept {
  if (permit.epoch == 0) return false;
  for (const auto* e : applying(scopes_, permit.venue, permit.bot_id, permit.strategy_id)) {
    if (e != nullptr && (!can_trade(e->level) || e->closed_epoch > permit.epoch)) return false;
  }
  return true;
}

}  // namespace pitwall
