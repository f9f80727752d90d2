#include "net/server/incoming.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <string>
#include <string_view>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

namespace beast = boost::beast;
using field = beast::http::field;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

reply refused(const std::string& what, std::string remedy, unsigned status = 400) {
  return problem_reply(error{errc::invalid_argument, what, {}, std::move(remedy)}, status);
}

/// Beast reads a request whose last coding is not `chunked` as one without a body, and what is its
/// body as the next request.
std::optional<reply> refuse_coding(const wire_request& head) {
  const auto fields = head.count(field::transfer_encoding);
  if (fields == 0) return {};
  const auto coding = view(head[field::transfer_encoding]);
  const std::string remedy = "send `Transfer-Encoding: chunked`, or a Content-Length";
  if (head.version() < 11) return refused("HTTP/1.0 knows no Transfer-Encoding", remedy);
  if (head.count(field::content_length) > 0)
    return refused("the request has a Transfer-Encoding and a Content-Length", remedy);
  if (fields == 1 && beast::iequals(coding, "chunked")) return {};
  constexpr std::string_view last = "chunked";
  const bool known_end = coding.size() > last.size() &&
                         beast::iequals(coding.substr(coding.size() - last.size()), last);
  return refused("the Transfer-Encoding is not `chunked` alone", remedy,
                 fields == 1 && known_end ? 501 : 400);
}

std::optional<reply> refuse_length(const wire_request& head) {
  if (head.count(field::content_length) == 0) return {};
  const auto length = view(head[field::content_length]);
  const bool digits =
      std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (head.count(field::content_length) == 1 && digits) return {};
  return refused("the request has not one Content-Length", "send one, of digits alone");
}

std::optional<reply> refuse_host(const wire_request& head, door by) {
  const auto hosts = head.count(field::host);
  // By the private door there is one host, whatever it is called.
  const bool needed = by == door::open && head.version() >= 11;
  const bool whole = view(head[field::host]).find_first_of(" \t/\\?#@,<>\"") == std::string::npos;
  if (hosts <= 1 && whole && (hosts == 1 || !needed)) return {};
  return refused("the request has not one Host header that names a host", "send one");
}

/// "http://host/path", which only a proxy sends; false: it names another host than the header does.
bool take_absolute_form(wire_request& head) {
  std::string_view to = view(head.target());
  const auto end = to.find("://");
  if (to.starts_with('/') || end == std::string_view::npos) return true;
  const auto scheme = to.substr(0, end);
  if (!beast::iequals(scheme, "http") && !beast::iequals(scheme, "https")) return true;
  to.remove_prefix(end + 3);
  const auto host = to.substr(0, to.find_first_of("/?#"));
  if (host.empty() || !beast::iequals(host, view(head[field::host]))) return false;
  to.remove_prefix(host.size());
  const std::string path = (to.starts_with('/') ? "" : "/") + std::string(to);
  head.target(path);
  return true;
}

}  // namespace

incoming_request::incoming_request(const server_options& bounds) {
  parser_.header_limit(static_cast<std::uint32_t>(bounds.max_header_bytes));
  parser_.body_limit(bounds.max_body_bytes);
  on_chunk_ = [this](std::uint64_t, beast::string_view extensions, beast::error_code& ec) {
    look_at_extensions(extensions, ec);
  };
  parser_.on_chunk_header(on_chunk_);
}

/// In a quoted string Beast takes any byte, also those that end a line for others.
void incoming_request::look_at_extensions(beast::string_view text, beast::error_code& ec) {
  extension_bytes_ += text.size();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
  if (!plain || extension_bytes_ > max_extension_bytes)
    ec = beast::http::error::bad_chunk_extension;
}

std::optional<reply> incoming_request::objection(door by) {
  wire_request& head = parser_.get();
  if (auto wrong = refuse_coding(head)) return wrong;
  if (auto wrong = refuse_length(head)) return wrong;
  if (auto wrong = refuse_host(head, by)) return wrong;
  if (!take_absolute_form(head))
    return refused("the request target names another host than the Host header", "ask for a path");
  if (parser_.chunked()) header_ = head.base();
  return {};
}

wire_request incoming_request::release() {
  wire_request whole = parser_.release();
  if (header_) whole.base() = std::move(*header_);
  return whole;
}

}  // namespace pitwall::http
