#include "net/live/server_frames.hpp"

#include "runtime/workflow/json.hpp"

namespace pitwall::live {
namespace {

std::string head_of(std::string_view op, const value& id) {
  std::string out = "{\"op\":";
  append_json_string(op, out);
  if (!id.is_null()) {
    out += ",\"id\":";
    append_json(id, out);
  }
  return out;
}

std::string text_at(const value& object, std::string_view name) {
  const value* member = object.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

}  // namespace

value seq_value(std::uint64_t seq) { return decimal(static_cast<std::int64_t>(seq)); }

std::string frame(std::string_view op, const value& id, const value& members) {
  std::string out = head_of(op, id);
  for (const auto& [name, member] : members.as_object()) {
    out += ',';
    append_json_string(name, out);
    out += ':';
    append_json(member, out);
  }
  return out += '}';
}

std::string error_frame(const refusal& r) {
  value::object members{{"code", r.code},
                        {"message", r.remedy.empty() ? r.message : r.message + ": " + r.remedy}};
  if (!r.field.empty()) members.emplace_back("field", r.field);
  if (!r.host.empty()) members.emplace_back("host", r.host);
  if (r.first_seq) members.emplace_back("first_seq", seq_value(*r.first_seq));
  return frame("error", r.id, value(std::move(members)));
}

std::string answer_frame(std::string_view op, const value& id, std::string_view nested,
                         const http::reply& r) {
  if (r.status >= 400) {
    const auto problem = parse_json(r.body);
    refusal told{id, "internal", "the host answered with status " + std::to_string(r.status)};
    if (problem.ok()) {
      told.code = text_at(*problem, "code");
      told.message = text_at(*problem, "detail");
      told.remedy = text_at(*problem, "remedy");
    }
    return error_frame(told);
  }
  std::string out = head_of(op, id);
  out += ',';
  if (nested.empty()) return out.append(r.body, 1);  // Its members, and its closing brace.
  append_json_string(nested, out);
  return out.append(":").append(r.body).append("}");
}

}  // namespace pitwall::live
