#include "net/venues/stream_url.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "net/client/trust.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

namespace {

/// Further hosts that the venues document for REST, and where their streams are.
struct known_place {
  std::string_view rest, streams;
};
constexpr known_place known[] = {
    {"api-gcp.binance.com", "wss://stream.binance.com:9443"},
    {"api1.binance.com", "wss://stream.binance.com:9443"},
    {"api2.binance.com", "wss://stream.binance.com:9443"},
    {"api3.binance.com", "wss://stream.binance.com:9443"},
    {"api4.binance.com", "wss://stream.binance.com:9443"},
    {"data-api.binance.vision", "wss://data-stream.binance.vision"},
    {"testnet.binance.vision", "wss://stream.testnet.binance.vision"},
    {"api.binance.us", "wss://stream.binance.us:9443"},
    {"api.bytick.com", "wss://stream.bybit.com"},
    {"api-testnet.bybit.com", "wss://stream-testnet.bybit.com"},
    {"api.bybit.eu", "wss://stream.bybit.eu"},
};

/// Below these no venue has its streams beside REST.
constexpr std::string_view apart[] = {
    "binance.com", "binance.us", "binance.vision", "bybit.com",    "bytick.com",   "bybit.eu",
    "bybit.nl",    "bybit.kz",   "kraken.com",     "bybit-tr.com", "coinbase.com", "polymarket.com",
};

bool is_below(std::string_view host, std::string_view domain) {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

/// Of a REST address that is not the venue's own one.
result<std::string> beside(const web_url& rest, const std::string& written) {
  const auto at = std::ranges::find(known, std::string_view(rest.host), &known_place::rest);
  if (at != std::end(known)) return std::string(at->streams);
  const bool elsewhere = std::ranges::any_of(
      apart, [&](std::string_view domain) { return is_below(rest.host, domain); });
  if (!elsewhere) return rest.origin();
  return {errc::invalid_argument, "it is not known where " + rest.host + " has its streams",
          written, "give the venue stream: false (stream=false); its prices then come by REST"};
}

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
    if (!usual.ok() || usual->host != named.host) {
      PITWALL_TRY(found, beside(named, rest_url));
      url = std::move(found);
    }
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
