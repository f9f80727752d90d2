#include "net/server/wire.hpp"

#include <poll.h>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <sstream>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {

namespace beast_http = boost::beast::http;

result<request> to_request(const wire_request& from) {
  request asked;
  PITWALL_TRY(to, parse_target(from.target()));
  asked.to = std::move(to);
  asked.method =
      from.method() == beast_http::verb::head ? "GET" : std::string(from.method_string());
  asked.body = from.body();
  for (const auto& field : from) {
    // Looked at already, at the door; what nobody has, nobody can tell.
    if (field.name() == beast_http::field::authorization) continue;
    asked.headers.emplace_back(field.name_string(), field.value());
  }
  return asked;
}

wire_response to_response(reply from, unsigned version, bool keep_alive) {
  wire_response r(static_cast<beast_http::status>(from.status), version);
  r.set(beast_http::field::server, "pitwall");
  r.set(beast_http::field::cache_control, "no-store");
  r.set(beast_http::field::content_type, from.content_type);
  for (const auto& [name, text] : from.headers) r.set(name, text);
  r.keep_alive(keep_alive);
  r.body() = std::move(from.body);
  r.prepare_payload();
  return r;
}

wire_stream_head stream_head(unsigned version, const std::string& content_type) {
  wire_stream_head r(beast_http::status::ok, version);
  r.set(beast_http::field::server, "pitwall");
  r.set(beast_http::field::cache_control, "no-store");
  r.set(beast_http::field::content_type, content_type);
  r.keep_alive(false);
  r.chunked(version >= 11);
  return r;
}

bool expects_continue(const wire_request& header) {
  return header.version() >= 11 &&
         boost::beast::iequals(header[beast_http::field::expect], "100-continue");
}

std::optional<reply> refusal_of(boost::system::error_code ec, bool timed_out,
                                const server_options& options) {
  if (timed_out) {
    return problem_reply(
        error{errc::deadline_exceeded,
              "the request did not arrive in time",
              {},
              "send it whole within " + std::to_string(options.request_timeout.count()) + " ms"},
        408);
  }
  if (ec == beast_http::error::end_of_stream || ec == beast_http::error::partial_message) return {};
  if (ec == beast_http::error::header_limit || ec == beast_http::error::buffer_overflow) {
    return problem_reply(
        error{errc::resource_exhausted,
              "the request's header is too large",
              {},
              "keep it below " + std::to_string(options.max_header_bytes) + " bytes"},
        431);
  }
  if (ec == beast_http::error::body_limit) {
    return problem_reply(
        error{errc::resource_exhausted,
              "the request's body is too large",
              {},
              "keep it below " + std::to_string(options.max_body_bytes) + " bytes"},
        413);
  }
  const boost::system::error_code any_http_error = beast_http::error::bad_method;
  if (ec.category() != any_http_error.category()) return {};
  return bad_request(
      {errc::invalid_argument, "this is no HTTP request: " + ec.message(), {}, "send HTTP/1.1"});
}

reply bad_request(const error& e) { return problem_reply(e, 400); }

reply too_many_streams() {
  return problem_reply(error{errc::resource_exhausted,
                             "too many event streams are open",
                             {},
                             "close one, or read GET /api/v1/events page by page"});
}

std::string no_room_text(std::size_t max_connections) {
  std::ostringstream out;
  out << to_response(problem_reply(error{errc::unavailable,
                                         "the host serves " + std::to_string(max_connections) +
                                             " connections already",
                                         {},
                                         "close some, or try again"}),
                     11, false);
  return out.str();
}

bool is_gone(int socket) noexcept {
  pollfd asked{socket, POLLPRI, 0};
  return ::poll(&asked, 1, 0) != 0;
}

chunk pull(chunk_source& source) noexcept {
  try {
    return source.next();
  } catch (const std::exception&) {
    return {{}, true};
  }
}

}  // namespace pitwall::http
