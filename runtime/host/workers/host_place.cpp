#include "runtime/host/workers/host_place.hpp"

#include <algorithm>
#include <charconv>

namespace pitwall {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}
bool is_numeric(std::string_view host) {
  return host.find(':') != std::string_view::npos
             ? host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos
             : host.find_first_not_of("0123456789.") == std::string_view::npos &&
                   std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace

std::string host_place::shown() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         std::to_string(port);
}

result<host_place> parse_host_place(std::string_view text, bool to_listen) {
  const error wrong{errc::invalid_argument,
                    to_listen ? "this is no address to listen on" : "this does not name a host",
                    std::string(text),
                    to_listen ? "write a numeric address and a port, like 10.0.0.1:7410 or "
                                "[::1]:7410"
                              : "write HOST:PORT, like hub.example:7410 or [::1]:7410"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  host_place out;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (bad != std::errc{} || end != digits.data() + digits.size()) return wrong;
  if (out.port == 0 && !to_listen) return wrong;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool address = host.find(':') != std::string_view::npos;
  if (host.empty() || host.size() > 253 || address != bracketed) return wrong;
  if ((address || to_listen) && !is_numeric(host)) return wrong;
  if (!address && !std::all_of(host.begin(), host.end(), is_word)) return wrong;
  out.host = host;
  return out;
}

result<std::vector<std::string>> parse_labels(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), label.size() + 1));
    const bool good = label.size() <= max_label_size && !label.empty() && label.front() != '=' &&
                      std::all_of(label.begin(), label.end(),
                                  [](char c) { return is_word(c) || c == '=' || c == '/'; });
    if (!good || out.size() == max_labels)
      return error{errc::invalid_argument, "these are no labels", std::string(label),
                   "write them like venue=kraken,zone=eu: letters, digits, dots, dashes, "
                   "underscores, slashes"};
    out.emplace_back(label);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace pitwall
