#include "net/live/client_frame.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "net/server/event_types.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::live {
namespace {

constexpr std::size_t max_depth = 8;

struct state_kind {
  std::string_view name, path;
  bool needs_id = false;
};
constexpr std::array<state_kind, 9> state_kinds{{{"host", "/health"},
                                                 {"emergency", "/api/v1/emergency"},
                                                 {"risk", "/api/v1/risk"},
                                                 {"positions", "/api/v1/positions"},
                                                 {"circuit_breakers", "/api/v1/circuit-breakers"},
                                                 {"workflows", "/api/v1/workflows"},
                                                 {"executions", "/api/v1/executions"},
                                                 {"workflow", "/api/v1/workflows/", true},
                                                 {"execution", "/api/v1/executions/", true}}};

/// A frame being read: the first thing that is wrong ends it.
class reading {
 public:
  reading(const value& frame, const value& id) : frame_(frame), id_(id) {}

  void fail(std::string_view field, std::string message, std::string remedy) {
    if (wrong_) return;
    wrong_ = refusal{id_, "bad_field", std::move(message), std::string(field), std::move(remedy)};
  }

  void allow_only(std::initializer_list<std::string_view> names) {
    for (const auto& [name, member] : frame_.as_object()) {
      if (name == "op" || name == "id") continue;
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      std::string known = "op, id";
      for (const auto n : names) known.append(", ").append(n);
      const std::string said = name.substr(0, max_id_bytes);
      fail(said, "there is no field '" + said + "' here", "known are: " + known);
    }
  }

  std::string text(std::string_view field, std::size_t most = max_text_bytes) {
    const value* member = frame_.find(field);
    if (member == nullptr || member->is_null()) return {};
    return given_text(field, most).value_or(std::string());
  }

  /// Nothing where it is absent; null is no text.
  std::optional<std::string> given_text(std::string_view field, std::size_t most = max_text_bytes) {
    const value* member = frame_.find(field);
    if (member == nullptr) return {};
    if (!member->is_text() || member->as_text().size() > most) {
      fail(field,
           "'" + std::string(field) + "' is no text of at most " + std::to_string(most) + " bytes",
           "send a JSON string");
      return {};
    }
    return member->as_text();
  }

  std::string needed_text(std::string_view field, std::string remedy) {
    std::string found = text(field);
    if (found.empty()) fail(field, "'" + std::string(field) + "' is missing", std::move(remedy));
    return found;
  }

  bool flag(std::string_view field) {
    const value* member = frame_.find(field);
    if (member == nullptr || member->is_null()) return false;
    if (member->is_bool()) return member->as_bool();
    fail(field, "'" + std::string(field) + "' is neither true nor false", "send true or false");
    return false;
  }

  std::optional<std::uint64_t> seq(std::string_view field) {
    const value* member = frame_.find(field);
    if (member == nullptr || member->is_null()) return {};
    if (member->is_number()) {
      const auto number = member->as_number();
      const auto whole = number.to_int();
      if (whole.ok() && *whole >= 0 && decimal(*whole) == number) {
        return static_cast<std::uint64_t>(*whole);
      }
    }
    fail(field, "'" + std::string(field) + "' is no whole number from 0 on",
         "send the seq of the last event that arrived; 0: from the beginning");
    return {};
  }

