#include "runtime/workflow/form.hpp"

#include <algorithm>
#include <array>

#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

/// What editors of older files left beside the meaning: known, and no sign of a typing error.
constexpr std::array<std::string_view, 10> decoration{
    "icon", "x", "y", "width", "height", "comment", "config", "color", "position", "notes"};

constexpr int seconds_in_a_year = 31'536'000;

}  // namespace

std::optional<decimal> number_of(const value& v) {
  if (v.is_number()) return v.as_number();
  if (!v.is_text()) return std::nullopt;
  std::string_view text = v.as_text();
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  const auto parsed = decimal::parse(text);
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

std::string_view kind_in_words(const value& v) noexcept {
  switch (v.type()) {
    case value::kind::null:
      return "null";
    case value::kind::boolean:
      return "true or false";
    case value::kind::number:
      return "a number";
    case value::kind::text:
      return "a text";
    case value::kind::list:
      return "a list";
    case value::kind::object:
      return "an object";
  }
  return "null";
}

std::string form::at(std::string_view field) const {
  return field.empty() ? pointer_ : pointer_ + "/" + pointer_token(field);
}

void form::error(std::string_view field, std::string message, std::string remedy) {
  report_.problems.error(at(field), block_id_, std::move(message), std::move(remedy));
}

void form::warning(std::string_view field, std::string message, std::string remedy) {
  report_.problems.warning(at(field), block_id_, std::move(message), std::move(remedy));
}

void form::missing(std::string_view field, std::string remedy) {
  error({}, "the " + std::string(noun_) + " has no '" + std::string(field) + "'",
        std::move(remedy));
}

void form::wrong_kind(std::string_view name, std::string_view expected, const value& found) {
  error(name, "'" + std::string(name) + "' is " + std::string(kind_in_words(found)),
        "it must be " + std::string(expected));
}

const value* form::any(std::string_view name) {
  asked_.push_back(name);
  const auto* found = object_.find(name);
  return found != nullptr && found->is_null() ? nullptr : found;
}

const value* form::list(std::string_view name) {
  const auto* found = any(name);
  if (found == nullptr || found->is_list()) return found;
  wrong_kind(name, "a list", *found);
  return nullptr;
}

const value* form::object(std::string_view name) {
  const auto* found = any(name);
  if (found == nullptr || found->is_object()) return found;
  wrong_kind(name, "an object", *found);
  return nullptr;
}

std::string form::text(std::string_view name) {
  const auto* found = any(name);
  if (found == nullptr) return {};
  if (found->is_text()) return found->as_text();
  wrong_kind(name, "a text", *found);
  return {};
}

std::string form::label(std::string_view name) {
  const auto* found = any(name);
  if (found == nullptr) return {};
  if (found->is_text()) return found->as_text();
  if (found->is_number()) return found->as_number().to_string();
  wrong_kind(name, "a text", *found);
  return {};
}

std::optional<decimal> form::number(std::string_view name, decimal minimum, decimal maximum) {
  const auto* found = any(name);
  if (found == nullptr) return std::nullopt;
  const auto number = number_of(*found);
  if (!number) {
    if (found->is_text()) {
      error(name,
            "'" + std::string(name) + "' is " + in_quotes(found->as_text()) + ", not a number",
            "write a number");
    } else {
      wrong_kind(name, "a number", *found);
    }
    return std::nullopt;
  }
  if (*number < minimum || *number > maximum) {
    error(name, "'" + std::string(name) + "' is " + number->to_string(),
          "it must be from " + minimum.to_string() + " to " + maximum.to_string());
    return std::nullopt;
  }
  return number;
}

std::optional<std::uint32_t> form::whole(std::string_view name, std::uint32_t minimum,
                                         std::uint32_t maximum) {
  const auto found = number(name, decimal(std::int64_t{minimum}), decimal(std::int64_t{maximum}));
  if (!found) return std::nullopt;
  const auto exact = found->to_int();
  if (exact.ok()) return static_cast<std::uint32_t>(*exact);
  error(name, "'" + std::string(name) + "' is " + found->to_string(), "it must be a whole number");
  return std::nullopt;
}

std::optional<milliseconds> form::seconds(std::string_view name, decimal minimum) {
  const auto found = number(name, minimum, decimal(seconds_in_a_year));
  if (!found) return std::nullopt;
  const auto ms = mul(*found, decimal(1000));
  if (!ms.ok()) return std::nullopt;  // Bounded by a year: cannot be.
  const auto count = ms->round(0).to_int();
  return count.ok() ? std::optional(milliseconds(*count)) : std::nullopt;
}

std::vector<std::string> form::texts(std::string_view name) {
  std::vector<std::string> out;
  const auto* found = any(name);
  if (found == nullptr) return out;
  if (found->is_text()) {
    out.push_back(found->as_text());
    return out;
  }
  if (!found->is_list()) {
    wrong_kind(name, "a list of texts", *found);
    return out;
  }
  for (std::size_t i = 0; i < found->as_list().size(); ++i) {
    const auto& item = found->as_list()[i];
    if (item.is_text()) {
      out.push_back(item.as_text());
    } else if (item.is_number()) {
      out.push_back(item.as_number().to_string());
    } else {
      report_.problems.error(
          at(name) + "/" + std::to_string(i), block_id_,
          "an entry of '" + std::string(name) + "' is " + std::string(kind_in_words(item)),
          "it must be a text");
    }
  }
  return out;
}

void form::finish() {
  if (!object_.is_object()) return;
  for (const auto& [name, unused] : object_.as_object()) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const bool known = std::find(decoration.begin(), decoration.end(), name) != decoration.end();
    report_.problems.repeated_warning(
        std::string(noun_) + ' ' + name, at(name), block_id_,
        "the field " + in_quotes(name) + " of a " + std::string(noun_) + " has no meaning here",
        known ? "it is kept as it is"
              : report_.names.suggestion(name, asked_, "it is kept as it is"));
  }
}

}  // namespace pitwall
