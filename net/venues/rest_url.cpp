#include "net/venues/rest_url.hpp"

#include "net/client/trust.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

result<rest_options> read_rest_url(const std::string& text, const std::filesystem::path& ca_file) {
  const auto bad = [&](std::string message) {
    return error{errc::invalid_argument, std::move(message), text,
                 "write it like https://api.example.com or http://127.0.0.1:8080"};
  };
  const auto url = parse_web_url(text);
  if (!url.ok()) return bad(url.error().message);
  if (url->target != "/") return bad("a venue's URL has no path and no query");
  rest_options out;
  out.at.host = url->host;
  out.at.port = url->port;
  out.name = url->authority();
  if (url->secure) {
    PITWALL_TRY(trust, open_trust(ca_file));
    out.at.trust = std::move(trust);
  } else if (!ca_file.empty()) {
    return bad("a CA file says nothing of a venue in the clear");
  }
  return out;
}

}  // namespace pitwall