  std::vector<std::string> ids(std::string_view field) {
    const value* member = frame_.find(field);
    if (member == nullptr || member->is_null()) return {};
    const auto refuse = [&] {
      fail(field, "'" + std::string(field) + "' is no list of texts",
           "send at most " + std::to_string(max_ids) + " strings of 1 to " +
               std::to_string(max_id_bytes) + " bytes");
      return std::vector<std::string>();
    };
    if (!member->is_list() || member->as_list().size() > max_ids) return refuse();
    std::vector<std::string> out;
    for (const value& one : member->as_list()) {
      if (!one.is_text() || one.as_text().empty() || one.as_text().size() > max_id_bytes) {
        return refuse();
      }
      out.push_back(one.as_text());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  /// "all", a list of names, or an object: of each name where it begins.
  void hosts(subscribe_op& into) {
    const value* member = frame_.find("hosts");
    if (member == nullptr || member->is_null()) return;
    into.all_hosts = member->is_text() && member->as_text() == "all";
    if (into.all_hosts) return;
    if (!member->is_object()) {
      for (auto& name : ids("hosts")) into.hosts.push_back({std::move(name)});
      return;
    }
    const auto& all = member->as_object();
    if (all.size() > max_ids) fail("hosts", "'hosts' names too many", "leave some out");
    for (const auto& [name, at] : all) {
      if (wrong_) return;
      reading in(at, id_);
      if (!at.is_object()) {
        fail("hosts", "'hosts' has of one host what is no object",
             R"(send {"NAME": {"after": 7, "epoch": "…"}}, or {"NAME": {}})");
        return;
      }
      in.allow_only({"after", "epoch"});
      into.hosts.push_back({name, in.seq("after"), in.text("epoch", max_id_bytes)});
      wrong_ = std::move(in.wrong_);
    }
  }

  std::variant<client_frame, refusal> finish(client_frame made) {
    if (wrong_) return std::move(*wrong_);
    made.id = id_;
    return made;
  }

 private:
  const value& frame_;
  const value& id_;
  std::optional<refusal> wrong_;
};

subscribe_op read_subscribe(reading& in) {
  in.allow_only(
      {"workflow_ids", "bot_ids", "strategy_ids", "types", "all", "after", "epoch", "hosts"});
  subscribe_op op;
  op.filter.workflow_ids = in.ids("workflow_ids");
  op.filter.bot_ids = in.ids("bot_ids");
  op.filter.strategy_ids = in.ids("strategy_ids");
  op.filter.types = in.ids("types");
  op.filter.all = in.flag("all");
  op.after = in.seq("after");
  op.epoch = in.text("epoch", max_id_bytes);
  in.hosts(op);
  if (const auto known = http::check_event_types(op.filter.types, {}); !known.ok()) {
    in.fail("types", known.error().message, known.error().remedy);
  }
  if (op.filter.all && !op.filter.names_nobody()) {
    in.fail("all", "'all' and a list of ids contradict each other", "send one of them");
  }
  if (!op.filter.all && op.filter.names_nobody() && op.filter.types.empty()) {
    in.fail("all", "the subscription names nothing",
            "send workflow_ids, bot_ids, strategy_ids or types, or \"all\": true");
  }
  return op;
}

state_op read_state(reading& in, const value& id) {
  in.allow_only({"kind"});
  state_op op;
  op.kind = in.text("kind");
  bool needs_id = false;
  if (path_of_state(op.kind, needs_id).empty()) {
    std::string known;
    for (const auto& k : state_kinds) known.append(known.empty() ? "" : ", ").append(k.name);
    in.fail("kind", "there is no kind of state '" + op.kind + "'", "known are: " + known);
  }
  if (id.is_text()) op.id = id.as_text();
  if (needs_id && op.id.empty()) {
    in.fail("id", "'id' does not name the " + op.kind, "send its id as a text");
  }
  return op;
}

emergency_op read_emergency(reading& in) {
  in.allow_only({"action", "scope", "reason", "operator", "all_hosts"});
  emergency_op op;
  op.action = in.needed_text("action", "send halt, alert, resume or shutdown");
  op.scope = in.given_text("scope");
  op.reason = in.text("reason");
  op.operator_name = in.text("operator");
  op.all_hosts = in.flag("all_hosts");
  return op;
}

/// Text or a number; else a refusal.
bool is_echo(const value& id) {
  return id.is_null() || id.is_number() || (id.is_text() && id.as_text().size() <= max_id_bytes);
}

std::variant<client_frame, refusal> read_op(const value& frame, const value& id,
                                            const std::string& op) {
  reading in(frame, id);
  client_frame made;
  if (op == "subscribe") {
    made.what = read_subscribe(in);
  } else if (op == "authenticate") {
    in.allow_only({"token"});
    made.what = authenticate_op{in.text("token")};
  } else if (op == "state") {
    made.what = read_state(in, id);
  } else if (op == "emergency") {
    made.what = read_emergency(in);
  } else if (op == "unsubscribe") {
    in.allow_only({});
    made.what = unsubscribe_op{};
  } else if (op == "stats") {
    in.allow_only({});
    made.what = stats_op{};
  } else if (op == "ping") {
    in.allow_only({});
    made.what = ping_op{};
  } else {
    return refusal{id, "unknown_op", "there is no op '" + op.substr(0, max_id_bytes) + "'", "op",
                   "known are: authenticate, subscribe, unsubscribe, stats, state, emergency, "
                   "ping"};
  }
  return in.finish(std::move(made));
}

}  // namespace

std::string_view path_of_state(std::string_view kind, bool& needs_id) noexcept {
  for (const auto& k : state_kinds) {
    if (k.name != kind) continue;
    needs_id = k.needs_id;
    return k.path;
  }
  return {};
}

std::variant<client_frame, refusal> read_frame(std::string_view text) {
  const auto parsed = parse_json(text, max_depth);
  if (!parsed.ok()) {
    return refusal{value(),
                   "bad_json",
                   "the frame is no JSON: " + parsed.error().to_string(),
                   {},
                   R"(send one JSON object a frame, like {"op":"ping"})"};
  }
  if (!parsed->is_object()) {
    return refusal{value(),
                   "bad_json",
                   "the frame is no JSON object",
                   {},
                   R"(send one JSON object a frame, like {"op":"ping"})"};
  }
  const value* id_member = parsed->find("id");
  const value id = id_member == nullptr ? value() : *id_member;
  if (!is_echo(id)) {
    return refusal{
        value(), "bad_field",
        "'id' is neither a number nor a text of at most " + std::to_string(max_id_bytes) + " bytes",
        "id", "send a number or a text, or leave it out"};
  }
  const value* op = parsed->find("op");
  if (op == nullptr || !op->is_text()) {
    return refusal{id, "bad_field", "the frame has no text 'op'", "op",
                   R"(send one, like {"op":"ping"})"};
  }
  return read_op(*parsed, id, op->as_text());
}

}  // namespace pitwall::live
