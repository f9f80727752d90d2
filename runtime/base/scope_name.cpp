#include "runtime/base/scope_name.hpp"

#include <algorithm>

namespace pitwall {

bool can_name_scope(std::string_view prefix, std::string_view name) noexcept {
  return !is_blank(name) && prefix.size() + name.size() <= max_scope_bytes &&
         !has_control_characters(name);
}

bool has_control_characters(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; });
}

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace pitwall
