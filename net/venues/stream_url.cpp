#include "net/venues/stream_url.hpp"

#include "net/client/trust.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

namespace {

/// "wss://..." as the URL parser knows it: "https://...".
std::string as_http(const std::string& url) {
  return url.starts_with("ws") ? "http" + url.substr(2) : url;
}

}  // namespace

result<web_socket_options> find_streams(const market_dialect& dialect, const std::string& rest_url,
                                        const std::filesystem::path& ca_file) {
  const std::string own = dialect.stream().url;
  if (own.empty()) {
    return {errc::invalid_argument, "this venue has no streams", rest_url,
            "leave `stream` out of its configuration"};
  }
  std::string url = own;
  if (!rest_url.empty()) {
    PITWALL_TRY(named, parse_web_url(rest_url));
    const auto usual = parse_web_url(dialect.rest_url());
    if (!usual.ok() || usual->host != named.host) url = named.origin();
  }
  return read_stream_url(url, ca_file);
}

result<web_socket_options> read_stream_url(const std::string& url,
                                           const std::filesystem::path& ca_file) {
  PITWALL_TRY(at, parse_web_url(as_http(url)));
  web_socket_options out;
  out.at.host = at.host;
  out.at.port = at.port;
  out.host = at.authority();
  if (at.secure) {
    PITWALL_TRY(trust, open_trust(ca_file));
    out.at.trust = std::move(trust);
  }
  return out;
}

}  // namespace pitwall
