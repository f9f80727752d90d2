#include "runtime/blocks/registry.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pitwall {
namespace {

constexpr std::array<std::string_view, 5> categories{"providers", "triggers", "conditions",
                                                     "actions", "risk"};

bool is_type_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool fits_kind(const value& v, port_kind kind) noexcept {
  switch (kind) {
    case port_kind::any:
      return true;
    case port_kind::number:
      return v.is_number();
    case port_kind::boolean:
      return v.is_bool();
    case port_kind::text:
      return v.is_text();
    case port_kind::list:
      return v.is_list();
    case port_kind::object:
      return v.is_object();
  }
  return false;
}

/// Collects problems so that the author of a type sees all of them at once.
class findings {
 public:
  explicit findings(const block_type& type) : type_(type) {}

  void expect(bool good, const std::string& otherwise) {
    if (good) return;
    if (!text_.empty()) text_ += "; ";
    text_ += otherwise;
  }

  void parameter_is_sound(const parameter& p, std::string_view what) {
    const std::string who = std::string(what) + " '" + p.name + "'";
    expect(!p.name.empty(), std::string(what) + " without a name");
    const bool limited = p.minimum.has_value() || p.maximum.has_value();
    expect(!limited || p.kind == port_kind::number, who + " has limits but is no number");
    expect(!p.minimum || !p.maximum || *p.minimum <= *p.maximum,
           who + " has a minimum above its maximum");
    expect(p.one_of.empty() || p.kind == port_kind::text, who + " has one_of but is no text");
    if (p.fallback.is_null()) return;
    expect(!p.required, who + " is required and has a fallback: it cannot be both");
    expect(fits_kind(p.fallback, p.kind), who + " has a fallback of another kind");
    if (p.fallback.is_number()) {
      const decimal d = p.fallback.as_number();
      expect((!p.minimum || d >= *p.minimum) && (!p.maximum || d <= *p.maximum),
             who + " has a fallback beyond its limits");
    }
    if (p.fallback.is_text() && !p.one_of.empty()) {
      expect(std::ranges::find(p.one_of, p.fallback.as_text()) != p.one_of.end(),
             who + " has a fallback that is not in one_of");
    }
  }

  template <class Items>
  void names_are_unique(const Items& items, std::string_view what) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        expect(items[i].name != items[j].name,
               std::string(what) + " '" + items[i].name + "' is listed twice");
      }
    }
  }

  status verdict() && {
    if (text_.empty()) return done{};
    return error{errc::invalid_argument,
                 "block type '" + type_.name + "' is not well formed: " + text_, "",
                 "correct the descriptor where the type is registered"};
  }

 private:
  const block_type& type_;
  std::string text_;
};

}  // namespace

status check_block_type(const block_type& type) {
  findings f(type);
  f.expect(is_type_name(type.name), "the name must be 1 to 64 of a-z, 0-9 and _");
  f.expect(
      std::ranges::find(categories, type.category) != categories.end(),
      "category '" + type.category + "' is none of providers, triggers, conditions, actions, risk");
  f.expect(!type.summary.empty(), "the summary is empty");
  f.expect(static_cast<bool>(type.make), "make is empty");
  f.expect(!type.outputs.empty(), "it has no outputs");
  for (const auto& p : type.inputs) f.parameter_is_sound(p, "input");
  for (const auto& p : type.properties) f.parameter_is_sound(p, "property");
  for (const auto& o : type.outputs) f.expect(!o.name.empty(), "output without a name");
  // An input is also a property of the same name, so the two share one name space.
  std::vector<parameter> settable = type.inputs;
  settable.insert(settable.end(), type.properties.begin(), type.properties.end());
  f.names_are_unique(settable, "input or property");
  f.names_are_unique(type.outputs, "output");
  return std::move(f).verdict();
}

status block_registry::add(block_type type) {
  PITWALL_CHECK(check_block_type(type));
  if (find(type.name) != nullptr) {
    return error{errc::already_exists, "block type '" + type.name + "' is already registered", "",
                 "give the new type another name"};
  }
  types_.push_back(std::make_unique<const block_type>(std::move(type)));
  by_name_.emplace(types_.back()->name, types_.back().get());
  return done{};
}

const block_type* block_registry::find(std::string_view type) const noexcept {
  const auto it = by_name_.find(type);
  return it == by_name_.end() ? nullptr : it->second;
}

std::vector<const block_type*> block_registry::all() const {
  std::vector<const block_type*> out;
  out.reserve(types_.size());
  for (const auto& t : types_) out.push_back(t.get());
  return out;
}

}  // namespace pitwall
