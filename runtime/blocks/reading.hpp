// Job: how blocks read what they are given: inputs and state in evaluate(), properties in make().
// Rules: a number may be written as text; null where a value is needed is a failure that names the
//        input and the type of block; only a `signal` may be null, which counts as false.
// Threads: views of their arguments, for the length of one call.
// Errors: invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/block.hpp"

namespace pitwall {

/// The number in `v`: a number, or a text that is one.
std::optional<decimal> number_in(const value& v);

/// The inputs of one evaluation.
class input_reader {
 public:
  input_reader(std::string_view type, const evaluation& in) noexcept : type_(type), in_(in) {}

  /// Null where the slot does not exist.
  const value& at(std::size_t slot) const noexcept;

  result<decimal> number(std::size_t slot, std::string_view name) const;
  result<decimal> positive(std::size_t slot, std::string_view name) const;  ///< > 0
  result<decimal> not_below_zero(std::size_t slot, std::string_view name) const;
  result<std::int64_t> whole(std::size_t slot, std::string_view name, std::int64_t minimum,
                             std::int64_t maximum) const;
  /// Null: nothing.
  result<std::optional<decimal>> number_or_none(std::size_t slot, std::string_view name) const;
  result<bool> boolean(std::size_t slot, std::string_view name) const;
  result<bool> signal(std::size_t slot, std::string_view name = "signal") const;

  /// invalid_argument: "input 'name' of type <what>".
  error fault(std::string_view name, std::string_view what) const;

 private:
  std::string_view type_;
  const evaluation& in_;
};

/// The properties of a block in the file, for make(). Absent and null are the same.
class property_reader {
 public:
  explicit property_reader(const block_config& config) noexcept : config_(config) {}

  result<std::string> text(std::string_view name, std::string_view fallback) const;
  result<std::string> required_text(std::string_view name) const;
  result<std::int64_t> whole(std::string_view name, std::int64_t fallback, std::int64_t minimum,
                             std::int64_t maximum) const;
  result<decimal> number(std::string_view name, std::optional<decimal> fallback) const;

  /// invalid_argument at the block's id: "property 'name' of type <what>".
  error fault(std::string_view name, std::string_view what, std::string remedy = {}) const;

 private:
  const block_config& config_;
};

/// A number in a node's state object; nothing where the state is of another shape (a redeployed
/// workflow may have put another type of block under this id: it starts anew).
std::optional<decimal> state_number(const value& state, std::string_view name);

/// For resume(): an answer of a kind that was not asked for is a defect.
error wrong_answer(std::string_view type, std::string_view expected);

/// `part` / `whole` x 100. `whole` must not be 0: division_by_zero.
result<decimal> percent_of(decimal part, decimal whole);

/// "0.5", or "null", "a list", ...: for error texts.
std::string shown(const value& v);

/// Outputs by slot, moved in.
template <class... Values>
completion outputs(Values&&... values) {
  completion c;
  c.outputs.reserve(sizeof...(values));
  (c.outputs.emplace_back(std::forward<Values>(values)), ...);
  return c;
}

}  // namespace pitwall
