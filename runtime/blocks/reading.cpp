#include "runtime/blocks/reading.hpp"

namespace pitwall {

std::optional<decimal> number_in(const value& v) {
  if (v.is_number()) return v.as_number();
  if (!v.is_text()) return std::nullopt;
  auto parsed = decimal::parse(v.as_text());
  if (!parsed.ok()) return std::nullopt;
  return *parsed;
}

std::string shown(const value& v) {
  switch (v.type()) {
    case value::kind::null:
      return "null";
    case value::kind::boolean:
      return v.as_bool() ? "true" : "false";
    case value::kind::number:
      return v.as_number().to_string();
    case value::kind::text:
      return "'" + v.as_text().substr(0, 40) + (v.as_text().size() > 40 ? "..." : "") + "'";
    case value::kind::list:
      return "a list";
    case value::kind::object:
      return "an object";
  }
  return "a value";
}

const value& input_reader::at(std::size_t slot) const noexcept {
  static const value nothing;
  return slot < in_.inputs.size() ? in_.inputs[slot] : nothing;
}

error input_reader::fault(std::string_view name, std::string_view what) const {
  std::string message = "input '";
  message.append(name).append("' of ").append(type_).append(" ").append(what);
  return error{errc::invalid_argument, std::move(message), "",
               "check the output or the property that feeds it"};
}

result<decimal> input_reader::number(std::size_t slot, std::string_view name) const {
  const value& v = at(slot);
  if (v.is_number()) return v.as_number();
  if (const auto n = number_in(v)) return *n;
  return fault(name, "must be a number, not " + shown(v));
}

result<decimal> input_reader::positive(std::size_t slot, std::string_view name) const {
  PITWALL_TRY(n, number(slot, name));
  if (n <= decimal(0)) return fault(name, "must be above 0, not " + n.to_string());
  return n;
}

result<decimal> input_reader::not_below_zero(std::size_t slot, std::string_view name) const {
  PITWALL_TRY(n, number(slot, name));
  if (n.is_negative()) return fault(name, "must not be below 0, but is " + n.to_string());
  return n;
}

result<std::int64_t> input_reader::whole(std::size_t slot, std::string_view name,
                                         std::int64_t minimum, std::int64_t maximum) const {
  PITWALL_TRY(n, number(slot, name));
  const auto i = n.to_int();
  if (!i.ok() || *i < minimum || *i > maximum) {
    return fault(name, "must be a whole number from " + std::to_string(minimum) + " to " +
                           std::to_string(maximum) + ", not " + n.to_string());
  }
  return *i;
}

result<std::optional<decimal>> input_reader::number_or_none(std::size_t slot,
                                                            std::string_view name) const {
  if (at(slot).is_null()) return std::optional<decimal>();
  PITWALL_TRY(n, number(slot, name));
  return std::optional<decimal>(n);
}

result<bool> input_reader::boolean(std::size_t slot, std::string_view name) const {
  const value& v = at(slot);
  if (!v.is_bool()) return fault(name, "must be true or false, not " + shown(v));
  return v.as_bool();
}

result<bool> input_reader::signal(std::size_t slot, std::string_view name) const {
  if (at(slot).is_null()) return false;
  return boolean(slot, name);
}

error property_reader::fault(std::string_view name, std::string_view what,
                             std::string remedy) const {
  std::string message = "property '";
  message.append(name).append("' of ").append(config_.definition.type).append(" ").append(what);
  return error{errc::invalid_argument, std::move(message), "block '" + config_.definition.id + "'",
               std::move(remedy)};
}

result<std::string> property_reader::text(std::string_view name, std::string_view fallback) const {
  const value v = config_.property(name);
  if (v.is_null()) return std::string(fallback);
  if (!v.is_text()) return fault(name, "must be a text, not " + shown(v));
  return v.as_text();
}

result<std::string> property_reader::required_text(std::string_view name) const {
  PITWALL_TRY(t, text(name, ""));
  if (t.empty()) return fault(name, "is missing", "set it in the block's properties");
  return t;
}

result<decimal> property_reader::number(std::string_view name,
                                        std::optional<decimal> fallback) const {
  const value v = config_.property(name);
  if (v.is_null()) {
    if (fallback) return *fallback;
    return fault(name, "is missing", "set it in the block's properties");
  }
  const auto n = number_in(v);
  if (!n) return fault(name, "must be a number, not " + shown(v));
  return *n;
}

result<std::int64_t> property_reader::whole(std::string_view name, std::int64_t fallback,
                                            std::int64_t minimum, std::int64_t maximum) const {
  PITWALL_TRY(n, number(name, decimal(fallback)));
  const auto i = n.to_int();
  if (!i.ok() || *i < minimum || *i > maximum) {
    return fault(name, "must be a whole number from " + std::to_string(minimum) + " to " +
                           std::to_string(maximum) + ", not " + n.to_string());
  }
  return *i;
}

std::optional<decimal> state_number(const value& state, std::string_view name) {
  const value* v = state.find(name);
  if (v == nullptr || !v->is_number()) return std::nullopt;
  return v->as_number();
}

error wrong_answer(std::string_view type, std::string_view expected) {
  return error{errc::internal,
               std::string(type) + " was resumed with another answer than " + std::string(expected),
               "", ""};
}

result<decimal> percent_of(decimal part, decimal whole) {
  // Multiplying first keeps the most digits; only huge numbers need the other order.
  if (const auto scaled = mul(part, decimal(100)); scaled.ok()) return div(*scaled, whole);
  PITWALL_TRY(ratio, div(part, whole));
  return mul(ratio, decimal(100));
}

}  // namespace pitwall
