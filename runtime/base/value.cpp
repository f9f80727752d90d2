#include "runtime/base/value.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace pitwall {

namespace {

[[noreturn]] void wrong_kind(value::kind wanted, value::kind found) noexcept {
  const auto w = to_string(wanted), f = to_string(found);
  std::fprintf(stderr, "pitwall: value read as %.*s, but it is %.*s\n", static_cast<int>(w.size()),
               w.data(), static_cast<int>(f.size()), f.data());
  std::abort();
}

bool same_members(const value::object& a, const value::object& b) {
  if (a.size() != b.size()) return false;
  const auto same = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second == y.second;
  };
  std::size_t i = 0;  // Most objects come from the same writer, in the same order.
  while (i < a.size() && a[i].first == b[i].first) {
    if (!(a[i].second == b[i].second)) break;
    ++i;
  }
  if (i == a.size()) return true;
  const auto by_name = [](const value::object& o) {
    std::vector<const value::object::value_type*> members;
    members.reserve(o.size());
    for (const auto& m : o) members.push_back(&m);
    std::stable_sort(members.begin(), members.end(),
                     [](const auto* x, const auto* y) { return x->first < y->first; });
    return members;
  };
  const auto left = by_name(a), right = by_name(b);
  return std::equal(left.begin(), left.end(), right.begin(),
                    [&](const auto* x, const auto* y) { return same(*x, *y); });
}

}  // namespace

value::value(std::string v) : data_(std::make_shared<const std::string>(std::move(v))) {}
value::value(list v) : data_(std::make_shared<const list>(std::move(v))) {}
value::value(object v) : data_(std::make_shared<const object>(std::move(v))) {}

bool value::as_bool() const {
  const auto* v = std::get_if<bool>(&data_);
  if (v == nullptr) wrong_kind(kind::boolean, type());
  return *v;
}

decimal value::as_number() const {
  const auto* v = std::get_if<decimal>(&data_);
  if (v == nullptr) wrong_kind(kind::number, type());
  return *v;
}

const std::string& value::as_text() const {
  const auto* v = std::get_if<std::shared_ptr<const std::string>>(&data_);
  if (v == nullptr) wrong_kind(kind::text, type());
  return **v;
}

const value::list& value::as_list() const {
  const auto* v = std::get_if<std::shared_ptr<const list>>(&data_);
  if (v == nullptr) wrong_kind(kind::list, type());
  return **v;
}

const value::object& value::as_object() const {
  const auto* v = std::get_if<std::shared_ptr<const object>>(&data_);
  if (v == nullptr) wrong_kind(kind::object, type());
  return **v;
}

const value* value::find(std::string_view name) const noexcept {
  const auto* members = std::get_if<std::shared_ptr<const object>>(&data_);
  if (members == nullptr) return nullptr;
  for (const auto& [key, member] : **members) {
    if (key == name) return &member;
  }
  return nullptr;
}

bool operator==(const value& a, const value& b) {
  if (a.type() != b.type()) return false;
  if (a.data_ == b.data_) return true;  // equal scalars, or the same shared tree
  switch (a.type()) {
    case value::kind::text:
      return a.as_text() == b.as_text();
    case value::kind::list:
      return a.as_list() == b.as_list();
    case value::kind::object:
      return same_members(a.as_object(), b.as_object());
    default:
      return false;
  }
}

std::string_view to_string(value::kind k) noexcept {
  switch (k) {
    case value::kind::null:
      return "null";
    case value::kind::boolean:
      return "boolean";
    case value::kind::number:
      return "number";
    case value::kind::text:
      return "text";
    case value::kind::list:
      return "list";
    case value::kind::object:
      return "object";
  }
  return "unknown";
}

std::size_t weight(const value& v, std::size_t enough) noexcept {
  constexpr std::size_t own = 16;
  std::size_t sum = own;
  switch (v.type()) {
    case value::kind::null:
    case value::kind::boolean:
    case value::kind::number:
      return sum;
    case value::kind::text:
      return sum + v.as_text().size();
    case value::kind::list:
      for (const auto& each : v.as_list()) {
        if (sum > enough) break;
        sum += weight(each, enough - sum);
      }
      return sum;
    case value::kind::object:
      for (const auto& [name, each] : v.as_object()) {
        if (sum > enough) break;
        sum += name.size();
        sum += weight(each, enough > sum ? enough - sum : 0);
      }
      return sum;
  }
  return sum;
}

}  // namespace pitwall
