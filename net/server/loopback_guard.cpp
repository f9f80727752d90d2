#include "net/server/loopback_guard.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <string>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// Without the port, which must be digits; empty where it is malformed.
std::string_view without_port(std::string_view host) noexcept {
  const auto at = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  if (at == std::string_view::npos) return host;
  const auto port = host.substr(at + 1);
  const bool digits =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? host.substr(0, at) : std::string_view();
}

bool is_loopback_origin(std::string_view origin) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return is_loopback_host(origin.substr(scheme.size()));
  }
  return false;
}

/// What stands behind http:// or https://, with the port that it stands for where it names none;
/// empty: it is no such origin.
std::string authority_of(std::string_view origin) {
  const bool secure = origin.starts_with("https://");
  if (!secure && !origin.starts_with("http://")) return {};
  std::string authority(origin.substr(secure ? 8 : 7));
  if (without_port(authority) == authority && !authority.empty())
    authority += secure ? ":443" : ":80";
  return authority;
}

/// A Host without a port is the one of whichever scheme the page has: TLS may end before us.
bool is_same_site(std::string_view origin, std::string_view host) {
  const auto authority = authority_of(origin);
  if (authority.empty() || host.empty()) return false;
  std::string here(host);
  if (without_port(here) == here) here += origin.starts_with("https://") ? ":443" : ":80";
  return boost::beast::iequals(authority, here);
}

reply stranger(std::string_view what, std::string_view text, std::string remedy) {
  return problem_reply(error{errc::failed_precondition,
                             std::string(what) + " '" + std::string(text.substr(0, 200)) +
                                 "' is not of this machine",
                             {},
                             std::move(remedy)},
                       403);
}

}  // namespace

bool is_loopback_host(std::string_view host) noexcept {
  std::string_view name = without_port(host);
  if (boost::beast::iequals({name.data(), name.size()}, "localhost")) return true;
  const bool in_brackets = name.size() > 2 && name.front() == '[' && name.back() == ']';
  if (in_brackets) name = name.substr(1, name.size() - 2);
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(name), ec);
  return !ec && address.is_loopback() && address.is_v6() == in_brackets;
}

std::optional<reply> refuse_strangers(const wire_request& asked) {
  const auto host = view(asked[beast_http::field::host]);
  if (asked.count(beast_http::field::host) != 1 || !is_loopback_host(host)) {
    return stranger("the Host", host, "ask for 127.0.0.1 or localhost");
  }
  const auto origins = asked.count(beast_http::field::origin);
  const auto origin = view(asked[beast_http::field::origin]);
  if (origins == 0 || (origins == 1 && is_loopback_origin(origin))) return {};
  return stranger("the Origin", origin, "serve the page from this machine's loopback address");
}

bool is_origin(std::string_view text) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto rest = text.substr(scheme.size());
    return !rest.empty() && !without_port(rest).empty() &&
           rest.find_first_of("/?#@ *") == std::string_view::npos;
  }
  return false;
}

std::optional<reply> refuse_other_sites(const wire_request& asked,
                                        const std::vector<std::string>& allowed) {
  if (asked.count(beast_http::field::host) != 1) {
    return problem_reply(
        error{errc::invalid_argument, "the request has not one Host header", {}, "send one"}, 400);
  }
  const auto host = view(asked[beast_http::field::host]);
  const auto origins = asked.count(beast_http::field::origin);
  const auto origin = view(asked[beast_http::field::origin]);
  if (origins == 0) return {};
  const auto is_this = [&](const std::string& one) { return boost::beast::iequals(one, origin); };
  const bool loopback = is_loopback_host(host) && is_loopback_origin(origin);
  const bool known = loopback || is_same_site(origin, host) ||
                     std::any_of(allowed.begin(), allowed.end(), is_this);
  if (origins == 1 && known) return {};
  return problem_reply(error{errc::failed_precondition,
                             "the Origin '" + std::string(origin.substr(0, 200)) +
                                 "' is neither this server's own nor an allowed one",
                             {},
                             "start the host with --allow-origin if its pages shall use it"},
                       403);
}

}  // namespace pitwall::http
