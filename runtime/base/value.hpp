// Job: what travels between blocks: a compact, immutable tree of null, bool, decimal, text, list,
//      object. Owns: text, lists and objects are shared and never change after construction, so
//      copies are cheap (one reference count) and may be read from any thread.
// Bounds: depth and size are bounded where values enter (runtime/base/limits.hpp).
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/decimal.hpp"

namespace pitwall {

class value {
 public:
  using list = std::vector<value>;
  /// Members in the order they were written; names are unique.
  using object = std::vector<std::pair<std::string, value>>;
  enum class kind : std::uint8_t { null, boolean, number, text, list, object };

  value() noexcept = default;
  value(std::nullptr_t) noexcept {}                        // NOLINT(*-explicit-*)
  value(std::same_as<bool> auto v) noexcept : data_(v) {}  // NOLINT(*-explicit-*)
  value(decimal v) noexcept : data_(v) {}                  // NOLINT(*-explicit-*)
  value(int v) noexcept : data_(decimal(v)) {}             // NOLINT(*-explicit-*)
  value(std::string v);                                    // NOLINT(*-explicit-*)
  value(std::string_view v) : value(std::string(v)) {}     // NOLINT(*-explicit-*)
  value(const char* v) : value(std::string(v)) {}          // NOLINT(*-explicit-*)
  value(list v);                                           // NOLINT(*-explicit-*)
  value(object v);                                         // NOLINT(*-explicit-*)

  kind type() const noexcept { return static_cast<kind>(data_.index()); }
  bool is_null() const noexcept { return type() == kind::null; }
  bool is_bool() const noexcept { return type() == kind::boolean; }
  bool is_number() const noexcept { return type() == kind::number; }
  bool is_text() const noexcept { return type() == kind::text; }
  bool is_list() const noexcept { return type() == kind::list; }
  bool is_object() const noexcept { return type() == kind::object; }

  // Precondition: the kind matches; else the process aborts.
  bool as_bool() const;
  decimal as_number() const;
  const std::string& as_text() const;
  const list& as_list() const;
  const object& as_object() const;

  /// Member of an object; null pointer where this is no object or has no such member.
  const value* find(std::string_view name) const noexcept;

  /// Deep; members of objects in any order.
  friend bool operator==(const value& a, const value& b);

 private:
  std::variant<std::monostate, bool, decimal, std::shared_ptr<const std::string>,
               std::shared_ptr<const list>, std::shared_ptr<const object>>
      data_;
};

/// "null", "boolean", "number", "text", "list", "object", as shown to users.
std::string_view to_string(value::kind k) noexcept;

/// About how many bytes it takes, in memory as in its binary form; stops counting past `enough`.
std::size_t weight(const value& v, std::size_t enough = ~std::size_t{0}) noexcept;

/// The compact binary form (little endian, versioned by its container): journal records and
/// messages to other hosts. Appends to `out`.
void encode(const value& v, std::string& out);
/// Reads one value from the front of `in` and advances it. Errors: data_loss (cut, unknown tag,
/// deeper than limits::max_value_depth, lengths beyond the input).
result<value> decode_value(std::string_view& in);

}  // namespace pitwall
