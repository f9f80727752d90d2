#include "actors/resident.hpp"

#include <cxxabi.h>

#include <cstdlib>

namespace pitwall {
namespace {

std::string readable(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed), &std::free);
  std::string name = failed == 0 && text ? text.get() : type.name();
  constexpr std::string_view ours = "pitwall::";
  return name.starts_with(ours) ? name.substr(ours.size()) : name;
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
