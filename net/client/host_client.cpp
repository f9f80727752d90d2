#include "net/client/host_client.hpp"

#include "net/client/connection.hpp"
#include "net/client/sse_parser.hpp"
#include "net/client/trust.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

constexpr std::size_t most_of_a_problem = 1U << 20U;

std::string text_of(const value& object, std::string_view name) {
  const value* member = object.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

bool is_problem(const http_reply& reply) {
  return reply.content_type.starts_with("application/problem+json");
}

/// Of a code that is none of ours, what its status says.
errc errc_of(const std::string& code, unsigned status) {
  const auto known = errc_from_string(code);
  if (known != errc::internal || code == to_string(errc::internal)) return known;
  if (status == 429) return errc::resource_exhausted;
  if (status == 503) return errc::unavailable;
  return status / 100 == 4 ? errc::invalid_argument : errc::internal;
}

error refusal_of(const http_reply& reply) {
  error e = from_problem(reply);
  e.status = reply.status;
  return e;
}

}  // namespace

result<host_client> host_client::connect(std::filesystem::path socket) {
  auto to = std::make_shared<host_address>();
  to->at.socket = std::move(socket);
  PITWALL_CHECK(connection(to).open());
  return host_client(std::move(to));
}

result<host_address> place_at(const std::string& url, bool shows_token,
                              const std::filesystem::path& ca_file) {
  auto read = parse_web_url(url);
  if (!read.ok()) {
    return error{errc::invalid_argument, read.error().message, "--host",
                 "write it like https://desk.example:8443"};
  }
  if (read->target != "/") {
    return error{errc::invalid_argument, "the host's URL has a path or a query", "--host",
                 "give the scheme, the host and the port alone: " + read->origin()};
  }
  if (!read->secure && shows_token && !is_loopback_name(read->host)) {
    return error{
        errc::invalid_argument,
        "the token would go to " + read->host + " in the clear, for all on the way to read",
        read->origin(), "use https:// (docs/security.md), or a tunnel that ends on this machine"};
  }
  if (!read->secure && !ca_file.empty()) {
    return error{errc::invalid_argument, "a CA file says nothing of a host in the clear",
                 ca_file.string(), "use https://, or leave out --ca-file"};
  }
  host_address to;
  to.at.host = read->host;
  to.at.port = read->port;
  to.name = read->authority();
  if (!read->secure && shows_token) {
    // The name says this machine; a resolver may say otherwise.
    to.at.admits = [origin = read->origin()](const boost::asio::ip::address& a) -> status {
      const bool mapped = a.is_v6() && a.to_v6().is_v4_mapped();
      const auto real =
          mapped ? boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, a.to_v6()) : a;
      if (real.is_loopback()) return done{};
      return error{errc::invalid_argument,
                   "the token would go to " + a.to_string() + " in the clear", origin,
                   "use https:// (docs/security.md); the name should lead to this machine"};
    };
  }
  if (read->secure) {
    PITWALL_TRY(trust, open_trust(ca_file));
    to.at.trust = std::move(trust);
  }
  return to;
}

result<host_client> host_client::over(const std::string& url, const std::string& token,
                                      const std::filesystem::path& ca_file) {
  PITWALL_TRY(place, place_at(url, !token.empty(), ca_file));
  place.token = token;
  return host_client(std::make_shared<host_address>(std::move(place)));
}

result<http_reply> host_client::request(std::string_view method, std::string_view target,
                                        std::string_view body, milliseconds timeout) const {
  connection c(to_);
  PITWALL_CHECK(c.open());
  return c.ask({method, target, body, "application/json"}, timeout);
}

status host_client::stream(std::string_view target, const on_event& take,
                           milliseconds silence) const {
  connection c(to_);
  PITWALL_CHECK(c.open());
  PITWALL_TRY(reply, c.ask_for_stream({"GET", target, {}, "text/event-stream"}, silence));
  sse_parser events;
  while (true) {
    const auto bytes = c.read_some(silence);
    if (!bytes.ok()) {
      return error{errc::unavailable, "the event stream broke: " + bytes.error().message,
                   bytes.error().where, "resume it after the last event that arrived"};
    }
    if (bytes->empty()) return reply.ok() ? status(done{}) : status(refusal_of(reply));
    if (reply.ok()) {
      PITWALL_TRY(wants_more, events.feed(*bytes, take));
      if (!wants_more) return done{};
    } else if (reply.body.size() < most_of_a_problem) {
      reply.body.append(*bytes);
    } else {
      return refusal_of(reply);
    }
  }
}

error from_problem(const http_reply& reply) {
  const auto parsed = is_problem(reply) ? parse_json(reply.body) : result<value>(value());
  if (!parsed.ok() || !parsed->is_object()) {
    return {errc::internal,
            "the host answered with status " + std::to_string(reply.status) + " and no explanation",
            {},
            "see the host's log"};
  }
  const auto code = errc_of(text_of(*parsed, "code"), reply.status);
  return {code, text_of(*parsed, "detail"), text_of(*parsed, "where"), text_of(*parsed, "remedy")};
}

std::vector<problem> problems_of(const http_reply& reply) {
  std::vector<problem> all;
  if (!is_problem(reply)) return all;
  const auto parsed = parse_json(reply.body);
  const value* list = parsed.ok() ? parsed->find("problems") : nullptr;
  if (list == nullptr || !list->is_list()) return all;
  for (const value& one : list->as_list()) {
    const bool is_error = text_of(one, "level") != "warning";
    all.push_back({is_error ? problem::severity::error : problem::severity::warning,
                   text_of(one, "pointer"), text_of(one, "block_id"), text_of(one, "message"),
                   text_of(one, "remedy")});
  }
  return all;
}

result<http_reply> accepted(result<http_reply> reply) {
  if (reply.ok() && !reply->ok()) return from_problem(*reply);
  return reply;
}

}  // namespace pitwall
