#include "net/exchange/stream_request.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::sim {

namespace {

using method = stream_request::method;

constexpr std::size_t deepest = 8, longest_id = 36, longest_quoted = 64;
constexpr std::array<std::pair<std::string_view, method>, 5> methods{
    {{"SUBSCRIBE", method::subscribe},
     {"UNSUBSCRIBE", method::unsubscribe},
     {"LIST_SUBSCRIPTIONS", method::list},
     {"SET_PROPERTY", method::set_combined},
     {"GET_PROPERTY", method::get_combined}}};

/// "line 1 column 28", of what follows this many bytes.
std::string place_of(std::string_view frame, std::size_t bytes) {
  const auto before = frame.substr(0, bytes);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n') + 1;
  return "line " + std::to_string(line) + " column " + std::to_string(before.size() - start);
}

value invalid(std::string what, const value* id = nullptr) {
  return stream_refusal(2, "Invalid request: " + std::move(what), id);
}

bool is_id(const value& v) {
  if (v.is_null()) return true;
  if (v.is_number()) return v.as_number().to_int().ok();
  return v.is_text() && !v.as_text().empty() && v.as_text().size() <= longest_id &&
         std::ranges::all_of(v.as_text(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

std::optional<value> read_method(std::string_view frame, const value& all, method& out) {
  const value* wanted = all.find("method");
  if (wanted == nullptr) {
    return invalid("missing field `method` at " + place_of(frame, frame.size()));
  }
  const std::string text = wanted->is_text() ? wanted->as_text() : to_json(*wanted);
  const auto* known = std::ranges::find_if(methods, [&](const auto& m) { return m.first == text; });
  if (wanted->is_text() && known != methods.end()) {
    out = known->second;
    return {};
  }
  const auto at = frame.find(text);
  return invalid(
      "unknown variant `" + text.substr(0, longest_quoted) +
      "`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
      "`GET_PROPERTY` at " +
      place_of(frame, at == std::string_view::npos ? frame.size() : at + text.size() + 1));
}

std::optional<value> read_property(const value::list& params, stream_request& out) {
  const std::size_t wanted = out.what == method::set_combined ? 2 : 1;
  if (params.empty() || !params.front().is_text()) {
    return invalid("property name must be a string", &out.id);
  }
  if (params.size() > wanted) return invalid("too many parameters", &out.id);
  if (params.front().as_text() != "combined") return stream_refusal(0, "Unknown property", &out.id);
  if (out.what == method::get_combined) return {};
  if (params.size() < wanted || !params[1].is_bool()) {
    return stream_refusal(1, "Invalid value type: expected Boolean", &out.id);
  }
  out.combined = params[1].as_bool();
  return {};
}

std::optional<value> read_params(const value& all, stream_request& out) {
  const value* given = all.find("params");
  const value::list none;
  if (given != nullptr && !given->is_list()) return invalid("params must be an array", &out.id);
  const value::list& params = given != nullptr ? given->as_list() : none;
  if (out.what == method::set_combined || out.what == method::get_combined) {
    return read_property(params, out);
  }
  if (out.what == method::list) {
    return params.empty() ? std::optional<value>() : invalid("too many parameters", &out.id);
  }
  if (params.empty()) return invalid("missing field `params`", &out.id);
  for (const value& v : params) {
    if (!v.is_text()) return invalid("stream name must be a string", &out.id);
    out.streams.push_back(v.as_text());
  }
  return {};
}

}  // namespace

value stream_answer(value result, value id) {
  return value::object{{"result", std::move(result)}, {"id", std::move(id)}};
}

value stream_refusal(int code, std::string text, const value* id) {
  value::object out{{"code", code}, {"msg", std::move(text)}};
  if (id != nullptr) out.emplace_back("id", *id);
  return value(std::move(out));
}

std::variant<stream_request, value> read_stream_request(std::string_view frame) {
  const auto all = parse_json(frame, deepest);
  if (!all.ok()) {
    std::string where = all.error().where;
    std::erase(where, ',');
    if (where.empty()) where = place_of(frame, frame.size());
    return stream_refusal(3, "Invalid JSON: expected value at " + where, nullptr);
  }
  if (!all->is_object()) return invalid("expected an object");
  stream_request out;
  if (auto bad = read_method(frame, *all, out.what)) return *bad;
  const value* id = all->find("id");
  if (id == nullptr || !is_id(*id)) return invalid("request ID must be an unsigned integer");
  out.id = *id;
  if (auto bad = read_params(*all, out)) return *bad;
  return out;
}

}  // namespace pitwall::sim
