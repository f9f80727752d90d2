#include "runtime/base/error.hpp"

#include <array>
#include <utility>

namespace pitwall {
namespace {
constexpr std::array<std::pair<errc, std::string_view>, 16> names{{
    {errc::invalid_argument, "invalid_argument"},
    {errc::not_found, "not_found"},
    {errc::already_exists, "already_exists"},
    {errc::failed_precondition, "failed_precondition"},
    {errc::out_of_range, "out_of_range"},
    {errc::resource_exhausted, "resource_exhausted"},
    {errc::unavailable, "unavailable"},
    {errc::deadline_exceeded, "timeout"},
    {errc::aborted, "aborted"},
    {errc::cancelled, "cancelled"},
    {errc::halted, "halted"},
    {errc::stale_input, "stale_input"},
    {errc::data_loss, "data_loss"},
    {errc::io_error, "io_error"},
    {errc::division_by_zero, "division_by_zero"},
    {errc::internal, "internal"},
}};
}  // namespace

std::string_view to_string(errc code) noexcept {
  for (const auto& [value, name] : names)
    if (value == code) return name;
  return "internal";
}

errc errc_from_string(std::string_view text) noexcept {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return errc::internal;
}

std::string error::to_string() const {
  std::string out = message.empty() ? std::string(pitwall::to_string(code)) : message;
  if (!where.empty()) out += " (at " + where + ")";
  if (!remedy.empty()) out += ": " + remedy;
  return out;
}

}  // namespace pitwall
