// Job: a request while it is read: Beast's parser with our bounds, and without what it lets pass
//      though RFC 9112 forbids it, or leaves it to be read in two ways: whatever stands before or
//      behind this server must see the same requests in the same bytes.
// Threads: the engine's I/O thread; it stays where it was made.
// Errors: 400, or 501 for a transfer coding that nobody here decodes; the connection ends with it.
// Bounds: server_options; of chunk extensions, max_extension_bytes in all.
// Tests: tests/net/framing_test.cpp
#pragma once

#include <boost/beast/http/parser.hpp>
#include <functional>
#include <optional>

#include "net/server/door_guard.hpp"
#include "net/server/server_options.hpp"
#include "net/server/wire.hpp"

namespace pitwall::http {

class incoming_request {
 public:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  // Nobody has a use for them; each chunk may have some.
  static constexpr std::size_t max_extension_bytes = 4U << 10U;

  explicit incoming_request(const server_options& bounds);
  incoming_request(const incoming_request&) = delete;
  incoming_request& operator=(const incoming_request&) = delete;

  parser& wire() noexcept { return parser_; }
  const wire_request& head() const noexcept { return parser_.get(); }
  /// Once the header has arrived: what to answer instead of reading on. A target in absolute form
  /// is its path from then on.
  std::optional<reply> objection(door by);
  /// Once all of it has arrived. Without the trailers: what was let in is the header.
  wire_request release();

 private:
  void look_at_extensions(boost::beast::string_view text, boost::beast::error_code& ec);

  parser parser_;
  std::function<void(std::uint64_t, boost::beast::string_view, boost::beast::error_code&)>
      on_chunk_;
  std::size_t extension_bytes_ = 0;
  std::optional<wire_request::header_type> header_;  ///< Of a chunked one.
};

}  // namespace pitwall::http
