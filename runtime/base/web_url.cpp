#include "runtime/base/web_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pitwall {
namespace {

constexpr std::size_t longest_url = 8'192, longest_host = 253;
constexpr std::uint16_t plain_port = 80, secure_port = 443;

error bad(std::string message, std::string remedy = "write it like https://example.com/path") {
  return {errc::invalid_argument, std::move(message), {}, std::move(remedy)};
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Of a scheme, in any case.
bool takes(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (lower(text[i]) != prefix[i]) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<unsigned> small_number(std::string_view digits, unsigned most) {
  unsigned n = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (digits.empty() || wrong != std::errc{} || end != digits.data() + digits.size() || n > most)
    return std::nullopt;
  return n;
}

/// Four numbers up to 255, none with a leading zero, which some take for octal.
bool is_ipv4(std::string_view host) {
  constexpr unsigned parts = 4, most = 255;
  for (unsigned i = 0; i < parts; ++i) {
    const auto part = host.substr(0, host.find('.'));
    if (!small_number(part, most) || (part.size() > 1 && part.front() == '0')) return false;
    if (i + 1 == parts) return part.size() == host.size();
    if (part.size() == host.size()) return false;
    host.remove_prefix(part.size() + 1);
  }
  return false;
}

bool is_ipv6_text(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
         });
}

/// A name, or an IPv4 address as everybody writes it: whatever ends in a number is an address to
/// those who resolve it, so "127.1" and "0x7f.1" are neither.
bool is_name_or_ipv4(std::string_view host) {
  if (host.empty() || host.size() > longest_host || host.front() == '.') return false;
  for (const char c : host)
    if (!is_digit(c) && !(lower(c) >= 'a' && lower(c) <= 'z') && c != '.' && c != '-' && c != '_')
      return false;
  auto last = host;
  if (last.back() == '.') last.remove_suffix(1);
  if (last.empty() || last.find("..") != std::string_view::npos) return false;
  last.remove_prefix(std::min(last.rfind('.') + 1, last.size()));
  const bool numeric = is_digit(last.front());
  return !numeric || is_ipv4(host);
}

status read_host(std::string_view& rest, web_url& out) {
  std::string_view host;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    host = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    if (end == std::string_view::npos || !is_ipv6_text(host))
      return bad("the URL's host is no IPv6 address", "write it like https://[2001:db8::1]/path");
    rest.remove_prefix(end + 1);
  } else {
    host = rest.substr(0, rest.find_first_of(":/?#"));
    if (!is_name_or_ipv4(host)) return bad("the URL does not name a host");
    rest.remove_prefix(host.size());
  }
  out.host.assign(host);
  std::transform(out.host.begin(), out.host.end(), out.host.begin(), lower);
  return done{};
}

status read_port(std::string_view& rest, web_url& out) {
  out.port = out.secure ? secure_port : plain_port;
  if (!rest.starts_with(':')) return done{};
  rest.remove_prefix(1);
  const auto digits = rest.substr(0, rest.find_first_of("/?#"));
  const auto port = digits.size() > 5 ? std::nullopt : small_number(digits, 65'535);
  if (!port || *port == 0) return bad("the URL's port is no number from 1 to 65535");
  out.port = static_cast<std::uint16_t>(*port);
  rest.remove_prefix(digits.size());
  return done{};
}

status read_target(std::string_view rest, web_url& out) {
  if (rest.find('#') != std::string_view::npos)
    return bad("the URL has a fragment, which no server ever sees", "leave out # and the rest");
  const auto sendable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::all_of(rest.begin(), rest.end(), sendable))
    return bad("the URL has a character that must be encoded", "write it as %XX, a space as %20");
  out.target.assign(rest);
  if (!rest.starts_with('/')) out.target.insert(out.target.begin(), '/');
  return done{};
}

}  // namespace

std::string web_url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? secure_port : plain_port)) out += ":" + std::to_string(port);
  return out;
}

std::string web_url::origin() const { return (secure ? "https://" : "http://") + authority(); }

result<web_url> parse_web_url(std::string_view text) {
  if (text.size() > longest_url) return bad("the URL is longer than 8192 characters");
  web_url out;
  std::string_view rest = text;
  out.secure = takes(rest, "https://");
  if (!out.secure && !takes(rest, "http://"))
    return bad("the URL does not begin with https:// or http://");
  if (rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos)
    return bad("the URL names a user, and perhaps a password",
               "leave that out; a secret belongs into a file or a header");
  PITWALL_CHECK(read_host(rest, out));
  PITWALL_CHECK(read_port(rest, out));
  if (!rest.empty() && rest.front() != '/' && rest.front() != '?' && rest.front() != '#')
    return bad("the URL has something behind its host that is no port and no path");
  PITWALL_CHECK(read_target(rest, out));
  return out;
}

bool is_loopback_name(std::string_view host) noexcept {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ipv4(host));
}

}  // namespace pitwall
