// Job: between Beast's messages and ours, and the answers a session gives on its own.
// Threads: pure.
// Tests: tests/net/session_test.cpp
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "net/server/message.hpp"
#include "net/server/server_options.hpp"

namespace pitwall::http {

using wire_request = boost::beast::http::request<boost::beast::http::string_body>;
using wire_response = boost::beast::http::response<boost::beast::http::string_body>;
using wire_stream_head = boost::beast::http::response<boost::beast::http::empty_body>;

inline constexpr std::size_t first_read = 4U << 10U, most_discarded = 8U << 20U;

result<request> to_request(const wire_request& from);
wire_response to_response(reply from, unsigned version, bool keep_alive);
wire_stream_head stream_head(unsigned version, const std::string& content_type);
bool expects_continue(const wire_request& header);

/// What to say to a request that could not be read; nothing where nobody would hear it.
std::optional<reply> refusal_of(boost::system::error_code ec, bool timed_out,
                                const server_options& options);
reply bad_request(const error& e);
reply too_many_streams();
/// A whole HTTP answer for a connection there is no room for.
std::string no_room_text(std::size_t max_connections);

/// Whether the other side of a socket has closed it or broken it. The reactor alone cannot tell: an
/// event of a descriptor that was closed may reach the next one that gets its place. Urgent data,
/// which no HTTP client sends, counts as broken.
bool is_gone(int socket) noexcept;

/// source.next(), with an exception turned into the stream's end.
chunk pull(chunk_source& source) noexcept;

}  // namespace pitwall::http
