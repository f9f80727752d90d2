// Job: what the port indices of a block's connections mean: which slot of its type. A file that
//      lists ports addresses them by that list, one that does not by the type's own order.
//      A type may take more inputs than it lists: value1, value2, ... ("variadic"); of these a
//      block has the ones that something feeds.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/block.hpp"
#include "runtime/workflow/form.hpp"

namespace pitwall {

/// An input of a block: one its type lists, or a variadic one by its number.
struct input_ref {
  bool variadic = false;
  std::uint32_t number = 0;  ///< Place in block_type::inputs, or the N of valueN.
};

/// The N of a variadic name that the type does not list itself.
std::optional<std::uint32_t> variadic_number(const block_type& type, std::string_view name);

/// Whether a value of kind `from` may stand where `to` is expected.
constexpr bool fits(port_kind from, port_kind to) noexcept {
  return from == to || from == port_kind::any || to == port_kind::any;
}

class block_ports {
 public:
  /// Problems: names in the file's lists that the type does not know.
  block_ports(const block_definition& block, const block_type& type, const std::string& pointer,
              form_report& report);

  std::optional<input_ref> input_at(std::uint32_t index) const;
  std::optional<std::uint32_t> output_at(std::uint32_t index) const;

  /// Something feeds it. All calls come before settle(), all below after it.
  void use(input_ref input);
  void settle();

  std::uint32_t slot_of(input_ref input) const;
  std::uint32_t slots() const noexcept;
  std::string name_of(std::uint32_t slot) const;
  port_kind kind_of(input_ref input) const;

  /// "0 price, 1 threshold": for messages.
  std::string input_list() const;
  std::string output_list() const;

 private:
  std::optional<input_ref> input_named(std::string_view name) const;

  const block_definition* block_;
  const block_type* type_;
  std::vector<std::optional<input_ref>> inputs_;       ///< By index, where the file lists them.
  std::vector<std::optional<std::uint32_t>> outputs_;  ///< The same.
  std::vector<std::uint32_t> variadic_;                ///< In use; ascending once settled.
};

}  // namespace pitwall
