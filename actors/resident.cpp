#include "actors/resident.hpp"

#include <caf/detail/pretty_type_name.hpp>

namespace pitwall {
namespace {

std::string readable(const std::type_info& type) {
  std::string name = caf::detail::pretty_type_name(type);
  for (const std::string_view ours : {"pitwall::", "pitwall."})
    for (auto at = name.find(ours); at != std::string::npos; at = name.find(ours))
      name.erase(at, ours.size());
  return name;
}

}  // namespace

std::string kind_of(const caf::mailbox_element& letter) {
  const auto& content = letter.content();
  const std::string prefix = letter.mid.is_response() ? "answer: " : "";
  if (content.empty()) return prefix + "empty";
  const auto [number, type] = content.type(0);
  switch (number) {
    case caf::type_nr<caf::exit_msg>::value:
    case caf::type_nr<caf::down_msg>::value:
    case caf::type_nr<caf::timeout_msg>::value:
      return {};
    case caf::type_nr<caf::error>::value:
      return prefix + "error";
    case caf::type_nr<bool>::value:
      return prefix + "bool";
    default:
      return prefix + (type != nullptr ? readable(*type) : "builtin " + std::to_string(number));
  }
}

}  // namespace pitwall
