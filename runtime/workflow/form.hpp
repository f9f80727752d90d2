// Job: reads one JSON object of a workflow file field by field, with a problem for each field that
//      is not what it should be and a warning for each that nobody asked for.
// Rules: null counts as absent; numbers may stand in strings.
// Threads: one owner. Lifetime: the object outlives the form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/workflow/problem_sink.hpp"
#include "runtime/workflow/spelling.hpp"

namespace pitwall {

/// What all forms of one file share.
struct form_report {
  problem_sink problems;
  spelling names;
};

/// A number, or a text that is one.
std::optional<decimal> number_of(const value& v);
/// "a number", "a list", ...: for messages.
std::string_view kind_in_words(const value& v) noexcept;

class form {
 public:
  /// `noun`: what the object is, for messages: "block", "connection".
  form(const value& object, std::string pointer, std::string block_id, std::string_view noun,
       form_report& report)
      : object_(object),
        pointer_(std::move(pointer)),
        block_id_(std::move(block_id)),
        noun_(noun),
        report_(report) {}

  /// The field, whatever its kind; null pointer where absent or null.
  const value* any(std::string_view name);
  const value* list(std::string_view name);
  const value* object(std::string_view name);
  std::string text(std::string_view name);
  /// A text, or a whole number taken as text: ids and versions of older files.
  std::string label(std::string_view name);
  std::optional<decimal> number(std::string_view name, decimal minimum, decimal maximum);
  /// A whole number from 0 to `maximum`.
  std::optional<std::uint32_t> whole(std::string_view name, std::uint32_t minimum,
                                     std::uint32_t maximum);
  /// Seconds, fractions allowed, as a duration; at most a year.
  std::optional<milliseconds> seconds(std::string_view name, decimal minimum);
  /// A list of texts, or one text alone.
  std::vector<std::string> texts(std::string_view name);

  /// Warns of all members that were not asked for. Call it last.
  void finish();

  void error(std::string_view field, std::string message, std::string remedy = {});
  void warning(std::string_view field, std::string message, std::string remedy = {});
  void missing(std::string_view field, std::string remedy);
  /// The pointer to a field; of the object itself where empty.
  std::string at(std::string_view field) const;
  const std::string& block_id() const noexcept { return block_id_; }
  form_report& report() noexcept { return report_; }

 private:
  void wrong_kind(std::string_view name, std::string_view expected, const value& found);

  const value& object_;
  std::string pointer_, block_id_;
  std::string_view noun_;
  form_report& report_;
  std::vector<std::string_view> asked_;
};

}  // namespace pitwall
